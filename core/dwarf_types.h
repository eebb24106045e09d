/* SPDX-License-Identifier: MIT */
/* From types of debug information to rows of types.c, types_pthread.c and types_made.c. */
#pragma once

#include "core/arena.h"
#include "core/dwarf_find.h"
#include "core/types_made.h"

/* Types that were made already: they need not be made for each element of an array. */
struct dwarf_types {
	struct arena *arena;
	struct dwarf_known *known;
};

/*
 * dwarf_lock() - The row of a lock, if the type (a typedef, or a struct or union of that name) is
 * one that has a row; NULL.
 */
const struct field_type *dwarf_lock(Dwarf_Die *die);

/* Where no lies and no overflow can be: no object has so many bytes. */
#define DWARF_SIZE_MAX (UINT64_C(1) << 48)

/* How many bytes a value of this (stripped) type has. -EBADMSG: it does not say. */
int dwarf_size(Dwarf_Die *die, uint64_t *ret);

/*
 * dwarf_scalar() - The row for a stripped type that is one value: a number, an enumeration, a
 * pointer; anything that is not known is opaque bytes. -ENOMEM, -EFBIG.
 */
int dwarf_scalar(struct dwarf_types *types, Dwarf_Die *die, const struct field_type **ret);

/* A bit field of this (stripped) type. */
int dwarf_bits(struct dwarf_types *types, Dwarf_Die *die, unsigned bit, unsigned width,
	       const struct field_type **ret);

/* The cases of a variant: the number that is stored, with their names. */
int dwarf_cases(struct dwarf_types *types, const char *title, const struct field_type *number,
		uint64_t size, struct type_name *names, size_t n, const char *otherwise,
		const struct field_type **ret);

/* The integer of so many bytes, or NULL. */
const struct field_type *dwarf_integer(uint64_t size, bool is_signed);
