/* SPDX-License-Identifier: MIT */
/* The descriptors of a process that are open on files of one device. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/process_file.h"
#include "core/process_mounts.h"

struct descriptor {
	int fd;
	uint64_t ino;
	bool readable, writable; /* neither: O_PATH */
};

/* The descriptors of one process; the list is used again for the next one. Start with FDS_NONE. */
struct fds {
	int entry, links;
	int infos; /* /proc/PID, its fd, and its fdinfo, once that is wanted */
	struct numbers numbers;
	size_t next;
	size_t n_unplaced; /* how many were on a mount in nobody's table */
};

#define FDS_NONE                                                                                   \
	(struct fds)                                                                               \
	{                                                                                          \
		.entry = -1, .links = -1, .infos = -1                                              \
	}

/*
 * fds_open() - List the descriptors of the process whose entry `dirfd` is.
 *
 * Following /proc/PID/fd/N makes NFS revalidate the file (d_weak_revalidate, even with
 * AT_STATX_DONT_SYNC), which a dead server never ends. So links are followed only where the kernel
 * knows no filesystem that would. Otherwise the link's text tells what is no path (a pipe, a
 * socket; drivers may do anything in their fdinfo), fdinfo/N tells mount and inode number, the
 * table of mounts the device, and no filesystem but the device's own is asked.
 *
 * Returns 0 or why they cannot be listed. `dirfd` must stay open until fds_close().
 */
int fds_open(int dirfd, struct fds *ret);
void fds_close(struct fds *fds);
void fds_deinit(struct fds *fds);

/*
 * fds_next() - The next descriptor that is open on a regular file of the device.
 *
 * Returns 1; 0: there is none any more; -EAGAIN: the next one is not of the device, go on; -ENOMEM.
 */
int fds_next(struct fds *fds, struct mounts *mounts, struct descriptor *ret);
