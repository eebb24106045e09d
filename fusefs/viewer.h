/* SPDX-License-Identifier: MIT */
/* On whose behalf something is looked at, and what he may know of earlier looks. */
#pragma once

#include <pthread.h>

#include "core/credentials.h"
#include "core/found.h"
#include "core/object.h"

struct scan;
struct since_table;
struct vanished_table;

/* Who looks at that many objects within a second will look at more: then all are looked at. */
#define VIEWER_FEW 2

/* One of the latest looks at single objects. */
struct lately {
	uint64_t ino;
	int64_t when;
};

/* His looks at processes: the scanner's, guarded by its lock. */
struct viewer_looks {
	struct since_table *since;       /* used by the thread that looks, as vanished is */
	struct vanished_table *vanished; /* … */
	int error;                       /* why the latest look has failed; until the next */
	struct scan *latest[4];          /* at all, at one object; the same with verdicts */
	struct lately lately[VIEWER_FEW];
	unsigned next_lately;
};

/*
 * All whom the kernel lets do the same are one viewer. What is remembered is remembered for each by
 * itself, since it was seen with his rights: that is no one else's business.
 */
struct viewer {
	const struct credentials *who; /* for rights_enter(); NULL: the program's own */
	struct found_table *found;     /* what objects are, or NULL */
	struct viewer_looks looks;
	pthread_mutex_t lock; /* guards refused */
	char refused[1600];   /* the last layout that could not be set, and why; for `about` */
	struct credentials credentials; /* who he is; of the program's own, when it was started */
	/* The rest is the table's. */
	struct viewers *all;
	unsigned users;
	unsigned open; /* files that he has open … */
	size_t bytes;  /* … and what these and his listings keep in memory */
	uint64_t used; /* when he came last, as a count */
	struct viewer *next;
};

struct viewers;

/*
 * viewers_create() - With one viewer, the program itself, as it is now: by `procfd`, an open /proc,
 * or -1. `discover`: they have tables of what objects are. 0 or -ENOMEM.
 */
int viewers_create(int procfd, bool discover, struct viewers **ret);

/* Nobody may use one any more. */
void viewers_destroy(struct viewers *viewers);

/* The one with the program's own rights, who is always there. */
struct viewer *viewers_own(struct viewers *viewers);

/*
 * viewers_get() - The viewer with these credentials: the same as before, if he is still known.
 *
 * 0; or -ENOMEM. Give him back: viewer_put(). So many are remembered that nobody uses: 16.
 */
int viewers_get(struct viewers *viewers, const struct credentials *who, struct viewer **ret);

/* One more user of one that is in use. */
void viewer_get(struct viewer *viewer);
void viewer_put(struct viewer *viewer);

/*
 * viewer_admit() - Let him open one more file, until viewer_dismiss().
 *
 * 0, or -ENFILE: a user may have a quarter of what this program can have open, and all together so
 * much that the program can still look at objects and processes. Who has mounted is not counted.
 */
int viewer_admit(struct viewer *viewer);
void viewer_dismiss(struct viewer *viewer);

/*
 * viewer_keeps() - What he has open keeps `now` bytes in memory, where it was `before`: at most, he
 * a quarter of 512 MiB, and all together that.
 *
 * 0, or -ENOMEM: then it is as before. What becomes less never fails. Who has mounted is not
 * counted.
 */
int viewer_keeps(struct viewer *viewer, size_t before, size_t now);

/* What was said of the object, or of any (NULL), has changed: found_forget() for all. */
void viewers_forget(struct viewers *viewers, const struct object_id *id);
