/* SPDX-License-Identifier: MIT */
/* A struct as one line of a table: for those of which there are many in an object. */
#pragma once

#include "core/layout.h"

struct record {
	struct leaf *leaves;
	size_t n;
	const char *first; /* what the first column is called: OFFSET, INDEX */
};

/* The leaves of a layout that computes none. 0 or -ENOMEM. */
int record_open(const struct layout *layout, const char *first, struct record *ret);
void record_close(struct record *record);

#define _cleanup_record_ __attribute__((cleanup(record_close)))

/* The line of heads, without its newline: the names in capitals. */
void record_print_heads(const struct record *record, FILE *out);

/*
 * record_print() - The line of one, from behind its first column to before its newline, from an
 * image that begins with it.
 *
 * What cannot be shown, and what is not in the image, is "!EBADMSG" and so on. 0 or -ENOMEM.
 */
int record_print(const struct record *record, const struct image *image, FILE *out);

/*
 * record_json() - The same as members of `object`. Each takes its bytes, and some, of *left: -EFBIG
 * where that is too little, -ENOMEM.
 */
int record_json(const struct record *record, const struct image *image, size_t *left,
		struct json_object *object);

/* For MADE_TABLE: type_detail's record, of which there are as many as `size` has room for. */
int record_print_table(const struct field_type *type, const void *bytes, size_t size, FILE *out);
int record_table_json(const struct field_type *type, const void *bytes, size_t size,
		      struct json_object **ret);
