/* SPDX-License-Identifier: MIT */
/* The real pshmfs, mounted for a test. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/child.h"

struct mount {
	struct child daemon; /* its stdout and stderr are in memory, daemon.out and daemon.err */
	char path[64];       /* where it is mounted: a new folder in SANDBOX_WORK */
	int fds;             /* how many descriptors it had open when it was ready */
};

/*
 * mount_start() - Run `$PSHMFS -f [-o OPTIONS] [SOURCE] MNT` and wait until it serves.
 *
 * source and options may be NULL. Where it does not come up, the test fails with what it said.
 */
void mount_start(struct mount *ret, const char *source, const char *options);

/*
 * mount_stop() - Unmount, and fail the test unless all went well.
 *
 * The daemon must have as many descriptors open as at the start, end with status 0 in time, and
 * have said nothing (a sanitizer's report is on stderr). Everything is gone afterwards in any case.
 */
void mount_stop(struct mount *mount);

/*
 * mount_stop_short() - The same of a daemon that was short of something.
 *
 * libfuse says so, which is all that may have been said. Where it was for the request that a file
 * was closed (fuse_session_process_buf_int() of 3.14), we are never told, and have it open until
 * the end: so many descriptors more are allowed.
 */
void mount_stop_short(struct mount *mount);

/* The path of a file in it, in the manner of printf(3); lives as long as that of pathf(). */
const char *mount_path(const struct mount *mount, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Resident memory of the daemon in kB (proc(5), VmRSS). */
long mount_resident(const struct mount *mount);

/* Does the process wait for an answer of a FUSE mount (proc(5), wchan)? */
bool mount_waited_for(pid_t pid);

/* Is something mounted just there? */
int mount_shown(const char *path);

/* The path of pshmfs itself ($PSHMFS). */
const char *pshmfs_path(void);
