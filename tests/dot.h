/* SPDX-License-Identifier: MIT */
/* Graphs in the language DOT, looked at by the real dot(1). */
#pragma once

#include <stddef.h>

/*
 * dot_svg() - What `dot -Tsvg` makes of the graph: the caller frees it.
 *
 * The test fails unless it is taken without a word, and the result is XML.
 */
char *dot_svg(const char *graph);

/* How often the text has `part`. */
size_t count_of(const char *text, const char *part);

/* Fail the test unless the text has `part`; says what it has. */
void has_part(const char *text, const char *part);
void has_no_part(const char *text, const char *part);
