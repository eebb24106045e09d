/* SPDX-License-Identifier: MIT */
/* Types that are made at run time (types_made.h), in an arena: as long as it lives. */
#pragma once

#include "core/arena.h"
#include "core/types_made.h"

/* All return 0; -EFBIG: the arena has no more room; -ENOMEM. Names may be any bytes, and are
 * copied.
 */

/* A type of this kind; of what is in the detail only the arrays are not copied. */
int type_make_new(struct arena *arena, enum type_made kind, const char *name,
		  const struct type_detail *detail, const struct field_type **ret);

/* Bytes that are shown as they are, with a name that says what they are. */
int type_make_opaque(struct arena *arena, const char *name, const struct field_type **ret);

/* A text called char[N]: an element of an array of texts. */
int type_make_line(struct arena *arena, uint64_t size, const struct field_type **ret);

/* What `dims` of `n` say: int[2][3] is {2, 3}; 0 as the first: as many as there is room for. */
int type_make_array(struct arena *arena, const struct field_type *element, uint64_t element_size,
		    const uint64_t *dims, unsigned n, const struct field_type **ret);

/* A bit field of a type of so many bytes. */
int type_make_bits(struct arena *arena, const struct field_type *element, uint64_t element_size,
		   unsigned bit, unsigned width, const struct field_type **ret);
