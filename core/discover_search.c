/* SPDX-License-Identifier: MIT */
/* From a variable on: by typed pointers through structs of the process, to the object. */
#include "core/discover_search.h"

#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/dwarf_find.h"
#include "core/dwarf_types.h"

enum {
	STEPS_MAX = 3,     /* from pointer to pointer */
	NESTED_MAX = 8,    /* structs and arrays in each other: hostile ones have no end */
	ELEMENTS_MAX = 16, /* of an array */
	MEMBERS_MAX = 256, /* of a struct */
	VISITS_MAX = 200000,
};

struct way {
	struct search *search;
	const struct value *value;
	char name[DWARF_NAME_SIZE];
	unsigned steps, nested;
};

static int follow(struct way *way, Dwarf_Die *type, struct location at);

/* Where in the object does the pointer point? */
static bool points_into(const struct search *search, uint64_t pointer, uint64_t *ret)
{
	for (size_t i = 0; i < search->n_mapped; i++) {
		const struct mapped *mapped = &search->mapped[i];

		if (pointer < mapped->start || pointer >= mapped->end)
			continue;
		*ret = pointer - mapped->start + mapped->offset;
		return true;
	}
	return false;
}

static bool is_compound(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

/* Does the struct end in an array that is as long as there is room? */
static bool ends_open(Dwarf_Die *die)
{
	Dwarf_Die child, last = {0}, type, range;
	uint64_t bound;

	for (int r = dwarf_child(die, &child); r == 0; r = dwarf_next(&child))
		if (dwarf_tag(&child) == DW_TAG_member)
			last = child;
	if (!last.addr || !dwarf_type_of(&last, &type) ||
	    dwarf_strip(&type, NULL, NULL, &type) < 0 || dwarf_tag(&type) != DW_TAG_array_type ||
	    dwarf_child(&type, &range) != 0)
		return false;
	return !dwarf_number(&range, DW_AT_count, &bound) &&
	       !dwarf_number(&range, DW_AT_upper_bound, &bound);
}

/* A lock or a number at the start of a struct is not what the struct is. */
static enum evidence judge(const struct search *search, struct program *program, Dwarf_Die *type,
			   Dwarf_Die *whole, uint64_t size)
{
	const bool lock = dwarf_lock(type) || dwarf_lock(whole);

	if (size == 0 || size > search->size || (!is_compound(dwarf_tag(whole)) && !lock))
		return EVIDENCE_NONE;
	if (!lock &&
	    (program_type_is_system(program, type) || program_type_is_system(program, whole)))
		return EVIDENCE_NONE;
	if (size == search->size || (!lock && ends_open(whole)))
		return EVIDENCE_EXACT;
	return lock ? EVIDENCE_NONE : EVIDENCE_POINTER;
}

static void put_words(const struct way *way, struct clue *found)
{
	const struct value *value = way->value;
	char function[DWARF_NAME_SIZE] = "";

	if (value->function)
		dwarf_put_name(function, value->function, false);
	snprintf(found->words, sizeof(found->words), "%s %s%s%s%s", value->kind, way->name,
		 *function ? " in " : "", function, *function ? "()" : "");
}

/* A pointer to the object's start: to what? */
static int consider(struct way *way, Dwarf_Die *type)
{
	struct search *search = way->search;
	enum evidence evidence;
	Dwarf_Die whole;
	uint64_t size;

	if (dwarf_strip(type, NULL, NULL, &whole) < 0 || dwarf_size(&whole, &size) < 0)
		return 0;
	evidence = judge(search, way->value->program, type, &whole, size);
	if (evidence < search->best.evidence ||
	    (evidence == search->best.evidence &&
	     (evidence != EVIDENCE_POINTER || size <= search->best.size)))
		return 0;
	search->best = (struct clue){
		.evidence = evidence, .type = *type, .size = size, .program = way->value->program};
	put_words(way, &search->best);
	return evidence == EVIDENCE_EXACT;
}

/* A word of the process, of the size that its pointers have. */
static int read_pointer(const struct way *way, struct location at, uint64_t *ret)
{
	const size_t size = way->value->program->debug.file.is_32bit ? 4 : 8;

	*ret = at.value;
	if (!at.in_memory)
		return 0;
	*ret = 0;
	return inspected_read(way->search->inspected, at.value, ret, size);
}

static int follow_pointer(struct way *way, Dwarf_Die *pointer, struct location at)
{
	char byte;
	uint64_t target, offset;
	Dwarf_Die type;
	int r;

	if (!dwarf_type_of(pointer, &type) || read_pointer(way, at, &target) < 0 || target == 0)
		return 0;
	if (points_into(way->search, target, &offset))
		return offset == 0 ? consider(way, &type) : 0;
	if (way->steps == STEPS_MAX || inspected_read(way->search->inspected, target, &byte, 1) < 0)
		return 0;
	way->steps++;
	r = follow(way, &type, (struct location){true, target});
	way->steps--;
	return r;
}

static int follow_member(struct way *way, Dwarf_Die *member, uint64_t base)
{
	const size_t length = strlen(way->name);
	const char *own = dwarf_diename(member);
	const int tag = dwarf_tag(member);
	uint64_t offset = 0;
	Dwarf_Die type;
	int r;

	if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) ||
	    dwarf_hasattr(member, DW_AT_external) || dwarf_hasattr(member, DW_AT_declaration) ||
	    dwarf_hasattr(member, DW_AT_bit_size) || !dwarf_type_of(member, &type))
		return 0;
	if (dwarf_hasattr(member, DW_AT_data_member_location) &&
	    !dwarf_number(member, DW_AT_data_member_location, &offset))
		return 0;
	if (tag == DW_TAG_member && own) {
		dwarf_put_name(way->name, way->steps ? "->" : ".", false);
		dwarf_put_name(way->name, own, false);
	}
	r = follow(way, &type, (struct location){true, base + offset});
	way->name[length] = '\0';
	return r;
}

static int follow_struct(struct way *way, Dwarf_Die *die, struct location at)
{
	Dwarf_Die child;
	int r = 0, n = 0;

	if (!at.in_memory || way->nested == NESTED_MAX)
		return 0;
	way->nested++;
	for (int more = dwarf_child(die, &child); more == 0 && r == 0 && n++ < MEMBERS_MAX;
	     more = dwarf_next(&child))
		r = follow_member(way, &child, at.value);
	way->nested--;
	return r;
}

static int follow_array(struct way *way, Dwarf_Die *die, struct location at)
{
	Dwarf_Die type, whole, range;
	uint64_t size, count = 0;
	int r = 0;

	if (!at.in_memory || way->nested == NESTED_MAX || !dwarf_type_of(die, &type) ||
	    dwarf_strip(&type, NULL, NULL, &whole) < 0 || dwarf_size(&whole, &size) < 0 ||
	    dwarf_child(die, &range) != 0)
		return 0;
	if (!dwarf_number(&range, DW_AT_count, &count) &&
	    dwarf_number(&range, DW_AT_upper_bound, &count))
		count++;
	way->nested++;
	for (uint64_t i = 0; r == 0 && i < count && i < ELEMENTS_MAX; i++)
		r = follow(way, &type, (struct location){true, at.value + i * size});
	way->nested--;
	return r;
}

static int follow(struct way *way, Dwarf_Die *type, struct location at)
{
	Dwarf_Die die;

	if (way->search->visits++ >= VISITS_MAX || clock_ns() > way->search->deadline)
		return -ETIMEDOUT;
	if (dwarf_strip(type, NULL, NULL, &die) < 0)
		return 0;
	switch (dwarf_tag(&die)) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		return follow_pointer(way, &die, at);
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return follow_struct(way, &die, at);
	case DW_TAG_array_type:
		return follow_array(way, &die, at);
	default:
		return 0;
	}
}

int search_value(struct search *search, const struct value *value, const char *name)
{
	struct way way = {.search = search, .value = value};
	Dwarf_Die type = value->type;

	dwarf_put_name(way.name, name, false);
	return follow(&way, &type, value->location);
}
