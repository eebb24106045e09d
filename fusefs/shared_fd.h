/* SPDX-License-Identifier: MIT */
/* One descriptor an object, however many files of it are open for reading. */
#pragma once

#include "fusefs/inode.h"

/*
 * shared_fd_get() - A descriptor to read the slot's object, for one more who was allowed to open
 * it.
 *
 * It is the first one's: a read asks nobody's rights any more. `fd` is of the same object, and
 * stays the caller's. Give it back by shared_fd_put(). -EMFILE …
 */
int shared_fd_get(struct slot *slot, int fd);
void shared_fd_put(struct slot *slot);
