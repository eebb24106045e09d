/* SPDX-License-Identifier: MIT */
/* The rows of a struct of C while they are made: for c_layout.c and c_links.c. */
#pragma once

#include "core/c_values.h"
#include "core/made_rows.h"

/* A struct that is a line of a table, made once for all tables of a layout. */
struct c_record {
	struct c_record *next;
	const struct c_type *of;
	struct layout layout;
};

struct c_rows {
	struct made_rows made;
	struct c_values values; /* in the same arena */
	struct c_record *records;
	unsigned depth;  /* how deep in structs it is */
	unsigned visits; /* members that may be looked at yet: empty ones have no rows */
	bool follows;    /* relative offsets are followed: not in a line of a table */
};

/* All fields of the struct or union. 0; -EFBIG; -ENOMEM. */
int c_rows_add(struct c_rows *rows, const struct c_type *type);

/* Another member is looked at. -EFBIG: too many were. */
int c_rows_visit(struct c_rows *rows);

/* Has it rows of its own: a struct, or a lock? */
bool c_is_whole(const struct c_type *type);
