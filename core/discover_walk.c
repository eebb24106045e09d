/* SPDX-License-Identifier: MIT */
/* What a program has: its variables, and its structs of one size. One walk over all units. */
#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/clock.h"
#include "core/discover_program.h"
#include "core/dwarf_find.h"
#include "core/dwarf_units.h"

enum { DEPTH_MAX = 32, GLOBALS_MAX = 200000 };

/* Of larger ones only what is outside of functions is looked at. */
#define STATICS_SIZE_MAX (INT64_C(64) << 20)

struct walk {
	struct program *program;
	uint64_t deadline;
	bool functions; /* look into them, too */
	unsigned depth;
	Dwarf_Die function; /* that the walk is in; addr NULL: none */
	int (*at)(struct walk *walk, Dwarf_Die *die);
	struct sized *sized;
};

static bool is_outer(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module;
}

static bool is_inner(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block;
}

static int walk_children(struct walk *walk, Dwarf_Die *parent);

static int walk_into(struct walk *walk, Dwarf_Die *die)
{
	const int tag = dwarf_tag(die);
	const Dwarf_Die before = walk->function;
	int r;

	if (walk->depth == DEPTH_MAX || !(is_outer(tag) || (walk->functions && is_inner(tag))))
		return 0;
	if (tag == DW_TAG_subprogram)
		walk->function = *die;
	walk->depth++;
	r = walk_children(walk, die);
	walk->depth--;
	walk->function = before;
	return r;
}

static int walk_children(struct walk *walk, Dwarf_Die *parent)
{
	Dwarf_Die die;
	int r = dwarf_child(parent, &die);

	for (; r == 0; r = dwarf_next(&die)) {
		if (clock_ns() > walk->deadline)
			return -ETIMEDOUT;
		r = walk->at(walk, &die);
		if (r == 0)
			r = walk_into(walk, &die);
		if (r < 0)
			return r;
	}
	return r < 0 ? -EBADMSG : 0;
}

/* What is damaged ends the walk, but what was found until then was there. */
static int walk_units(struct walk *walk)
{
	_cleanup_dwarf_units_ struct dwarf_units units = {0};
	Dwarf_Die unit;
	uint8_t kind;
	int r = dwarf_units_init(&walk->program->debug.file, "", true, walk->deadline, &units);

	while (r == 0 && (r = dwarf_units_next(&units, &unit, &kind)) == 0)
		/* libdw would open the other file by the name that is in this one. */
		if (kind != DW_UT_skeleton)
			r = walk_children(walk, &unit);
	return r == -ETIMEDOUT || r == -ENOMEM ? r : 0;
}

static bool is_pointer_or_more(Dwarf_Die *variable)
{
	Dwarf_Die type;

	if (!dwarf_type_of(variable, &type) || dwarf_strip(&type, NULL, NULL, &type) < 0)
		return false;
	switch (dwarf_tag(&type)) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
	case DW_TAG_array_type:
		return true;
	default:
		return false;
	}
}

static int add_global(struct walk *walk, Dwarf_Die *die)
{
	struct program *program = walk->program;

	if (dwarf_tag(die) != DW_TAG_variable || program->n_globals == GLOBALS_MAX ||
	    !dwarf_hasattr(die, DW_AT_location) || !is_pointer_or_more(die))
		return 0;
	if (array_grow(&program->globals, program->n_globals, sizeof(*program->globals)) < 0)
		return -ENOMEM;
	program->globals[program->n_globals++] = (struct global){*die, walk->function};
	return 0;
}

int program_globals(struct program *program, uint64_t deadline)
{
	struct walk walk = {
		.program = program,
		.deadline = deadline,
		.functions = program->st.st_size <= STATICS_SIZE_MAX,
		.at = add_global,
	};
	int r;

	if (program->globals_known || program->error)
		return 0;
	r = walk_units(&walk);
	program->globals_known = r == 0;
	if (r == 0)
		return 0;
	free(program->globals);
	program->globals = NULL;
	program->n_globals = 0;
	return r;
}

static bool starts_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Rust tells no file of a type, but in which crate it is; its folder is that of the compiler. */
static bool is_standard_namespace(Dwarf_Die *die)
{
	static const char *const names[] = {"std", "core", "alloc", "hashbrown", "__gnu_cxx"};
	Dwarf_Die *scopes;
	int n = dwarf_getscopes_die(die, &scopes);
	bool standard = false;

	/* The last is the unit, before it is the outermost namespace. */
	for (size_t i = 0; n >= 2 && !standard && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = dwarf_diename(&scopes[n - 2]);

		standard = is_outer(dwarf_tag(&scopes[n - 2])) && name && !strcmp(name, names[i]);
	}
	if (n > 0)
		free(scopes);
	return standard;
}

bool program_type_is_system(struct program *program, Dwarf_Die *die)
{
	const char *file = dwarf_image_fill_lines(&program->debug.file.image) == 0
				   ? dwarf_decl_file(die)
				   : NULL;

	if (file && (starts_with(file, "/usr/include/") || starts_with(file, "/usr/lib/") ||
		     starts_with(file, "/rustc/")))
		return true;
	return is_standard_namespace(die);
}

static bool same_name(Dwarf_Die *a, Dwarf_Die *b)
{
	const char *x = dwarf_diename(a), *y = dwarf_diename(b);

	return x && y ? strcmp(x, y) == 0 : x == y;
}

/* A struct without a name is called as its typedef is; the same one may be in many units. */
static int add_sized(struct walk *walk, Dwarf_Die *die)
{
	struct sized *sized = walk->sized;
	const int tag = dwarf_tag(die);
	Dwarf_Die whole = *die;
	uint64_t size;

	if (tag == DW_TAG_typedef) {
		if (dwarf_strip(die, NULL, NULL, &whole) < 0 || dwarf_diename(&whole))
			return 0;
	} else if (!dwarf_diename(die)) {
		return 0;
	}
	switch (dwarf_tag(&whole)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		break;
	default:
		return 0;
	}
	if (dwarf_hasattr(&whole, DW_AT_declaration) ||
	    !dwarf_number(&whole, DW_AT_byte_size, &size) || size != sized->size ||
	    (sized->count > 0 && same_name(&sized->die, die)) ||
	    program_type_is_system(walk->program, die))
		return 0;
	if (sized->count++ == 0)
		sized->die = *die;
	return 0;
}

int program_sized(struct program *program, uint64_t size, uint64_t deadline, struct sized *ret)
{
	struct walk walk = {
		.program = program,
		.deadline = deadline,
		.functions = program->st.st_size <= STATICS_SIZE_MAX,
		.at = add_sized,
		.sized = ret,
	};
	int r;

	for (size_t i = 0; i < sizeof(program->sized) / sizeof(program->sized[0]); i++) {
		*ret = program->sized[i];
		if (ret->size == size)
			return 0;
	}
	*ret = (struct sized){.size = size};
	if (program->error || size == 0)
		return 0;
	r = walk_units(&walk);
	if (r == 0)
		program->sized[program->next_sized++ % 4] = *ret;
	return r;
}
