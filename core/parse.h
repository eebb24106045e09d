/* SPDX-License-Identifier: MIT */
/* From text to the bytes of a value: what field_type.print does, backwards. */
#pragma once

#include <stddef.h>

/*
 * Each takes all of `text`, a string without its newline, and fills the `size` bytes of a value.
 *
 * Whole numbers are decimal, or hexadecimal after 0x; a leading 0 makes none octal. 0; -EINVAL: it
 * is no such value (also "", "12x", " 7"); -ERANGE: the type has no room for it.
 */
int parse_signed(const char *text, void *bytes, size_t size);
int parse_unsigned(const char *text, void *bytes, size_t size);
int parse_float(const char *text, void *bytes, size_t size);
int parse_double(const char *text, void *bytes, size_t size);

/* true or false, 1 or 0. */
int parse_bool(const char *text, void *bytes, size_t size);

/* One byte. */
int parse_char(const char *text, void *bytes, size_t size);

/* The text, with zeros behind it; -EFBIG: it is longer than the array. */
int parse_text(const char *text, void *bytes, size_t size);
