/* SPDX-License-Identifier: MIT */
/* Arrays: of values one row; of structs and locks each element's, up to a limit. */
#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/dwarf_name.h"
#include "core/dwarf_rows.h"

enum { DIMS_MAX = 16 };

struct array {
	uint64_t dims[DIMS_MAX];
	unsigned n;
	uint64_t count; /* of all elements; 0: not told */
	Dwarf_Die element;
	const struct field_type *lock; /* that the elements are, or NULL */
	uint64_t size;                 /* of one */
	uint64_t done;                 /* how many have rows */
};

/* Elements in one dimension; 0: not told, as in `char buf[]`. */
static uint64_t dimension(Dwarf_Die *range)
{
	uint64_t count;

	if (dwarf_number(range, DW_AT_count, &count))
		return count;
	if (!dwarf_number(range, DW_AT_upper_bound, &count))
		return 0;
	return count + 1; /* of [0], which may be said as 0 to -1, it is 0 again */
}

static int add_dims(Dwarf_Die *die, struct array *array)
{
	Dwarf_Die range;
	int r = dwarf_child(die, &range);

	for (; r == 0; r = dwarf_next(&range)) {
		if (dwarf_tag(&range) != DW_TAG_subrange_type &&
		    dwarf_tag(&range) != DW_TAG_enumeration_type)
			continue;
		if (array->n == DIMS_MAX)
			return -EFBIG;
		array->dims[array->n++] = dimension(&range);
	}
	return r < 0 ? -EBADMSG : 0;
}

static int multiply(struct array *array)
{
	array->count = 1;
	for (unsigned i = 0; i < array->n; i++) {
		if (array->dims[i] > DWARF_SIZE_MAX)
			return -EBADMSG;
		/* Two factors of 48 bits: the product is looked at before the next. */
		if (__builtin_mul_overflow(array->count, array->dims[i], &array->count) ||
		    array->count > DWARF_SIZE_MAX)
			return -EBADMSG;
	}
	return 0;
}

/* All dimensions, also those of an array that is an element by the name of a typedef. */
static int read_array(Dwarf_Die *die, struct array *ret)
{
	Dwarf_Die at = *die, type;
	int r;

	*ret = (struct array){0};
	do {
		r = add_dims(&at, ret);
		if (r == 0 && !dwarf_type_of(&at, &type))
			r = -EBADMSG;
		if (r == 0)
			r = dwarf_strip(&type, dwarf_rows_lock, &ret->lock, &at);
		if (r < 0)
			return r == -ENODATA ? -EBADMSG : r;
	} while (!ret->lock && dwarf_tag(&at) == DW_TAG_array_type);
	ret->element = at;
	r = multiply(ret);
	if (r == 0 && ret->lock)
		ret->size = ret->lock->size;
	else if (r == 0)
		r = dwarf_size(&at, &ret->size);
	if (r == 0 && ret->size && ret->count > DWARF_SIZE_MAX / ret->size)
		r = -EBADMSG;
	return r;
}

/* As C calls it. */
static void put_title(const struct array *array, char *ret)
{
	Dwarf_Die element = array->element;
	const char *name = array->lock ? array->lock->name : dwarf_diename(&element);
	const int tag = array->lock ? 0 : dwarf_tag(&element);

	if (tag == DW_TAG_structure_type)
		dwarf_put_name(ret, name ? "struct " : "struct", false);
	else if (tag == DW_TAG_union_type)
		dwarf_put_name(ret, name ? "union " : "union", false);
	dwarf_put_name(ret, name ? name : "", false);
}

/* The elements without rows of their own; where it is not told how many there are, all. */
static int put_rest(struct dwarf_rows *rows, const struct array *array,
		    const struct field_path *path, uint64_t offset)
{
	char title[DWARF_NAME_SIZE] = "", text[DWARF_NAME_SIZE + 64];
	const uint64_t left = array->count - array->done;
	const struct field_type *type;
	int r;

	put_title(array, title);
	if (array->count == 0)
		snprintf(text, sizeof(text), "%s[]", title);
	else
		snprintf(text, sizeof(text), "%s[%ju], as bytes: too many for a file each", title,
			 (uintmax_t)left);
	r = dwarf_opaque(&rows->types, text, &type);
	return r < 0 ? r
		     : dwarf_rows_put(rows, path, type, offset + array->done * array->size,
				      left * array->size);
}

static int add_element(struct dwarf_rows *rows, struct array *array, const struct field_path *path,
		       uint64_t offset)
{
	offset += array->done * array->size;
	array->done++;
	return array->lock ? dwarf_rows_put(rows, path, array->lock, offset, array->size)
			   : dwarf_rows_value(rows, &array->element, path, offset);
}

/* All elements with these first indices. 1: there is no room for more. */
static int add_dimension(struct dwarf_rows *rows, struct array *array, unsigned dim,
			 const struct field_path *path, uint64_t offset)
{
	struct field_path own = *path, element;
	int r = field_path_enter(rows->types.arena, &own, offset + array->done * array->size);

	for (uint64_t i = 0; r == 0 && i < array->dims[dim]; i++) {
		if (rows->n >= rows->array_end || array->done == ARRAY_ROWS_MAX)
			return 1;
		field_path_index(&own, i, &element);
		r = dim + 1 < array->n ? add_dimension(rows, array, dim + 1, &element, offset)
				       : add_element(rows, array, &element, offset);
	}
	return r;
}

/* Those in an array share what it may have. */
static int add_limited(struct dwarf_rows *rows, struct array *array, const struct field_path *path,
		       uint64_t offset)
{
	const size_t before = rows->array_end, own = rows->n + ARRAY_ROWS_MAX;
	int r;

	if (before == 0)
		rows->array_end = own < ARRAYS_ROWS_MAX ? own : ARRAYS_ROWS_MAX;
	r = add_dimension(rows, array, 0, path, offset);
	rows->array_end = before;
	return r;
}

static int add_elements(struct dwarf_rows *rows, struct array *array, const struct field_path *path,
			uint64_t offset)
{
	struct field_path own = *path, rest;
	int r;

	if (array->count == 0)
		return put_rest(rows, array, path, offset);
	r = field_path_enter(rows->types.arena, &own, offset);
	if (r == 0)
		r = add_limited(rows, array, &own, offset);
	if (r <= 0)
		return r;
	field_path_rest(&own, array->dims, array->n, array->done, &rest);
	return put_rest(rows, array, &rest, offset);
}

/* Characters are text, bytes are bytes; of what is in more dimensions the last is. */
static int add_values(struct dwarf_rows *rows, struct array *array, const struct field_path *path,
		      uint64_t offset)
{
	const struct field_type *type;
	const uint64_t all = array->count * array->size;
	int r = dwarf_scalar(&rows->types, &array->element, &type);

	if (r < 0)
		return r;
	if (type == &type_char && array->n > 1) {
		array->n--;
		array->size = array->dims[array->n];
		r = dwarf_line(&rows->types, array->size, &type);
	} else if (array->n == 1 && (type == &type_char || type == &type_uchar)) {
		type = array->count && type == &type_char ? &type_text : &type_bytes;
		return dwarf_rows_put(rows, path, type, offset, all);
	}
	if (r == 0)
		r = dwarf_array(&rows->types, type, array->size, array->dims, array->n, &type);
	return r < 0 ? r : dwarf_rows_put(rows, path, type, offset, all);
}

int dwarf_rows_array(struct dwarf_rows *rows, Dwarf_Die *die, const struct field_path *path,
		     uint64_t offset)
{
	struct array array;
	int r = read_array(die, &array);

	if (r < 0)
		return r;
	/* Of a dimension that is 0 only the first can be one that goes on to the end. */
	if (array.size == 0 || array.n == 0 || (array.count == 0 && array.dims[0] != 0))
		return 0;
	switch (dwarf_tag(&array.element)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return add_elements(rows, &array, path, offset);
	default:
		return array.lock ? add_elements(rows, &array, path, offset)
				  : add_values(rows, &array, path, offset);
	}
}
