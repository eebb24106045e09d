/* SPDX-License-Identifier: MIT */
/* Types of C as somebody has declared them, and where their members lie by the psABI of x86-64. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/types_made.h"

/* No object has so many bytes: below it no sum of two sizes overflows. */
#define C_SIZE_MAX (UINT64_C(1) << 48)

enum c_kind {
	C_NOTHING, /* void, and functions: what only pointers can be to */
	C_ROW,     /* a number or a lock, that has a row of its own */
	C_ENUM,
	C_POINTER,
	C_ARRAY,
	C_STRUCT,
	C_UNION,
};

struct c_type {
	enum c_kind kind;
	bool complete; /* it is told what it is made of */
	bool broken;   /* what was told was not understood, which has been complained of */
	bool open;     /* it ends in an array that goes on to the object's end */
	uint64_t size, align;
	const char *name;             /* "struct shmbuf"; NULL: it has none */
	const struct field_type *row; /* C_ROW; of C_ENUM the integer that it is */
	const struct c_type *to;      /* what a pointer is to, an array is of */
	uint64_t count;               /* of elements; 0: as many as there is room for */
	struct type_name *names;      /* of an enumeration */
	size_t n_names;
	struct c_member *first, **end; /* of a struct or union */
	size_t n_members;
	const struct layout *layout; /* that was made of it; borrowed */
};

/* A number in an object that says where in the object something is. */
enum c_link {
	C_LINK_NONE,
	C_LINK_OBJECT, /* counted from the object's start */
	C_LINK_SELF,   /* counted from where the number itself is */
};

struct c_member {
	struct c_member *next;
	const char *name; /* NULL: a struct or union whose members are as if they were its own; or
			   * a bit field that is there to leave room */
	const struct c_type *type;
	uint64_t aligned; /* what it is to be aligned to, at least; 0: not told */
	bool packed;
	bool is_bits;
	unsigned width;  /* of a bit field */
	uint64_t offset; /* in its struct; of a bit field, of the byte that its first bit is in */
	unsigned bit;    /* … and which one that is, from the lowest */
	const struct c_member
		*counter; /* the member before that says how many elements there are */
	enum c_link link;
	const struct c_type *target; /* what lies there */
	struct c_member *next_link;  /* of all members of all structs that have one */
	unsigned line;
};

/* An array of this type; 0 or -EFBIG: larger than any object. */
int c_array(const struct c_type *of, uint64_t count, struct c_type *ret);

/* Is it a whole number of at most 64 bits? */
bool c_is_integer(const struct c_type *type);

/*
 * c_place() - Say where each member lies, and what size and alignment the struct or union has.
 *
 * `aligned` is what it is to be aligned to at least, 0: nothing is told. 0 or -EFBIG.
 */
int c_place(struct c_type *type, bool packed, uint64_t aligned);
