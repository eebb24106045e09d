/* SPDX-License-Identifier: MIT */
/* Looking for a struct: a walk over the types of all units, with no index. */
#include "core/dwarf_find.h"

#include <dwarf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/dwarf.h"
#include "core/dwarf_scope.h"
#include "core/dwarf_units.h"
#include "core/dwarf_layout.h"

enum { DEPTH_MAX = 32 };

/* What is looked for, and where the walk is. */
struct search {
	const char *name;                     /* without "struct" and the like */
	bool scoped;                          /* … and it has "::" */
	bool structs, unions, typedefs;       /* what it may be */
	struct dwarf_scope scopes[DEPTH_MAX]; /* what the walk is in, the outermost first */
	unsigned depth;
	uint64_t deadline;
	bool found, exact;
	bool local;  /* what is declared in functions and in structs is looked for, and … */
	bool inside; /* … the walk is in one */
	bool split;  /* the walk is in a .dwo file */
	bool merged; /* some units were left out that may have it after all */
	struct dwarf_match *match;
	Dwarf_Die described; /* in a type unit, what it is for; else all zero */
};

static bool is_struct(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

static bool is_record(int tag)
{
	return is_struct(tag) || tag == DW_TAG_union_type;
}

/* A type unit has the namespaces around a mere declaration, and the struct itself beside them. */
static void resolve_described(const struct search *search, Dwarf_Die *die)
{
	Dwarf_Die described = search->described, declared;
	Dwarf_Attribute specification;

	if (described.addr && dwarf_hasattr(die, DW_AT_declaration) &&
	    dwarf_attr(&described, DW_AT_specification, &specification) &&
	    dwarf_formref_die(&specification, &declared) && declared.addr == die->addr)
		*die = described;
}

/* The struct that the DIE is, by itself or as a typedef; false: none. */
static bool take_struct(const struct search *search, Dwarf_Die *die, Dwarf_Die *ret)
{
	const int tag = dwarf_tag(die);

	if (tag == DW_TAG_typedef)
		return search->typedefs && dwarf_strip(die, NULL, NULL, ret) == 0 &&
		       is_record(dwarf_tag(ret)) && !dwarf_hasattr(ret, DW_AT_declaration);
	*ret = *die;
	resolve_described(search, ret);
	dwarf_resolve(ret);
	return ((search->structs && is_struct(tag)) ||
		(search->unions && tag == DW_TAG_union_type)) &&
	       !dwarf_hasattr(ret, DW_AT_declaration);
}

/* As the program calls it, cut where it is too long for anybody to read. */
static void put_name(struct search *search, Dwarf_Die *die, Dwarf_Die *unit)
{
	const char *tag = "", *own = dwarf_diename(die);
	char *name = search->match->name;
	const size_t room = sizeof(search->match->name);
	size_t n = 0;

	if (dwarf_of_c(unit) && dwarf_tag(die) != DW_TAG_typedef)
		tag = is_struct(dwarf_tag(die)) ? "struct " : "union ";
	n = (size_t)snprintf(name, room, "%s", tag);
	for (unsigned i = 0; i < search->depth && n < room; i++)
		if (search->scopes[i].name && !search->scopes[i].function)
			n += (size_t)snprintf(name + n, room - n, "%s::", search->scopes[i].name);
	if (n < room)
		snprintf(name + n, room - n, "%s", own ? own : "");
}

/* One that is local is right only where there is no other. */
static void look_at(struct search *search, Dwarf_Die *die, Dwarf_Die *unit)
{
	const char *own = dwarf_diename(die);
	bool exact = false;
	Dwarf_Die found;

	if (!own || !dwarf_name_fits(search->name, search->scopes, search->depth, own, &exact))
		return;
	exact = exact && !search->inside;
	if ((search->found && !exact) || !take_struct(search, die, &found))
		return;
	/* Locks are known by the typedef's name. */
	search->match->die = dwarf_tag(die) == DW_TAG_typedef ? *die : found;
	search->found = true;
	search->exact = exact;
	put_name(search, die, unit);
}

static bool is_type(int tag)
{
	return is_record(tag) || tag == DW_TAG_typedef;
}

static bool is_function(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block;
}

/* Is there anything to be found in it: a namespace, or a class with "::" behind its name? */
static bool is_scope(const struct search *search, int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module ||
	       (is_record(tag) && (search->local || search->scoped)) ||
	       (is_function(tag) && search->local);
}

static int walk(struct search *search, Dwarf_Die *parent, Dwarf_Die *unit);

/* In a type unit, what the type is in may be no more than a signature (clang). */
static const char *scope_name(const Dwarf_Die *die)
{
	Dwarf_Die whole = *die;
	const char *name = dwarf_diename(&whole);

	if (name)
		return name;
	dwarf_resolve(&whole);
	return whole.addr == die->addr ? NULL : dwarf_diename(&whole);
}

static int walk_scope(struct search *search, Dwarf_Die *die, int tag, Dwarf_Die *unit)
{
	const char *name = scope_name(die);
	const bool inside = search->inside, function = is_function(tag);
	const bool optional = !name || function || dwarf_hasattr(die, DW_AT_export_symbols);
	int r;

	/* Where one was found already, only what needs no scope is any better. */
	if (search->depth == DEPTH_MAX || (search->found && !search->scoped && !optional))
		return 0;
	search->scopes[search->depth++] = (struct dwarf_scope){name, optional, function};
	search->inside = inside || function || (search->local && is_record(tag));
	r = walk(search, die, unit);
	search->inside = inside;
	search->depth--;
	/* To go past what is in it may take long, too, and that for each scope around. */
	return r == 0 && clock_ns() > search->deadline ? -ETIMEDOUT : r;
}

/* 0, also where it was found; or why the walk cannot go on. */
static int walk(struct search *search, Dwarf_Die *parent, Dwarf_Die *unit)
{
	Dwarf_Die die;
	int r = dwarf_child(parent, &die);

	for (; r == 0 && !search->exact; r = dwarf_next(&die)) {
		const int tag = dwarf_tag(&die);

		/* Each entry costs 0.2 us, the clock a tenth of that. */
		if (clock_ns() > search->deadline)
			return -ETIMEDOUT;
		if (is_type(tag) && search->inside == search->local)
			look_at(search, &die, unit);
		if (!is_scope(search, tag))
			continue;
		r = walk_scope(search, &die, tag, unit);
		if (r < 0)
			return r;
	}
	return r < 0 ? -EBADMSG : 0;
}

/* What is neither in a function nor, unless that is named, in a struct comes first. */
static int walk_unit(struct search *search, Dwarf_Die *unit)
{
	int r = walk(search, unit, unit);

	if (r < 0 || search->found)
		return r;
	search->local = true;
	r = walk(search, unit, unit);
	search->local = false;
	return r;
}

static const char *text_attr(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute value;

	return dwarf_formstring(dwarf_attr(die, attribute, &value));
}

/* The .dwo file of a unit that is little more than its name: where it was made, or in `folder`. */
static int open_split(Dwarf_Die *unit, const char *folder, int *ret_fd)
{
	const char *name = text_attr(unit, DW_AT_dwo_name), *base;
	const char *made_in = text_attr(unit, DW_AT_comp_dir);
	char path[PATH_MAX];
	int r = -ENOENT;

	if (!name)
		name = text_attr(unit, DW_AT_GNU_dwo_name);
	if (!name)
		return -ENOENT;
	if (*name == '/')
		r = dwarf_open(name, ret_fd);
	else if (made_in &&
		 (size_t)snprintf(path, sizeof(path), "%s/%s", made_in, name) < sizeof(path))
		r = dwarf_open(path, ret_fd);
	base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	if (r < 0 && folder &&
	    (size_t)snprintf(path, sizeof(path), "%s/%s", folder, base) < sizeof(path))
		r = dwarf_open(path, ret_fd);
	return r;
}

static int walk_units(struct search *search, struct dwarf_file *file, const char *folder, bool all);

/* What is in another file; that it is not there is no reason not to look at the rest. */
static int walk_split(struct search *search, Dwarf_Die *unit, const char *folder, bool all)
{
	_cleanup_close_ int fd = -1;
	_cleanup_dwarf_file_ struct dwarf_file other = {0};
	struct dwarf_match *match = search->match;
	const void *before = match->die.addr;
	int r;

	if (open_split(unit, folder, &fd) < 0 || dwarf_file_init(fd, DWARF_TYPES, &other) < 0)
		return 0;
	search->split = true;
	r = walk_units(search, &other, NULL, all);
	search->split = false;
	if (match->die.addr != before) {
		dwarf_file_deinit(&match->other);
		if (match->fd >= 0)
			close(match->fd);
		match->other = other;
		match->fd = take_fd(&fd);
		other = (struct dwarf_file){0};
	}
	return r;
}

static int walk_units(struct search *search, struct dwarf_file *file, const char *folder, bool all)
{
	_cleanup_dwarf_units_ struct dwarf_units units;
	Dwarf_Die unit;
	uint8_t kind;
	int r = dwarf_units_init(file, search->name, all, search->deadline, &units);

	while (r == 0 && !search->exact && (r = dwarf_units_next(&units, &unit, &kind)) == 0) {
		if ((kind != DW_UT_type && kind != DW_UT_split_type) ||
		    dwarf_cu_info(units.cu, NULL, NULL, NULL, &search->described, NULL, NULL,
				  NULL) < 0)
			search->described = (Dwarf_Die){0};
		if (kind != DW_UT_skeleton)
			r = walk_unit(search, &unit);
		else if (!search->split)
			r = walk_split(search, &unit, folder, all);
	}
	search->merged = search->merged || units.filter.merged;
	return r < 0 ? r : 0;
}

/* "struct shmbuf": what it must be, and the name behind that. */
static void parse_name(const char *name, struct search *search)
{
	static const struct {
		const char *word;
		bool structs, unions;
	} words[] = {{"struct ", true, false}, {"class ", true, false}, {"union ", false, true}};

	*search = (struct search){.structs = true, .unions = true, .typedefs = true};
	name += strspn(name, " ");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(name, words[i].word, strlen(words[i].word)) != 0)
			continue;
		name += strlen(words[i].word);
		search->structs = words[i].structs;
		search->unions = words[i].unions;
		search->typedefs = false;
		break;
	}
	search->name = name;
	search->scoped = strstr(name, "::");
}

int dwarf_find(struct dwarf_file *file, const char *folder, const char *name, uint64_t deadline,
	       struct dwarf_match *ret)
{
	struct search search;
	int r;

	parse_name(name, &search);
	search.deadline = deadline;
	search.match = ret;
	*ret = (struct dwarf_match){.fd = -1};
	r = walk_units(&search, file, folder, false);
	if (r == 0 && !search.found && search.merged)
		r = walk_units(&search, file, folder, true);
	if (r == 0 && !search.found)
		r = -ESRCH;
	if (r < 0)
		dwarf_match_deinit(ret);
	return r;
}

void dwarf_match_deinit(struct dwarf_match *match)
{
	dwarf_file_deinit(&match->other);
	if (match->fd >= 0)
		close(match->fd);
	match->fd = -1;
}
