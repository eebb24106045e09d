/* SPDX-License-Identifier: MIT */
/* An open directory: its names as they were when it was opened, or last read from its start. */
#pragma once

#include "fusefs/content.h"

/* One name of a directory. */
struct listed {
	const char *name;
	unsigned row;                     /* of the directory's slot; 0: an entry of SOURCE */
	const struct node *node;          /* where it has a row */
	const struct field_nodes *fields; /* of which it is one, or NULL */
	unsigned char kind;               /* where it has none: DT_REG and so on, as SOURCE says */
};

struct listing;

/*
 * listing_open() - List the directory at `place`, which the listing pins.
 *
 * The fixed rows, then the object's fields or the names of SOURCE; of two equal names the fixed row
 * wins. Because all names are taken at once, a name that stays is never lost or told twice while
 * others come and go.
 */
int listing_open(struct filesystem *fs, const struct place *place, struct listing **ret);

/*
 * listing_walk() - Call `fn` with each name from `index` on, until it returns other than 0.
 *
 * Index 0 for the second time takes the names anew (rewinddir(3)); an index that users made up
 * (seekdir(3)) is the end. Returns 0 or -errno; what `fn` returned is not told.
 */
int listing_walk(struct listing *listing, uint64_t index,
		 int (*fn)(const struct listed *listed, uint64_t index, void *data), void *data);

const struct place *listing_place(const struct listing *listing);
void listing_close(struct listing *listing);
