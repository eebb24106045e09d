/* SPDX-License-Identifier: MIT */
/* Arrays, as debug information tells of them. */
#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/dwarf_name.h"
#include "core/dwarf_rows.h"

struct array {
	struct made_array made; /* the first: what its rows are made by */
	struct dwarf_rows *rows;
	Dwarf_Die element;
	const struct field_type *lock; /* that the elements are, or NULL */
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
		if (array->made.n_dims == MADE_DIMS_MAX)
			return -EFBIG;
		array->made.dims[array->made.n_dims++] = dimension(&range);
	}
	return r < 0 ? -EBADMSG : 0;
}

static int multiply(struct made_array *array)
{
	array->count = 1;
	for (unsigned i = 0; i < array->n_dims; i++) {
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
static int read_array(const Dwarf_Die *die, struct array *ret)
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
	r = multiply(&ret->made);
	if (r == 0 && ret->lock)
		ret->made.size = ret->lock->size;
	else if (r == 0)
		r = dwarf_size(&at, &ret->made.size);
	if (r == 0 && ret->made.size && ret->made.count > DWARF_SIZE_MAX / ret->made.size)
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

static int add_lock(struct made_array *made, const struct field_path *path, uint64_t offset)
{
	const struct array *array = (struct array *)made;

	return dwarf_rows_put(array->rows, path, array->lock, offset, made->size);
}

static int add_struct(struct made_array *made, const struct field_path *path, uint64_t offset)
{
	struct array *array = (struct array *)made;

	return dwarf_rows_value(array->rows, &array->element, path, offset);
}

static int add_elements(struct dwarf_rows *rows, struct array *array, const struct field_path *path,
			uint64_t offset)
{
	char title[DWARF_NAME_SIZE] = "";

	put_title(array, title);
	array->rows = rows;
	array->made.title = title;
	array->made.add = array->lock ? add_lock : add_struct;
	return made_array_elements(&rows->made, &array->made, path, offset);
}

static int add_values(struct dwarf_rows *rows, struct array *array, const struct field_path *path,
		      uint64_t offset)
{
	struct field row = {.offset = offset, .help = ""};
	const struct field_type *type;
	int r = dwarf_scalar(&rows->types, &array->element, &type);

	return r < 0 ? r : made_array_values(&rows->made, &array->made, type, path, &row);
}

int dwarf_rows_array(struct dwarf_rows *rows, Dwarf_Die *die, const struct field_path *path,
		     uint64_t offset)
{
	struct array array;
	int r = read_array(die, &array);

	if (r < 0)
		return r;
	/* Of a dimension that is 0 only the first can be one that goes on to the end. */
	if (array.made.size == 0 || array.made.n_dims == 0 ||
	    (array.made.count == 0 && array.made.dims[0] != 0))
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
