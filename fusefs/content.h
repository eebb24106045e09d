/* SPDX-License-Identifier: MIT */
/* What a place holds and how it looks to stat(2), always checked to be the object it was. */
#pragma once

#include "fusefs/inode.h"
#include "fusefs/kept.h"

/* The mirror and its inodes: what every request needs. */
struct filesystem {
	struct mirror mirror;
	struct inodes *inodes;
	struct kept *kept; /* or NULL */
};

/* Is the place's object one without a name? Then all that is asked about it needs a look
 * (place.scan).
 */
bool content_unlinked(const struct place *place);

/*
 * content_held() - The object that is called `name` in .pshmfs/unlinked, by a look at who holds it.
 *
 * With or without UNLINKED_PATH. -ENOENT for what is no number; else as unlinked_open(). `scan`
 * NULL: -ESTALE.
 */
int content_held(struct filesystem *fs, const struct scan *scan, const char *name,
		 struct object *ret);

/*
 * content_open() - The subject of the place: its object, opened, with its layout.
 *
 * -ESTALE when another object has the name by now, or nothing has, or when the place is a field of
 * a layout that the object no longer has. A field of an object that may not be read is that error,
 * since its layout cannot be told. Give the subject back: content_close().
 */
int content_open(struct filesystem *fs, const struct place *place, struct subject *ret);
void content_close(struct filesystem *fs, const struct place *place, struct subject *subject);

/* The rows of fields in a directory of an object, as it is now. */
struct field_rows {
	const struct field_nodes *fields;
	const struct dir *dir; /* those that are in this directory */
	unsigned row;          /* of the first of its nodes; the others follow */
	int error;             /* or 0: why it may not be read, so that its fields are not known */
	struct statx st;       /* the object's */
};

/*
 * content_fields() - Which fields the object has in this directory: its own, or one of a struct.
 *
 * Errors as content_open(): -ESTALE where it is one of a layout that the object no longer has.
 */
int content_fields(struct filesystem *fs, const struct place *place, struct field_rows *ret);

/*
 * content_object() - The place's object alone, which has a name; opened, or as it was just now. As
 * content_open(); to be given back by content_object_done().
 */
int content_object(struct filesystem *fs, const struct place *place, struct object *ret);
void content_object_done(struct filesystem *fs, const struct place *place, struct object *object);

/*
 * The content of a file that has node->render. 0 and a buffer that the caller frees, or -errno:
 * -ETIMEDOUT where it takes a look at processes (place.scan) and there is none.
 */
int content_render(struct filesystem *fs, const struct place *place, char **ret, size_t *ret_size);

/*
 * content_source() - What SOURCE has under the place's name, if it is still what it was.
 *
 * -ESTALE as content_open(); -EXDEV for a mount point, of which nothing is known.
 */
int content_source(struct filesystem *fs, const struct place *place, struct statx *ret);

/*
 * content_attr() - What stat(2) says of the place.
 *
 * Never fails for content: a file that cannot be rendered has size 0. `pid` is who asks, for the
 * length of the handle it has open. -ESTALE as content_open().
 */
int content_attr(struct filesystem *fs, const struct place *place, pid_t pid, struct stat *ret);

/*
 * content_attr_of() - The same from what content_source() has told (NULL: a mount point).
 *
 * Nothing is rendered: the size of what would have to be is 0.
 */
void content_attr_of(struct filesystem *fs, const struct place *place, const struct statx *st,
		     struct stat *ret);
