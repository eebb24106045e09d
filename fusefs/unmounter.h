/* SPDX-License-Identifier: MIT */
/* A process of our own that undoes the mount at its end, which this one may not any more. */
#pragma once

#include <sys/types.h>

/*
 * umount(2) takes CAP_SYS_ADMIN, or a set-user-ID program, fusermount3: what serves a mount is
 * to have neither (privileges.h). So there is one that has, is forked before, and waits for a word;
 * where that does not come (we were killed) it ends, and leaves the mount to the next start.
 */
struct unmounter;

/* Start it, while there is one thread. 0 or -errno. Give it back: unmounter_stop(). */
int unmounter_start(const char *mountpoint, struct unmounter **ret);

/* Its process. */
pid_t unmounter_pid(const struct unmounter *unmounter);

/*
 * unmounter_forget_names() - Let the kernel forget the names of the mount that nobody uses.
 *
 * `unmounter`: a struct unmounter. Nobody waits for it. Nothing happens where mounting took
 * fusermount3, and before Linux 6.8, which does not tell whether the mount is still this one.
 */
void unmounter_forget_names(void *unmounter);

/*
 * unmounter_stop() - End the mount on `mountpoint` that is served by `fd`, unless it is over.
 *
 * Where it was only cut off (umount -f, abort in /sys/fs/fuse) it is still there: then it is taken
 * away, if the kernel tells that it is no other by now (Linux 6.8); else it is left to the next
 * start.
 *
 * unmounter NULL: by this process itself. Afterwards `fd` is no /dev/fuse any more but something
 * that libfuse takes for the end of the mount, so that it does not try by itself.
 */
void unmounter_stop(struct unmounter *unmounter, const char *mountpoint, int fd);
