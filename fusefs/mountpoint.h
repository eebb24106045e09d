/* SPDX-License-Identifier: MIT */
/* The folder to mount on: may we, and is a dead mount in the way? */
#pragma once

#include <stddef.h>

/* A refusal in words, to be printed after the program's name. */
struct complaint {
	char text[512];
};

/*
 * mountpoint_resolve() - The absolute path of the mountpoint, which the caller frees.
 *
 * A mount of ours there whose program has died (stat(2) as its owner says ENOTCONN) is unmounted
 * first: by umount2(2), or by fusermount3 for an ordinary user. Any other is refused, as one that
 * lives or that cannot be asked; and so is a folder that is `source` (an O_PATH descriptor) or lies
 * in it: looking at SOURCE would be asking ourselves. Returns 0; or -errno, and why in `complaint`.
 */
int mountpoint_resolve(const char *path, int source, char **ret, struct complaint *complaint);

/* What this user ends a mount with: the command to put before its path. */
const char *mountpoint_undo(void);

/* Undo the mount there, whoever is still in it: by umount(2), or fusermount3. 0 or -errno. */
int mountpoint_unmount(const char *path);

/* Is there a /dev/fuse that we may open? 0; or -errno, and what to do about it in `complaint`. */
int mountpoint_check_device(struct complaint *complaint);
