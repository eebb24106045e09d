/* SPDX-License-Identifier: MIT */
/* A struct of C (c_type.h) as a layout. */
#pragma once

#include "core/c_type.h"
#include "core/layout.h"

/* What all layouts of one file may take together. */
struct c_budget {
	size_t memory;   /* bytes */
	size_t rows;     /* fields */
	unsigned visits; /* members that are looked at: empty ones have no fields */
};

/*
 * c_layout() - The layout of a struct or union that is complete, called `name`.
 *
 * Of a member that is a relative offset there are two fields: NAME, the number, and NAME_nodes,
 * what it leads to (link.h). An array of structs whose number is not fixed is one field, a table.
 * All is copied. 0, and a layout that made_layout_free() gives back; -EFBIG: more than 4,096
 * fields, 32 structs in each other, 16 MiB, or than the budget, which is less by what was taken;
 * -ENOMEM.
 */
int c_layout(const struct c_type *type, const char *name, struct c_budget *budget,
	     const struct layout **ret);
