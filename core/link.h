/* SPDX-License-Identifier: MIT */
/* Relative offsets: numbers in an object that say where in it something is. They are followed. */
#pragma once

#include "core/layout.h"

/* Such a number; 0 leads nowhere. */
struct link_number {
	size_t at;                     /* where it lies, in the object or in the struct */
	const struct field_type *type; /* the integer that it is; NULL: there is no such number */
	/* It counts from its own place, not from the object's start: then 1 leads nowhere, too, as
	 * in Boost's offset_ptr, for which 0 is its own place. */
	bool self;
};

/* What a computed field follows. */
struct link {
	struct link_number first;    /* in the object */
	const struct layout *target; /* the struct that is there; none of its fields is computed */
	struct link_number next;     /* in that struct: to the next one of its kind */
};

/*
 * link_print() - The structs that field->link leads to, one after the other, as a table: OFFSET and
 * a column a field.
 *
 * Each is looked at as the object is now, and shown once. Where the chain breaks the last line is
 * its offset and why: !EBADMSG: there is no room for one; !ELOOP: it was there before; !EFBIG: more
 * than 4 MiB of structs and text. Ends early when `out` has an error. 0; -ENODATA: the object is
 * too short for the first number; -ENOMEM.
 */
int link_print(const struct field *field, const struct image *image, FILE *out);

/*
 * The same as an array of objects with "offset" and a member a field, the last of them with "error"
 * where the chain breaks. They take what they show, and some, of *left. The caller owns ret.
 */
int link_json(const struct field *field, const struct image *image, size_t *left,
	      struct json_object **ret);
