/* SPDX-License-Identifier: MIT */
/* Bytes to look at as an object, and what was printed about them, for the unit tests of core. */
#pragma once

#include <stdio.h>

#include "core/layout_choice.h"

/* A nameless object with its image; the image's buffer ends where the image ends (for ASan). */
struct specimen {
	struct object object;
	struct image image;
};

/* Of these bytes, with the first `want` of them in the image (or fewer: all). */
void specimen_make_part(struct specimen *ret, const void *bytes, size_t size, size_t want);
void specimen_make(struct specimen *ret, const void *bytes, size_t size);

/* Of a file in /dev/shm. */
void specimen_open(struct specimen *ret, const char *name);
void specimen_deinit(struct specimen *specimen);

/* Bytes of strangers, of this many sizes and (the first of them) patterns. */
#define GARBAGE_MAX 200
#define GARBAGE_PATTERNS 12u

/* Fill a buffer by a pattern, from hardly to nearly an object; always the same. */
void garbage_fill(unsigned char *bytes, size_t size, unsigned pattern);

/* A place to print to, as text that lives until the next. */
struct sink {
	FILE *out;
	char *text;
	size_t size;
	char *latest;
	size_t latest_size;
};

void sink_init(struct sink *ret);
const char *sink_text(struct sink *sink); /* what was printed since the last time; latest_size */
void sink_deinit(struct sink *sink);

/* Fail the test unless just this was printed since the last time. */
#define sink_equals(sink, wanted) assert_string_equal(sink_text(sink), (wanted))

/* leaf_render() of the leaf called `name` of the layout; -ENOENT where it has none. */
int render_named(const struct layout *layout, const char *name, struct specimen *specimen,
		 FILE *out);

/* The row of layouts[] with this name and ABI ("glibc 64-bit"). */
const struct layout *layout_of_abi(const char *name, const char *abi);

/*
 * Fail the test unless an object called `name` gets this layout, "seqnum (glibc 64-bit)", or
 * "unknown"; how: what layout_explain() must say of it, or NULL. Of the bytes alone: without rules.
 */
void choice_is(struct layout_rules *rules, const char *name, struct specimen *specimen,
	       const char *wanted, const char *how);
void bytes_are(const char *name, const void *bytes, size_t size, const char *wanted,
	       const char *how);
