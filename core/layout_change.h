/* SPDX-License-Identifier: MIT */
/* What writing to a field's file means for the object's bytes. */
#pragma once

#include "core/layout.h"

/* These bytes are to be at that offset. */
struct change {
	uint64_t offset;
	size_t size;
	unsigned char *bytes;
};

/* Has the leaf a value that can be written? A semaphore's words never are. */
bool leaf_writable(const struct leaf *leaf);

/*
 * leaf_parse() - The change that makes `text` (all of it, but for one newline at its end) the value
 * of the leaf, in an object with this image.
 *
 * Nothing is changed yet. Returns 0 and a change that the caller gives back by change_deinit();
 * -EINVAL: no such value; -ERANGE: the type has no room for it, or it is a count and the object has
 * none for so many; -EFBIG: the text is too long; -ENODATA and -EFBIG as leaf_size(); -ENOMEM.
 */
int leaf_parse(const struct layout *layout, const struct leaf *leaf, const struct image *image,
	       const char *text, size_t size, struct change *ret);
void change_deinit(struct change *change);

/* A string of its own without the newline at its end; -EINVAL where a NUL is in it; -EFBIG. */
int text_line(const char *text, size_t size, char **ret);
