/* SPDX-License-Identifier: MIT */
/* Names from debug information, which may be any bytes, made fit to be shown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Room for the longest name that is kept, and its NUL; a suffix fits into LEAF_NAME_SIZE, too. */
#define DWARF_NAME_SIZE 200

/*
 * dwarf_put_name() - Append to the string in `ret`, of DWARF_NAME_SIZE bytes.
 *
 * Control bytes, backslashes, what is no UTF-8, and for a `file` the slash become \xHH; a name that
 * is too long ends in "…".
 */
void dwarf_put_name(char *ret, const char *name, bool file);
