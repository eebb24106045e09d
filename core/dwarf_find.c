/* SPDX-License-Identifier: MIT */
/* Looking for a struct: a walk over the types of all units, with no index. */
#include "core/dwarf_find.h"

#include <ctype.h>
#include <dwarf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/dwarf.h"
#include "core/dwarf_layout.h"

enum { DEPTH_MAX = 32 };

#define TIME_LIMIT_NS UINT64_C(5000000000)

struct scope {
	const char *name;
	bool optional;
};

/* What is looked for, and where the walk is. */
struct search {
	const char *name; /* without "struct" and the like */
	size_t length;
	bool structs, unions, typedefs; /* what it may be */
	struct scope scopes[DEPTH_MAX]; /* the namespaces around */
	unsigned depth;
	uint64_t deadline;
	bool found, exact;
	struct dwarf_match *match;
	Dwarf_Die described; /* in a type unit, what it is for; else all zero */
};

/*
 * Takes `word` away from the end of the first *end bytes of the name, blanks aside: "Ring<int,8>"
 * is "Ring<int, 8>".
 */
static bool take_word(const char *name, size_t *end, const char *word)
{
	size_t at = *end, left = strlen(word);

	for (;;) {
		while (at > 0 && name[at - 1] == ' ')
			at--;
		while (left > 0 && word[left - 1] == ' ')
			left--;
		if (left == 0)
			break;
		if (at == 0 || name[at - 1] != word[left - 1])
			return false;
		at--;
		left--;
	}
	*end = at;
	return true;
}

/*
 * Takes the name of a scope around away. Others may be left out: inline ones, which DWARF 4 may not
 * mark, are no less what was meant; with one that is not inline it is no exact name any more.
 */
static bool take_scope(const struct search *search, unsigned *scope, size_t *end, bool *exact)
{
	while ((*scope)-- > 0) {
		const struct scope *at = &search->scopes[*scope];

		if (at->name && take_word(search->name, end, at->name))
			return true;
		*exact = *exact && at->optional;
	}
	return false;
}

/* Is the name `own` in these scopes what is looked for? *ret_exact: with all of them named. */
static bool name_fits(const struct search *search, const char *own, bool *ret_exact)
{
	size_t end = search->length;
	unsigned scope = search->depth;

	*ret_exact = true;
	if (!take_word(search->name, &end, own))
		return false;
	while (end > 0) {
		if (!take_word(search->name, &end, "::"))
			return false;
		if (end == 0)
			break; /* "::name" */
		if (!take_scope(search, &scope, &end, ret_exact))
			return false;
	}
	while (scope > 0 && search->scopes[scope - 1].optional)
		scope--;
	*ret_exact = *ret_exact && scope == 0;
	return true;
}

static bool is_struct(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
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
		       (is_struct(dwarf_tag(ret)) || dwarf_tag(ret) == DW_TAG_union_type) &&
		       !dwarf_hasattr(ret, DW_AT_declaration);
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
		if (search->scopes[i].name)
			n += (size_t)snprintf(name + n, room - n, "%s::", search->scopes[i].name);
	if (n < room)
		snprintf(name + n, room - n, "%s", own ? own : "");
}

static void look_at(struct search *search, Dwarf_Die *die, Dwarf_Die *unit)
{
	const char *own = dwarf_diename(die);
	bool exact = false;
	Dwarf_Die found;

	if (!own || !name_fits(search, own, &exact) || (search->found && !exact) ||
	    !take_struct(search, die, &found))
		return;
	search->match->die = found;
	search->found = true;
	search->exact = exact;
	put_name(search, die, unit);
}

/* Is there anything to be found in it: a namespace, or a class with "::" behind its name? */
static bool is_scope(const struct search *search, Dwarf_Die *die)
{
	const int tag = dwarf_tag(die);

	return tag == DW_TAG_namespace || tag == DW_TAG_module ||
	       ((is_struct(tag) || tag == DW_TAG_union_type) && strstr(search->name, "::"));
}

static void push_scope(struct search *search, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	search->scopes[search->depth++] =
		(struct scope){name, !name || dwarf_hasattr(die, DW_AT_export_symbols)};
}

/* 0, also where it was found; or why the walk cannot go on. */
static int walk(struct search *search, Dwarf_Die *parent, Dwarf_Die *unit)
{
	Dwarf_Die die;
	int r = dwarf_child(parent, &die);

	for (; r == 0 && !search->exact; r = dwarf_next(&die)) {
		if (clock_ns() > search->deadline)
			return -ETIMEDOUT;
		look_at(search, &die, unit);
		if (!is_scope(search, &die) || search->depth == DEPTH_MAX)
			continue;
		push_scope(search, &die);
		r = walk(search, &die, unit);
		search->depth--;
		if (r < 0)
			return r;
	}
	return r < 0 ? -EBADMSG : 0;
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

static int walk_units(struct search *search, const struct dwarf_file *file, const char *folder,
		      bool split);

/* What is in another file; that it is not there is no reason not to look at the rest. */
static int walk_split(struct search *search, Dwarf_Die *unit, const char *folder)
{
	_cleanup_close_ int fd = -1;
	_cleanup_dwarf_file_ struct dwarf_file other = {0};
	struct dwarf_match *match = search->match;
	const void *before = match->die.addr;
	int r;

	if (open_split(unit, folder, &fd) < 0 || dwarf_file_init(fd, &other) < 0)
		return 0;
	r = walk_units(search, &other, NULL, true);
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

static int walk_units(struct search *search, const struct dwarf_file *file, const char *folder,
		      bool split)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;
	uint8_t kind;
	int r;

	while (!search->exact &&
	       (r = dwarf_get_units(file->dwarf, cu, &cu, NULL, &kind, &unit, NULL)) == 0) {
		if (clock_ns() > search->deadline)
			return -ETIMEDOUT;
		if ((kind != DW_UT_type && kind != DW_UT_split_type) ||
		    dwarf_cu_info(cu, NULL, NULL, NULL, &search->described, NULL, NULL, NULL) < 0)
			search->described = (Dwarf_Die){0};
		if (kind == DW_UT_skeleton && !split)
			r = walk_split(search, &unit, folder);
		else if (kind != DW_UT_skeleton)
			r = walk(search, &unit, &unit);
		if (r < 0)
			return r;
	}
	return search->exact || r > 0 ? 0 : -EBADMSG;
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
	search->length = strlen(name);
}

int dwarf_find(const struct dwarf_file *file, const char *folder, const char *name,
	       struct dwarf_match *ret)
{
	struct search search;
	int r;

	parse_name(name, &search);
	search.deadline = clock_ns() + TIME_LIMIT_NS;
	search.match = ret;
	*ret = (struct dwarf_match){.fd = -1};
	r = walk_units(&search, file, folder, false);
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
