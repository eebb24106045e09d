/* SPDX-License-Identifier: MIT */
/* From the members of a struct to rows, with those of the structs in it. */
#include "core/c_layout.h"

#include <errno.h>
#include <string.h>

#include "core/c_links.h"
#include "core/c_rows.h"
#include "core/type_make.h"

/* An array of structs or locks. */
struct array {
	struct made_array made; /* the first: what its rows are made by */
	struct c_rows *rows;
	const struct c_type *element;
};

static int put(struct c_rows *rows, const struct field_path *path, const struct field_type *type,
	       uint64_t offset, uint64_t size)
{
	const struct field row = {.type = type, .offset = offset, .size = size, .help = ""};

	return made_rows_put(&rows->made, path, &row);
}

/* What is not a value by itself. */
static int add_whole(struct c_rows *rows, const struct c_type *type, const struct field_path *path,
		     uint64_t offset, const struct field *counted);

static int add_element(struct made_array *made, const struct field_path *path, uint64_t offset)
{
	const struct array *array = (struct array *)made;

	return add_whole(array->rows, array->element, path, offset, NULL);
}

/* All dimensions, and those of arrays that are elements by the name of a type. */
static void measure(const struct c_type *type, struct array *ret)
{
	ret->made.count = 1;
	for (; type->kind == C_ARRAY && ret->made.n_dims < MADE_DIMS_MAX; type = type->to) {
		ret->made.dims[ret->made.n_dims++] = type->count;
		ret->made.count *= type->count;
	}
	ret->made.size = type->size;
	ret->element = type;
}

/* As many as the object says, or has room for: lines of a table. */
static int add_table(struct c_rows *rows, const struct array *array, const struct field_path *path,
		     const struct field *counted)
{
	struct type_detail detail = {.element_size = array->made.size};
	struct field row = *counted;
	char title[160];
	int r = c_record(rows, array->element, &detail.record);

	row.size = array->made.count * array->made.size;
	snprintf(title, sizeof(title), array->made.count ? "%s[%ju]" : "%s[]", array->made.title,
		 (uintmax_t)array->made.count);
	if (r == 0)
		r = type_make_new(rows->made.arena, MADE_TABLE, title, &detail, &row.type);
	return r < 0 ? r : made_rows_put(&rows->made, path, &row);
}

/* `counted` is the row as far as it is known: where it is, and by what its elements are counted. */
static int add_array(struct c_rows *rows, const struct c_type *type, const struct field_path *path,
		     const struct field *counted)
{
	struct array array = {.rows = rows, .made.add = add_element};
	const struct field_type *element;
	struct field row = *counted;
	char title[128];
	int r;

	measure(type, &array);
	if (array.made.size == 0 || array.element->kind == C_ARRAY)
		return 0;
	c_title(array.element, title, sizeof(title));
	array.made.title = title;
	if (!c_is_whole(array.element)) {
		r = c_value(&rows->values, array.element, &element);
		return r < 0 ? r : made_array_values(&rows->made, &array.made, element, path, &row);
	}
	if (array.made.count > 0 && !row.length)
		return made_array_elements(&rows->made, &array.made, path, row.offset);
	return add_table(rows, &array, path, counted);
}

static int add_bits(struct c_rows *rows, const struct c_member *member,
		    const struct field_path *path, uint64_t base)
{
	const struct field_type *type;
	int r = c_value(&rows->values, member->type, &type);

	if (r == 0)
		r = type_make_bits(rows->made.arena, type, member->type->size, member->bit,
				   member->width, &type);
	return r < 0 ? r
		     : put(rows, path, type, base + member->offset,
			   (member->bit + member->width + 7) / 8);
}

/* The number of elements is another member of the same struct. */
static int count_by(struct c_rows *rows, const struct c_member *member,
		    const struct field_path *outer, uint64_t base, struct field *row)
{
	const struct c_member *counter = member->counter;
	struct field_path path;

	field_path_member(outer, counter->name, &path);
	row->length = arena_text(rows->made.arena, path.name);
	if (!row->length)
		return rows->made.arena->left < sizeof(path.name) ? -EFBIG : -ENOMEM;
	row->length_at = base + counter->offset;
	row->length_type = counter->type->row;
	row->element = member->type->to->size;
	return 0;
}

int c_rows_visit(struct c_rows *rows)
{
	if (rows->visits == 0)
		return -EFBIG;
	rows->visits--;
	return 0;
}

static int add_member(struct c_rows *rows, const struct c_member *member,
		      const struct field_path *outer, uint64_t base)
{
	struct field row = {.offset = base + member->offset, .help = ""};
	struct field_path path;
	int r = c_rows_visit(rows);

	if (r == 0 && member->counter)
		r = count_by(rows, member, outer, base, &row);
	if (r < 0 || (member->is_bits && !member->name))
		return r;
	field_path_member(outer, member->name, &path);
	if (member->is_bits)
		return add_bits(rows, member, &path, base);
	r = add_whole(rows, member->type, &path, row.offset, &row);
	if (r == 0 && member->link && rows->follows)
		r = c_add_link(rows, member, outer, row.offset);
	return r;
}

static int add_struct(struct c_rows *rows, const struct c_type *type, const struct field_path *path,
		      uint64_t offset)
{
	struct field_path own = *path;
	int r;

	if (rows->depth == MADE_DEPTH_MAX)
		return -EFBIG;
	rows->depth++;
	r = field_path_enter(rows->made.arena, &own, offset);
	for (const struct c_member *member = type->first; r == 0 && member; member = member->next)
		r = add_member(rows, member, &own, offset);
	rows->depth--;
	return r;
}

static int add_whole(struct c_rows *rows, const struct c_type *type, const struct field_path *path,
		     uint64_t offset, const struct field *counted)
{
	const struct field_type *value;
	int r;

	if (type->kind == C_STRUCT || type->kind == C_UNION)
		return add_struct(rows, type, path, offset);
	if (type->kind == C_ARRAY)
		return add_array(rows, type, path, counted);
	r = c_value(&rows->values, type, &value);
	return r < 0 ? r : put(rows, path, value, offset, type->size);
}

bool c_is_whole(const struct c_type *type)
{
	return type->kind == C_STRUCT || type->kind == C_UNION ||
	       (type->kind == C_ROW && type->row->members);
}

int c_rows_add(struct c_rows *rows, const struct c_type *type)
{
	const struct field_path top = {0};

	return add_struct(rows, type, &top, 0);
}

static int fill(const struct c_type *type, const char *name, unsigned *visits,
		struct made_layout *ret)
{
	struct c_rows rows = {.follows = true, .visits = *visits};
	int r;

	rows.made.arena = rows.values.arena = &ret->arena;
	ret->layout.name = arena_text(&ret->arena, name);
	ret->layout.abi = "64-bit";
	ret->layout.help = "a struct of a layouts file";
	ret->layout.size = type->size;
	r = ret->layout.name ? c_rows_add(&rows, type) : -EFBIG;
	if (r == 0)
		r = made_rows_take(&rows.made, &ret->layout);
	made_rows_deinit(&rows.made);
	*visits = rows.visits;
	return r;
}

int c_layout(const struct c_type *type, const char *name, struct c_budget *budget,
	     const struct layout **ret)
{
	struct made_layout *made = made_layout_new();
	size_t room;
	int r;

	if (!made)
		return -ENOMEM;
	if (made->arena.left > budget->memory)
		made->arena.left = budget->memory;
	room = made->arena.left;
	r = fill(type, name, &budget->visits, made);
	if (r == 0 && made->layout.n_fields > budget->rows)
		r = -EFBIG;
	if (r < 0) {
		made_layout_free(&made->layout);
		return r;
	}
	budget->memory -= room - made->arena.left;
	budget->rows -= made->layout.n_fields;
	*ret = &made->layout;
	return 0;
}
