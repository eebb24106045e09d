/* SPDX-License-Identifier: MIT */
/* Layouts files that a test has as texts. */
#pragma once

#include <stddef.h>

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
