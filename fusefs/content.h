/* SPDX-License-Identifier: MIT */
/* What a place holds and how it looks to stat(2), always checked to be the object it was. */
#pragma once

#include "fusefs/inode.h"

/* The mirror and its inodes: what every request needs. */
struct filesystem {
	struct mirror mirror;
	struct inodes *inodes;
};

/*
 * content_open() - The subject of the place: its object, opened, with its layout.
 *
 * -ESTALE when another object has the name by now, or nothing has, or when the place is a field of
 * a layout that the object no longer has. A field of an object that may not be read is that error,
 * since its layout cannot be told. Give the subject back: subject_close().
 */
int content_open(struct filesystem *fs, const struct place *place, struct subject *ret);

/* The content of a file that has node->render. 0 and a buffer that the caller frees, or -errno. */
int content_render(struct filesystem *fs, const struct place *place, char **ret, size_t *ret_size);

/*
 * content_attr() - What stat(2) says of the place.
 *
 * Never fails for content: a file that cannot be rendered has size 0 and nobody's right to read.
 * `pid` is who asks, for the length of the handle it has open. With `exact` false nothing is
 * rendered and the size of rendered files is 0. -ESTALE as content_open().
 */
int content_attr(struct filesystem *fs, const struct place *place, pid_t pid, bool exact,
		 struct stat *ret);

/* Not exact, from what the caller has just asked SOURCE for (NULL: a mount point, or no object). */
void content_attr_of(struct filesystem *fs, const struct place *place, const struct statx *st,
		     struct stat *ret);
