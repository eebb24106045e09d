/* SPDX-License-Identifier: MIT */
/* From what users call a layout to the layout: a built-in one's name, or PROGRAM:STRUCT. */
#pragma once

#include "core/layout.h"

/*
 * layout_named() - The layout called `name`.
 *
 * PROGRAM is a path up to the first colon, relative to the folder `dirfd` (AT_FDCWD: where we are);
 * it is read with the caller's rights. The layout is kept (layout_made.h). Returns 0; -EINVAL:
 * there is no such layout; or as dwarf_open() and dwarf_layout(): layout_name_explain().
 */
int layout_named(const char *name, int dirfd, const struct layout **ret);

/* Is it the name of a struct of a program, whose file would have to be read? */
bool layout_name_is_program(const char *name);

/* Why layout_named() has failed, in words. The name is escaped. */
void layout_name_explain(const char *name, int error, FILE *out);
