/* SPDX-License-Identifier: MIT */
/* Arrays: of values one row; of structs and locks each element's, up to a limit. */
#include <errno.h>
#include <stdio.h>

#include "core/made_rows.h"
#include "core/type_make.h"

/* The elements without rows of their own; where it is not told how many there are, all. */
static int put_rest(struct made_rows *rows, const struct made_array *array,
		    const struct field_path *path, uint64_t offset)
{
	const uint64_t left = array->count - array->done;
	struct field row = {.offset = offset + array->done * array->size,
			    .size = left * array->size,
			    .help = ""};
	char text[DWARF_NAME_SIZE + 64];
	int r;

	if (array->count == 0)
		snprintf(text, sizeof(text), "%s[]", array->title);
	else
		snprintf(text, sizeof(text), "%s[%ju], as bytes: too many for a file each",
			 array->title, (uintmax_t)left);
	r = type_make_opaque(rows->arena, text, &row.type);
	return r < 0 ? r : made_rows_put(rows, path, &row);
}

static int add_element(struct made_array *array, const struct field_path *path, uint64_t offset)
{
	offset += array->done * array->size;
	array->done++;
	return array->add(array, path, offset);
}

/* All elements with these first indices. 1: there is no room for more. */
static int add_dimension(struct made_rows *rows, struct made_array *array, unsigned dim,
			 const struct field_path *path, uint64_t offset)
{
	struct field_path own = *path, element;
	int r = field_path_enter(rows->arena, &own, offset + array->done * array->size);

	for (uint64_t i = 0; r == 0 && i < array->dims[dim]; i++) {
		if (rows->n >= rows->array_end || array->done == ARRAY_ROWS_MAX)
			return 1;
		field_path_index(&own, i, &element);
		r = dim + 1 < array->n_dims ? add_dimension(rows, array, dim + 1, &element, offset)
					    : add_element(array, &element, offset);
	}
	return r;
}

/* Those in an array share what it may have. */
static int add_limited(struct made_rows *rows, struct made_array *array,
		       const struct field_path *path, uint64_t offset)
{
	const size_t before = rows->array_end, own = rows->n + ARRAY_ROWS_MAX;
	int r;

	if (before == 0)
		rows->array_end = own < ARRAYS_ROWS_MAX ? own : ARRAYS_ROWS_MAX;
	r = add_dimension(rows, array, 0, path, offset);
	rows->array_end = before;
	return r;
}

int made_array_elements(struct made_rows *rows, struct made_array *array,
			const struct field_path *path, uint64_t offset)
{
	struct field_path own = *path, rest;
	int r;

	if (array->count == 0)
		return put_rest(rows, array, path, offset);
	r = field_path_enter(rows->arena, &own, offset);
	if (r == 0)
		r = add_limited(rows, array, &own, offset);
	if (r <= 0)
		return r;
	field_path_rest(&own, array->dims, array->n_dims, array->done, &rest);
	return put_rest(rows, array, &rest, offset);
}

int made_array_values(struct made_rows *rows, const struct made_array *array,
		      const struct field_type *element, const struct field_path *path,
		      struct field *row)
{
	unsigned n = array->n_dims;
	uint64_t size = array->size;
	int r = 0;

	row->size = array->count * size;
	if (n == 1 && (element == &type_char || element == &type_uchar)) {
		row->type = array->count && !row->length && element == &type_char ? &type_text
										  : &type_bytes;
		return made_rows_put(rows, path, row);
	}
	row->type = element;
	if (element == &type_char) {
		size = array->dims[--n];
		r = type_make_line(rows->arena, size, &row->type);
	}
	if (r == 0)
		r = type_make_array(rows->arena, row->type, size, array->dims, n, &row->type);
	return r < 0 ? r : made_rows_put(rows, path, row);
}
