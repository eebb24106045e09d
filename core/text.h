/* SPDX-License-Identifier: MIT */
/* Text for people and awk alike: hostile bytes become one printable word. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/*
 * text_escape() - Write `size` bytes so that they are one line, one column, and reversible.
 *
 * Newline, tab and backslash become \n, \t and \\; other control bytes, DEL, and bytes that are no
 * valid UTF-8 become \xHH; all else stays as it is.
 */
void text_escape(const void *bytes, size_t size, FILE *out);

/* The number of bytes (1 to 4) of the valid UTF-8 character at `s`, or 0 where there is none. */
size_t text_utf8(const unsigned char *s, size_t size);
