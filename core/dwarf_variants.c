/* SPDX-License-Identifier: MIT */
/* Variants (Rust's enum): which case it is, as a row of its own, then what each case has. */
#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/dwarf_name.h"
#include "core/dwarf_rows.h"

enum { CASES_MAX = 4096 };

struct cases {
	struct type_name *names;
	size_t n;
	const char *otherwise; /* the one without a number: all that no other case has */
};

/* A case has one member, whose name is the case's. */
static const char *case_name(Dwarf_Die *variant)
{
	Dwarf_Die child;
	const char *name = NULL;

	for (int r = dwarf_child(variant, &child); !name && r == 0; r = dwarf_next(&child))
		if (dwarf_tag(&child) == DW_TAG_member)
			name = dwarf_diename(&child);
	return name ? name : "?";
}

static int add_case(struct arena *arena, Dwarf_Die *variant, struct cases *cases)
{
	char safe[DWARF_NAME_SIZE] = "";
	uint64_t value;
	char *name;

	dwarf_put_name(safe, case_name(variant), false);
	name = arena_text(arena, safe);
	if (!name)
		return -ENOMEM;
	if (!dwarf_number(variant, DW_AT_discr_value, &value))
		cases->otherwise = name;
	else if (cases->n < CASES_MAX)
		cases->names[cases->n++] = (struct type_name){value, name};
	return 0;
}

static int read_cases(struct arena *arena, Dwarf_Die *part, struct cases *ret)
{
	Dwarf_Die child;
	int r;

	*ret = (struct cases){0};
	for (r = dwarf_child(part, &child); r == 0; r = dwarf_next(&child))
		ret->n += dwarf_tag(&child) == DW_TAG_variant;
	if (r < 0 || ret->n > CASES_MAX)
		return r < 0 ? -EBADMSG : -EFBIG;
	ret->names = arena_alloc(arena, ret->n * sizeof(*ret->names));
	if (!ret->names)
		return -ENOMEM;
	ret->n = 0;
	for (r = dwarf_child(part, &child); r == 0; r = dwarf_next(&child))
		if (dwarf_tag(&child) == DW_TAG_variant && add_case(arena, &child, ret) < 0)
			return -ENOMEM;
	return 0;
}

/* Called as what the variant is of; as a file, and where that has no name, "variant". */
static int put_case(struct dwarf_rows *rows, Dwarf_Die *part, const struct field_path *outer,
		    uint64_t base)
{
	struct field_path path;
	const struct field_type *row = NULL;
	Dwarf_Attribute attribute;
	Dwarf_Die number, type;
	struct cases cases;
	uint64_t offset, size;
	int r;

	if (!dwarf_attr(part, DW_AT_discr, &attribute) || !dwarf_formref_die(&attribute, &number))
		return 0; /* there is but one case */
	if (!dwarf_type_of(&number, &type) || dwarf_strip(&type, NULL, NULL, &type) < 0 ||
	    dwarf_size(&type, &size) < 0 || !dwarf_integer(size, false) || size > sizeof(uint64_t))
		return -EBADMSG;
	if (!dwarf_number(&number, DW_AT_data_member_location, &offset))
		offset = 0;
	r = read_cases(rows->types.arena, part, &cases);
	if (r == 0)
		r = dwarf_cases(&rows->types, "enum", dwarf_integer(size, false), size, cases.names,
				cases.n, cases.otherwise, &row);
	if (r == 0 && offset > DWARF_SIZE_MAX)
		r = -EBADMSG;
	field_path_member(outer, "variant", &path);
	if (*outer->name)
		strcpy(path.name, outer->name);
	return r < 0 ? r : dwarf_rows_put(rows, &path, row, base + offset, size);
}

static int add_variant(struct dwarf_rows *rows, Dwarf_Die *variant, const struct field_path *outer,
		       uint64_t base)
{
	Dwarf_Die child;
	int r = dwarf_child(variant, &child);

	while (r == 0) {
		if (dwarf_tag(&child) == DW_TAG_member)
			r = dwarf_rows_member(rows, &child, outer, base);
		if (r == 0)
			r = dwarf_next(&child);
	}
	return r == 1 ? 0 : r == -1 ? -EBADMSG : r;
}

int dwarf_rows_variant(struct dwarf_rows *rows, Dwarf_Die *part, const struct field_path *path,
		       uint64_t base)
{
	struct field_path own = *path;
	Dwarf_Die child;
	int r = field_path_enter(rows->types.arena, &own, base);

	if (r == 0)
		r = put_case(rows, part, &own, base);
	if (r == 0)
		r = dwarf_child(part, &child);
	while (r == 0) {
		if (dwarf_tag(&child) == DW_TAG_variant)
			r = add_variant(rows, &child, &own, base);
		if (r == 0)
			r = dwarf_next(&child);
	}
	return r == 1 ? 0 : r == -1 ? -EBADMSG : r;
}
