/* SPDX-License-Identifier: MIT */
/* What relative offsets lead to, as rows of a layout. */
#include "core/c_links.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/link.h"

/* A lock has no members that C knows of: it is called as its type. */
static int fill(struct c_rows *rows, const struct c_type *type)
{
	const struct field row = {.type = type->row, .size = type->size, .help = ""};
	const struct field_path top = {0};
	struct field_path path;

	if (type->kind != C_ROW)
		return c_rows_add(rows, type);
	field_path_member(&top, type->row->name, &path);
	return made_rows_put(&rows->made, &path, &row);
}

static int make_record(struct c_rows *rows, const struct c_type *type, struct c_record *ret)
{
	struct c_rows own = {.made.arena = rows->made.arena,
			     .values = rows->values,
			     .records = rows->records,
			     .depth = rows->depth,
			     .visits = rows->visits};
	int r = fill(&own, type);

	ret->of = type;
	ret->layout = (struct layout){.name = "", .abi = "64-bit", .size = type->size, .help = ""};
	if (r == 0)
		r = made_rows_take(&own.made, &ret->layout);
	made_rows_deinit(&own.made);
	rows->values = own.values;
	rows->records = own.records;
	rows->visits = own.visits;
	return r;
}

int c_record(struct c_rows *rows, const struct c_type *type, const struct layout **ret)
{
	struct c_record *record;
	int r;

	for (record = rows->records; record; record = record->next)
		if (record->of == type) {
			*ret = &record->layout;
			return 0;
		}
	record = arena_alloc(rows->made.arena, sizeof(*record));
	if (!record)
		return rows->made.arena->left < sizeof(*record) ? -EFBIG : -ENOMEM;
	r = make_record(rows, type, record);
	record->next = rows->records;
	rows->records = record;
	*ret = &record->layout;
	return r;
}

static struct link_number number_of(const struct c_member *member, uint64_t at)
{
	return (struct link_number){
		.at = at, .type = member->type->row, .self = member->link == C_LINK_SELF};
}

/*
 * Among the members of the struct, and of those in it: how many lead to one like the whole, and
 * the last of these.
 */
static int find_next(struct c_rows *rows, const struct c_type *in, const struct c_type *whole,
		     uint64_t base, unsigned *ret_n, struct link_number *ret)
{
	int r = 0;

	for (const struct c_member *member = in->first; r == 0 && member; member = member->next) {
		const struct c_type *type = member->type;

		r = c_rows_visit(rows);
		if (member->link && member->target == whole) {
			*ret = number_of(member, base + member->offset);
			(*ret_n)++;
		} else if (r == 0 && (type->kind == C_STRUCT || type->kind == C_UNION)) {
			r = find_next(rows, type, whole, base + member->offset, ret_n, ret);
		}
	}
	return r;
}

int c_add_link(struct c_rows *rows, const struct c_member *member, const struct field_path *outer,
	       uint64_t offset)
{
	struct link *link = arena_alloc(rows->made.arena, sizeof(*link));
	struct field row = {.type = &type_computed,
			    .offset = offset,
			    .render = link_print,
			    .json = link_json,
			    .link = link,
			    .help = "what the number leads to"};
	char name[DWARF_NAME_SIZE];
	struct field_path path;
	unsigned n = 0;
	int r;

	if (!link)
		return rows->made.arena->left < sizeof(*link) ? -EFBIG : -ENOMEM;
	link->first = number_of(member, offset);
	r = find_next(rows, member->target, member->target, 0, &n, &link->next);
	if (n != 1)
		link->next = (struct link_number){0};
	if (r == 0)
		r = c_record(rows, member->target, &link->target);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%.180s_nodes", member->name);
	field_path_member(outer, name, &path);
	return made_rows_put(&rows->made, &path, &row);
}
