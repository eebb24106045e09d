/* SPDX-License-Identifier: MIT */
/* A folder of objects, and where to look for the processes that have to do with them. */
#pragma once

#include <sys/stat.h>

#include "core/process.h"

struct folder {
	const char *path;
	int dirfd;
	int procfd;      /* or a negative errno */
	int cgroupfd;    /* or -1 */
	struct statx st; /* of the folder, with its STATX_MNT_ID */
	pid_t self;      /* is left out of all looks */
};

/*
 * folder_open() - Open the folder, /proc and the cgroups. 0 or -errno of the folder; what else is
 * missing is in ret. The path is borrowed; the caller gives ret back with folder_close().
 */
int folder_open(const char *path, struct folder *ret);

/* The same of one that is open already, which it takes; or a negative errno, which it returns. */
int folder_take(int taken, const char *path, struct folder *ret);
void folder_close(struct folder *folder);

/* /proc, the caller's, or a negative errno. */
int folder_open_proc(void);

/* What to ask snapshot_take() about the object `ino` (0: about all), or else a negative errno. */
struct snapshot_question folder_question(const struct folder *folder, uint64_t ino, unsigned flags);

/* Say that /proc cannot be looked at. */
void folder_say_no_proc(int error);

/*
 * folder_is_whole() - Is it all that its filesystem has? Else an inode that it has no name for may
 * have one elsewhere.
 */
bool folder_is_whole(const struct folder *folder);

/* Say on standard error what could not be seen, and may hold and wait as well. `name`: our own. */
void folder_say_unseen(const struct snapshot *snapshot, const char *name);
