/* SPDX-License-Identifier: MIT */
/* All that is done with a layout, whoever made it: for tests and for tests/fuzz alike. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "core/json.h"
#include "core/layout.h"

/*
 * Show an object of 64 KiB of any bytes as this layout: its rows and fields, as text and JSON.
 *
 * What must be so of any bytes is looked at, and is the end of the process where it is not: text is
 * printable and can be read back, JSON is JSON.
 */
void exercise_layout(const struct layout *layout);

/* The same of an image that may be of any object. */
void exercise_image(const struct layout *layout, struct image *image);

/* An open file with these bytes, or the end of the process. */
int exercise_file(const void *bytes, size_t size);

/* An object of these bytes and zeros up to `total`, with its image of at most `want` bytes. */
struct exercise {
	struct object object;
	struct image image;
};

void exercise_open(const void *bytes, size_t size, size_t total, size_t want, struct exercise *ret);
void exercise_close(struct exercise *exercise);

/* A place to print to; at its end it is looked at whether that is lines of printable text. */
struct words {
	FILE *out;
	char *text;
	size_t size;
};

FILE *words_open(struct words *ret);
void words_close(struct words *words);

/* Is it JSON once it is written? */
void exercise_json(struct json_object *value);
