/* SPDX-License-Identifier: MIT */
/*
 * Types that only a program's debug information tells of. Those with a size of their own are rows
 * as in types.c; the others are made at run time, and say in `detail` what there is to know.
 */
#pragma once

#include "core/layout.h"

/* One name of an enumeration, or of a variant. */
struct type_name {
	uint64_t value;
	const char *name;
};

struct type_detail {
	const struct field_type *element; /* what an array is of; the integer that holds the rest */
	size_t element_size;
	unsigned bit, width;           /* of a bit field: its first bit, from the lowest on */
	const struct type_name *names; /* of an enumeration */
	size_t n_names;
	const char *otherwise;       /* what every other value is called, or NULL: it is a number */
	bool is_signed;              /* a bit field whose highest bit is a sign */
	bool inner;                  /* an array in an array */
	const struct layout *record; /* of a table: what a line of it is */
};

/* x87's 80 bits, in 12 or 16 bytes (the psABIs of i386 and x86-64). */
extern const struct field_type type_long_double;
extern const struct field_type type_int128, type_uint128;
extern const struct field_type type_char32; /* char32_t, Rust's char: as UTF-8 */

/* The rows of types_made.c that are made: what type_make() copies. */
enum type_made {
	MADE_ARRAY,   /* element, element_size: a line an element, TABs between those of a line */
	MADE_ENUM,    /* element, names: the name, or the number */
	MADE_BITS,    /* element, bit, width: as the element that has this value */
	MADE_POINTER, /* in hexadecimal digits: an address in a process that is not known */
	MADE_LINE,    /* a text, escaped: where it is one of many */
	MADE_OPAQUE,  /* the exact bytes */
	MADE_TABLE,   /* record, element_size: a line of heads, a line an element (record.h) */
	N_MADE
};

/* A type of this kind; name and detail stay the caller's, and must stay as long as it. */
struct field_type type_make(enum type_made kind, const char *name,
			    const struct type_detail *detail);
