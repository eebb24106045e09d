/* SPDX-License-Identifier: MIT */
/* Inode numbers: which object, under which name, and which row of its directory. */
#pragma once

#include "fusefs/tree.h"

/*
 * A number is the object's slot (upper half) and a row (lower half). Slot 0 is the mount itself, so
 * its row 1 is FUSE_ROOT_ID. A slot is one object (name, device, inode, birth time) in one listing;
 * slots are never used again, so that an old number can be stale but never mean another object.
 * Rows 1 to 63 are fixed; those of the fields get a fresh range each time the layout changes.
 */
#define ROW_FIELDS 64u

struct inodes;

/* How long a file was when it was rendered, and when that was. */
struct length_note {
	unsigned row;
	size_t length;
	uint64_t when; /* clock.h */
};

/* An open file or directory, as far as others need to know of it. */
struct opened {
	struct opened *next; /* the one opened before */
	/* Frees what it is part of: for those that are still open when the program ends. */
	void (*destroy)(struct opened *opened);
	unsigned row;
	pid_t pid;                   /* who opened it … */
	const struct viewer *viewer; /* … and as whom */
	size_t length;
};

/* Rows of the fields that an object has, for one who has looked. */
struct field_range {
	const struct field_nodes *fields;
	unsigned row; /* of the first */
	const struct viewer *viewer;
};

struct slot {
	uint64_t number;
	const struct node *listing; /* the directory that has the name */
	const struct node *top;     /* row 1: object_node, odd_node, or root_node */
	struct object_id id;
	uint64_t pins; /* what the kernel knows of it, and places and handles that use it */
	struct field_range
		ranges[4]; /* of those who have looked last: they may know different ones */
	unsigned next_range;
	struct opened *opened;
	int fd; /* shared_fd.h: for those … */
	unsigned readers;
	int backing_id; /* the kernel's name for the object that it reads itself, while there are */
	unsigned backing_users;
	struct length_note notes[4];
	unsigned next_note;
	char name[];
};

/* One number, resolved. */
struct place {
	struct slot *slot; /* pinned */
	unsigned row;
	const struct node *node;
	const struct field_nodes *fields; /* of which it is one, or NULL */
	/* For this request: */
	struct viewer *viewer; /* who asks, in use */
	struct scan *scan;     /* the look it is answered from, or NULL */
};

int inodes_create(struct inodes **ret);

/* After the last request: what is still open is closed, too. */
void inodes_destroy(struct inodes *inodes);

/* Resolve a number. 0, or -ESTALE for what is no more. Give the place back: inodes_put(). */
int inodes_get(struct inodes *inodes, uint64_t number, struct place *ret);
void inodes_put(struct inodes *inodes, const struct place *place);

/* One more pin for the place, to be given back by another inodes_put() or by inodes_forget(). */
void inodes_pin(struct inodes *inodes, const struct place *place);

/* The kernel forgets `count` of the pins that it was given. */
void inodes_forget(struct inodes *inodes, uint64_t number, uint64_t count);

/*
 * inodes_object() - The place of what `listing` has under `name`, which is `st` and `id` now.
 *
 * `st` NULL: a mount point, of which nothing is known (nor is `id`). 0 or -ENOMEM. Give back:
 * inodes_put().
 */
int inodes_object(struct inodes *inodes, const struct node *listing, const char *name,
		  const struct statx *st, const struct object_id *id, struct place *ret);

/* The number of a row of the slot. */
uint64_t inodes_number(const struct slot *slot, unsigned row);

/*
 * inodes_fields() - Say which fields the slot's object has now, as the viewer sees it.
 *
 * Returns the row of the first; it is a new one where the fields are others than before.
 */
unsigned inodes_fields(struct inodes *inodes, struct slot *slot, const struct viewer *viewer,
		       const struct field_nodes *fields);

/* Has the slot's object, as far as was said, a field of this name in its own directory? */
bool inodes_has_field(struct inodes *inodes, const struct slot *slot, const char *name);

/* A file or directory is opened, has another length after it was read anew, and is closed. */
void inodes_opened(struct inodes *inodes, struct slot *slot, struct opened *opened);
void inodes_reread(struct inodes *inodes, struct opened *opened, size_t length);
void inodes_closed(struct inodes *inodes, struct slot *slot, struct opened *opened);

/*
 * inodes_length() - The length of a file whose content must not be made just for its length:
 * of the newest handle that `pid` has on it, else of a rendering that is younger than 10 ms, where
 * it was rendered with the program's own rights, for who has these.
 */
bool inodes_length(struct inodes *inodes, const struct place *place, pid_t pid, size_t *ret);
void inodes_note_length(struct inodes *inodes, const struct place *place, size_t length);
