/* SPDX-License-Identifier: MIT */
/* Objects that our programs share: opened with care, published whole, removed by identity. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/object.h"

#define SHARED_FOLDER "/dev/shm" /* where shm_open(3) looks on Linux */

/*
 * shared_object_open() - shm_open(3) for reading and writing, for nothing but a regular file.
 *
 * `flags`: O_CREAT and O_EXCL, or 0. Never blocks: a FIFO is opened like nothing, and a lease
 * (fcntl(2), F_SETLEASE) is -EAGAIN instead of 45 seconds. The caller closes the descriptor.
 * Returns it, or -EINVAL: no regular file; or what shm_open says.
 */
int shared_object_open(const char *name, int flags, mode_t mode);

/* core's object_open(), for reading only, of `file` in /dev/shm. */
int shared_object_look(const char *file, struct object *ret);

/* An object without a name: nobody can open it before it is complete. */
struct shared_draft {
	int fd;         /* open for reading and writing */
	char path[40];  /* by which it is given its name */
	bool temporary; /* path is a name itself, in /dev/shm, and goes by shared_draft_close() */
};

#define SHARED_DRAFT_NONE                                                                          \
	(struct shared_draft)                                                                      \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/*
 * shared_draft_open() - Make an object (mode 0600) of `length` bytes that begins with these.
 *
 * All of it has its room (fallocate(2)): ftruncate(2) takes more than a full tmpfs has, and a store
 * to it is SIGBUS. sem_init(3) may have been run on `bytes`: a semaphore is not bound to its
 * address, sem_open(3) makes its files in this way. `layout` is left with the object for pshmfs,
 * where tmpfs takes extended attributes. 0 or -errno; the caller gives ret to shared_draft_close().
 */
int shared_draft_open(const char *layout, const void *bytes, size_t size, size_t length,
		      struct shared_draft *ret);

/* Give it its name. 0; -EEXIST where that is taken; or -errno. */
int shared_draft_name(const struct shared_draft *draft, const char *name);

void shared_draft_close(struct shared_draft *draft);

/* All of it in one: returns a descriptor that the caller closes; -EEXIST; or -errno. */
int shared_object_publish(const char *name, const char *layout, const void *bytes, size_t size);

/*
 * Write all bytes at the offset: 0 or -errno. A store to a mapping is SIGBUS when tmpfs is full or
 * the object has been shrunk; this is an error.
 */
int shared_object_write(int fd, const void *bytes, size_t size, uint64_t offset);

/*
 * Map the first `size` bytes of all that there are (`ret_total`). 0; -ENODATA where there are
 * fewer: to touch them would be SIGBUS; or -errno.
 */
int shared_object_map(int fd, size_t size, void **ret, uint64_t *ret_total);

/* Remove `name` if it still is the object open as `fd`. Makes system calls only: for handlers too.
 */
int shared_object_unlink(int fd, const char *name);
