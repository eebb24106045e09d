/* SPDX-License-Identifier: MIT */
/* A process of our own that maps objects to change them, so that none can take the mount down. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/semaphore.h"

/*
 * A post must wake sleepers, which only a mapping can (futex(2)), and a value is to be stored in
 * one step and never beyond the object's end, which pwrite(2) would move. But an object that is cut
 * while it is mapped is SIGBUS: that is met in a process which holds nothing else. It is forked
 * before there are threads, knows no descriptor but its socket, and ends with us.
 */
struct poster;

/* Start it. 0 or -errno. Give it back: poster_stop(), which waits for its end; NULL is harmless. */
int poster_start(struct poster **ret);
void poster_stop(struct poster *poster);

/*
 * poster_post() - Post the semaphore at `offset` of the object `fd` (open for reading and writing)
 * `n` times, all or none, and wake who is to be woken.
 *
 * 0; -ENOTSUP: it is not shared between processes (pshared 0), a post would wake nobody; -EOVERFLOW
 * beyond SEM_VALUE_MAX; -EBADMSG: there is no semaphore; -EINVAL: it lies where none can work;
 * -ENODATA: the object ends before, by now; -ENOSPC: its page is a hole and there is no memory for
 * it; -EIO: the process is gone; -ETIMEDOUT: it does not answer, and whether it will is unknown.
 */
int poster_post(struct poster *poster, int fd, const struct semaphore_abi *abi, uint64_t offset,
		uint32_t n);

/* Its process. */
pid_t poster_pid(const struct poster *poster);

/*
 * poster_serve() - What its process does, until the socket (SOCK_SEQPACKET) ends: the other end is
 * not to be trusted. An object that is cut meanwhile is SIGBUS, which is the process's own to
 * catch.
 */
void poster_serve(int socket);

/* At most so much is stored at once. */
#define POSTER_STORE_MAX ((size_t)64 * 1024)

/*
 * poster_store() - Put these bytes at `offset` of the object: in one atomic step where they are a
 * number of 1, 2, 4 or 8 bytes in its natural place. Errors as above; -EFBIG: too many.
 */
int poster_store(struct poster *poster, int fd, uint64_t offset, const void *bytes, size_t size);
