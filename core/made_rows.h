/* SPDX-License-Identifier: MIT */
/* The rows of a layout as they are made, one after the other, by whoever knows a struct. */
#pragma once

#include "core/field_path.h"

/* No struct is shown with more fields than that. */
#define MADE_ROWS_MAX 4096u

/* … and with no more structs in each other. */
#define MADE_DEPTH_MAX 32u

struct made_rows {
	struct arena *arena;  /* of all but the rows themselves */
	struct field *fields; /* on the heap: made_rows_deinit() */
	size_t n;
	size_t array_end; /* in an array: at which row what is left of it is bytes; else 0 */
};

/*
 * made_rows_put() - Another row, called as the path is; all else is told.
 *
 * 0; -EFBIG: more than MADE_ROWS_MAX, or the arena has no more room; -ENOMEM.
 */
int made_rows_put(struct made_rows *rows, const struct field_path *path, const struct field *row);

/*
 * made_rows_take() - Make them the fields of the layout, whose size is told. An array of no
 * elements that is not at the end is left out; one that is makes the layout an open-ended one.
 * 0; -EFBIG, -ENOMEM.
 */
int made_rows_take(const struct made_rows *rows, struct layout *layout);

void made_rows_deinit(struct made_rows *rows);

#define _cleanup_made_rows_ __attribute__((cleanup(made_rows_deinit)))

#define MADE_DIMS_MAX 16

/* An array, each element of which has rows. */
struct made_array {
	uint64_t dims[MADE_DIMS_MAX]; /* from the outermost on */
	unsigned n_dims;
	uint64_t count;    /* of all elements; 0: it is not told how many */
	uint64_t size;     /* of one, in bytes */
	const char *title; /* what C calls one: "struct slot" */
	uint64_t done;     /* how many have rows */
	/* The rows of one. */
	int (*add)(struct made_array *array, const struct field_path *path, uint64_t offset);
};

/*
 * made_array_elements() - The rows of an array of structs or locks at this offset, up to a limit.
 *
 * What is left, or all where it is not told how many there are, is one row of bytes. Errors as
 * made_rows_put() and array->add.
 */
int made_array_elements(struct made_rows *rows, struct made_array *array,
			const struct field_path *path, uint64_t offset);

/*
 * made_array_values() - The row of an array of values of this type: characters are text, bytes are
 * bytes; of what is in more dimensions the last is.
 */
int made_array_values(struct made_rows *rows, const struct made_array *array,
		      const struct field_type *element, const struct field_path *path,
		      struct field *row);

/* A layout with all that it is made of in one piece. */
struct made_layout {
	struct layout layout; /* the first: what users have */
	struct arena arena;   /* … of 16 MiB at most */
};

/* NULL: no memory. */
struct made_layout *made_layout_new(void);

/* Gives back the layout of a struct made_layout; NULL is none. */
void made_layout_free(const struct layout *layout);
