/* SPDX-License-Identifier: MIT */
/* Structs that are lines of tables, and the relative offsets that lead to them. */
#pragma once

#include "core/c_rows.h"

/* The struct (or lock) as a layout that is in the rows' arena. 0; -EFBIG; -ENOMEM. */
int c_record(struct c_rows *rows, const struct c_type *type, const struct layout **ret);

/* The row NAME_nodes of a member that is a relative offset, in a struct that was entered. */
int c_add_link(struct c_rows *rows, const struct c_member *member, const struct field_path *outer,
	       uint64_t offset);
