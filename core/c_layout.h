/* SPDX-License-Identifier: MIT */
/* A struct of C (c_type.h) as a layout. */
#pragma once

#include "core/c_type.h"
#include "core/layout.h"

/*
 * c_layout() - The layout of a struct or union that is complete, called `name`.
 *
 * Of a member that is a relative offset there are two fields: NAME, the number, and NAME_nodes,
 * what it leads to (link.h). An array of structs whose number is not fixed is one field, a table.
 * All is copied. 0, and a layout that made_layout_free() gives back; -EFBIG: more than 4,096
 * fields, 16 MiB of texts, or 32 structs in each other; -ENOMEM.
 */
int c_layout(const struct c_type *type, const char *name, const struct layout **ret);
