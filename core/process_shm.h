/* SPDX-License-Identifier: MIT */
/* The /dev/shm that one process sees, opened without waiting for any filesystem. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the process's table of mounts says about it, which may be read of any process (proc(5)). */
struct shm_place {
	uint64_t dev;   /* of the mount that it lies on, as in struct object_id; 0: untold */
	uint64_t mount; /* its id (STATX_MNT_ID), or 0 */
	bool rooted;    /* the mount of its root is in the table: not so after some chroot(2) */
	bool passes;    /* links may lead into each mount that the way might cross */
	bool local;     /* the one that it lies on has nobody to ask: a disk, or memory */
	bool all_local; /* nor has any that the way might cross */
};

/*
 * shm_place_read() - Read `mountinfo` of the process whose entry `dirfd` is. 0 or -errno; -ENOENT,
 * -ESRCH, -EINVAL: it has ended.
 */
int shm_place_read(int dirfd, struct shm_place *ret);

/*
 * shm_place_open() - Open the folder by PID/root, with O_PATH: its descriptor, the caller's.
 *
 * Neither a dead server nor a filesystem that a user has made to hang is asked: what is not in the
 * kernel's own memory is looked up on disks and in tmpfs alone, and symbolic links, which could
 * lead anywhere, are not followed.
 *
 * -ENOENT, -ENOTDIR: it has none; -ELOOP: a symbolic link; -EREMOTE: it could not be opened without
 * asking a filesystem that might not answer; -EACCES, or what else openat2(2) says.
 */
int shm_place_open(int procfd, int dirfd, const struct shm_place *place);
