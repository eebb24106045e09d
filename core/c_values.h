/* SPDX-License-Identifier: MIT */
/* From types of C to rows of types.c and types_made.c. */
#pragma once

#include "core/arena.h"
#include "core/c_type.h"

/* Types that were made already. */
struct c_values {
	struct arena *arena;
	struct c_known *known;
};

/* How a value is shown that is no array, struct or union. 0; -EFBIG; -ENOMEM. */
int c_value(struct c_values *values, const struct c_type *type, const struct field_type **ret);

/* What C calls it, in short: "struct slot", "char *". */
void c_title(const struct c_type *type, char *ret, size_t size);
