/* SPDX-License-Identifier: MIT */
/* Arrays: of values one row; of structs and locks each element's, up to a limit. */
#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/dwarf_name.h"
#include "core/dwarf_rows.h"

enum {
	DIMS_MAX = 16,
	SHOWN_MAX = 1024, /* rows, beyond which what is left of an array of structs is bytes */
};

struct array {
	uint64_t dims[DIMS_MAX];
	unsigned n;
	uint64_t count; /* of all elements; 0: not told */
	Dwarf_Die element;
	const struct field_type *lock; /* that the elements are, or NULL */
	uint64_t size;                 /* of one */
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

static int put_rest(struct dwarf_rows *rows, const struct array *array, const char *name,
		    uint64_t done, uint64_t offset)
{
	Dwarf_Die element = array->element;
	const char *of = array->lock ? array->lock->name : dwarf_diename(&element);
	char title[DWARF_NAME_SIZE] = "", text[DWARF_NAME_SIZE + 64];
	const struct field_type *type;
	int r;

	dwarf_put_name(title, of ? of : "struct", false);
	if (array->count == 0)
		snprintf(text, sizeof(text), "%s[]", title);
	else
		snprintf(text, sizeof(text), "%s[%ju], as bytes", title,
			 (uintmax_t)(array->count - done));
	r = dwarf_opaque(&rows->types, text, &type);
	return r < 0 ? r
		     : dwarf_rows_put(rows, name, type, offset + done * array->size,
				      (array->count - done) * array->size);
}

/* NAME[1][2] of the element with this number. */
static void put_index(const struct array *array, uint64_t number, char *name)
{
	uint64_t below = array->count;
	char index[32];

	for (unsigned i = 0; i < array->n; i++) {
		below /= array->dims[i];
		snprintf(index, sizeof(index), "[%ju]", (uintmax_t)(number / below));
		number %= below;
		dwarf_put_name(name, index, true);
	}
}

static int add_elements(struct dwarf_rows *rows, struct array *array, const char *name,
			uint64_t offset)
{
	int r = 0;

	if (array->count == 0)
		return put_rest(rows, array, name, 0, offset);
	for (uint64_t i = 0; r == 0 && i < array->count; i++) {
		char own[DWARF_NAME_SIZE + 8] = "";

		dwarf_put_name(own, name, true);
		if (rows->n >= SHOWN_MAX || i == SHOWN_MAX) {
			snprintf(own, sizeof(own), "%.150s[%ju…]", name, (uintmax_t)i);
			return put_rest(rows, array, own, i, offset);
		}
		put_index(array, i, own);
		r = array->lock ? dwarf_rows_put(rows, own, array->lock, offset + i * array->size,
						 array->size)
				: dwarf_rows_value(rows, &array->element, own,
						   offset + i * array->size);
	}
	return r;
}

/* Characters are text, bytes are bytes; of what is in more dimensions the last is. */
static int add_values(struct dwarf_rows *rows, struct array *array, const char *name,
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
		return dwarf_rows_put(rows, name, type, offset, all);
	}
	if (r == 0)
		r = dwarf_array(&rows->types, type, array->size, array->dims, array->n, &type);
	return r < 0 ? r : dwarf_rows_put(rows, name, type, offset, all);
}

int dwarf_rows_array(struct dwarf_rows *rows, Dwarf_Die *die, const char *name, uint64_t offset)
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
		return add_elements(rows, &array, name, offset);
	default:
		return array.lock ? add_elements(rows, &array, name, offset)
				  : add_values(rows, &array, name, offset);
	}
}
