/* SPDX-License-Identifier: MIT */
/* A filesystem whose inode numbers come back. */
#pragma once

#include <stdbool.h>

/* Where ext4_setup() has it. */
#define EXT4 SANDBOX_WORK "/ext4"

/*
 * ext4_setup() - Mount an empty ext4 of 32 MiB on EXT4; sandbox_clean() undoes it.
 *
 * `kind` is "ext4", or "ext3": the same (the kernel's ext4 serves it), but with time stamps of a
 * tick, as all filesystems had until Linux 6.13 (Documentation/filesystems/multigrain-ts.rst). It
 * lies in a file and on a loop device of its own, whatever /dev has. Nobody may do so in a user
 * namespace: there it is a folder of where the build lies, which is one mostly, too, and is taken
 * away by ext4_clean(). Returns whether it is an ext4 for certain.
 */
bool ext4_setup(const char *kind);
void ext4_clean(void);
