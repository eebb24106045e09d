/* SPDX-License-Identifier: MIT */
/* Which mounts are of one device, and whether any filesystem might keep us waiting. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mount_place {
	MOUNT_UNKNOWN, /* not met yet */
	MOUNT_FOREIGN,
	MOUNT_OURS,     /* of the device */
	MOUNT_UNPLACED, /* in nobody's table: detached, or outside of a chroot(2) */
};

/* As far as it was asked yet. */
struct mounts {
	uint64_t dev;
	bool follow;           /* no need to know: any file may be asked which device it is on */
	unsigned char *places; /* by id: the kernel gives the lowest that is free */
	size_t n;
};

/*
 * mounts_init() - Find out whether each filesystem that the kernel knows answers at once; if not,
 * or where `tables` is wished, read the table of mounts of process `self` of the folder `procfd`.
 *
 * `ours`: the id of a mount of the device (STATX_MNT_ID), or 0. Returns 0 or -ENOMEM.
 */
int mounts_init(int procfd, uint64_t dev, uint64_t ours, bool tables, struct mounts *ret);
void mounts_deinit(struct mounts *mounts);

/*
 * mount_place() - The place of the mount with this id, by the tables read so far, and if it is in
 * none, by that of the process whose entry `dirfd` is. Returns 0 or -ENOMEM.
 */
int mount_place(struct mounts *mounts, int dirfd, uint64_t id, enum mount_place *ret);

/* Does a filesystem of this type answer at once when a link of procfs leads into it? */
bool mounts_type_harmless(const char *type);

/* Do all that the kernel knows? */
bool mounts_all_harmless(int procfd);
