/* SPDX-License-Identifier: MIT */
/* Layouts files that a test has as texts. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/layout_file.h"

/* Read it, and fail the test unless just this is complained of: "LINE: WHAT" lines, or "". */
#define layout_text_read(text, complaints, ret)                                                    \
	_layout_text_read((text), strlen(text), (complaints), (ret), __FILE__, __LINE__)
void _layout_text_read(const char *text, size_t size, const char *complaints,
		       struct layout_file *ret, const char *file, int line);

/* The same, where what is complained of is written to `out`. */
void layout_text_complaints(const char *text, FILE *out, struct layout_file *ret);

/* Read any bytes, and look at all that came of it; what is complained of does not matter. */
void layout_text_any(const char *bytes, size_t size);

/* An object as it lies in memory, for the two below. */
#define LAYOUT_MEMORY_SIZE 1024
extern unsigned char layout_memory[LAYOUT_MEMORY_SIZE];

/* The first bytes of this number go there. */
void layout_put(size_t at, uint64_t value, size_t size);

/*
 * Fail the test unless the file of that field, of a struct of the layouts file, has this content
 * (text NULL: any), or opening it this error, in an object of the first `size` bytes of the memory.
 */
#define layout_renders(declared, structure, name, size, r, text)                                   \
	_layout_renders((declared), (structure), (name), (size), (r), (text), __FILE__, __LINE__)
void _layout_renders(const struct layout_file *declared, const char *structure, const char *name,
		     size_t size, int r, const char *text, const char *file, int line);

/* The same for all its fields in JSON, of all the memory. */
void layout_json_is(const struct layout_file *declared, const char *structure, const char *text);
