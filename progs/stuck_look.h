/* SPDX-License-Identifier: MIT */
/* One look of pshm_stuck, and what it remembers from one to the next. */
#pragma once

#include "core/diagnosis_report.h"
#include "core/verdict.h"
#include "progs/all_folders.h"
#include "progs/folder.h"

/* What the program ends with, besides 0 and CLI_USAGE. */
enum stuck_exit {
	STUCK_FOUND = 1,   /* something is worse than unknown */
	STUCK_UNKNOWN = 3, /* it could not be told */
};

struct stuck {
	struct folder folder;
	const struct shm_folder *found; /* with --all: whose it is; borrowed. Else NULL */
	const char *const *asked;       /* objects, NULL at the end; none: all of the folder */
	uint64_t *inos;                 /* those of them that are there */
	size_t n_inos;
	struct since_table *since;
	struct vanished_table *vanished;
	struct verdicts verdicts;
	struct report report; /* of what was asked about */
	size_t objects;       /* that there are */
	size_t threads;       /* that sleep in them */
	bool trouble;         /* something could not be looked at, which was told */
};

/*
 * stuck_open() - Open the folder, to look at what is asked for; both are borrowed.
 *
 * 0 or -errno of the folder. The caller gives ret back with stuck_close(), in both cases.
 */
int stuck_open(const char *path, const char *const *asked, struct stuck *ret);

/* The same of one that --all has found. */
int stuck_open_found(const struct shm_folder *found, const char *const *asked, struct stuck *ret);
void stuck_close(struct stuck *stuck);

/*
 * stuck_look() - Look, in place of the look before; `tell`: say which of the asked ones there are
 * not. 0 or -errno, where nothing at all could be learnt.
 */
int stuck_look(struct stuck *stuck, bool tell);

/* What the program ends with, by the latest look. */
int stuck_status(const struct stuck *stuck);

/* The inode number of an object without a name, given as "unlinked/INO" (as the mount has it, after
 * .pshmfs/), or 0; *ret_end is what follows. */
uint64_t stuck_nameless(const char *argument, const char **ret_end);
