/* SPDX-License-Identifier: MIT */
/* All /dev/shm that there are: each that some process sees, once. */
#pragma once

#include "core/process.h"

struct shm_folder {
	int fd;    /* open with O_PATH; -1: */
	int error; /* … why it could not be opened: see shm_place_open() */
	uint64_t dev, ino;
	bool ours; /* the one that we see, too */
	/* One that sees it: process 1 of a pid namespace, or who has the lowest number. Its pid,
	   own number, comm and uid are right. 0: nobody. */
	struct process process;
	char path[40]; /* by that one, or /dev/shm */
};

struct shm_folders {
	struct shm_folder *items; /* ours first, then by process */
	size_t n;
};

/*
 * shm_folders_find() - Look for them by the processes of /proc: those whose mount namespace and
 * root are the same see the same, and only one of them is asked.
 *
 * Whose links may not be read, another user's processes, is told by its table of mounts whether
 * that is another one: then it is there with -EACCES. A folder is one by its device and inode.
 *
 * 0, -ENOMEM, or why /proc cannot be read. The caller gives ret back with shm_folders_deinit().
 */
int shm_folders_find(int procfd, struct shm_folders *ret);
void shm_folders_deinit(struct shm_folders *folders);
