/* SPDX-License-Identifier: MIT */
/* An object: one regular file of a folder such as /dev/shm, found, opened and read without harm. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Who an object is. A name says nothing (unlinked and made anew it is another object), inode
 * numbers come back on ext4, and birth times (statx(2), STATX_BTIME; 0 where the filesystem keeps
 * none) are those of the same tick of the clock, of up to 10 ms, before Linux 6.13. What tells
 * twins apart is the generation in the file's handle (name_to_handle_at(2); 0 where there is none,
 * and on tmpfs, which gives each number once).
 */
struct object_id {
	uint64_t dev;
	uint64_t ino;
	int64_t btime_sec;
	uint32_t btime_nsec;
	uint64_t generation;
};

struct object {
	int fd;          /* open for reading with O_NONBLOCK, or -1 */
	int error;       /* where fd is -1: why, a negative errno */
	struct statx st; /* as it was when the object was opened */
	uint64_t found;  /* when its name was looked up: clock.h */
	struct object_id id;
};

#define OBJECT_NONE                                                                                \
	(struct object)                                                                            \
	{                                                                                          \
		.fd = -1, .error = -EBADF                                                          \
	}

/* A device by the two numbers that statx(2) gives; not a dev_t. */
static inline uint64_t object_device(uint64_t major, uint64_t minor)
{
	return major << 32 | minor;
}

/* The identity of what is open as `fd`, of which statx(2) with STATX_BTIME has said `st`. */
struct object_id object_id(int fd, const struct statx *st);
bool object_id_equal(struct object_id a, struct object_id b);

/*
 * object_stat() - Say what lies under `name` in the folder `dirfd`, without opening it.
 *
 * Nothing is followed and no other filesystem is entered: openat2(2) with RESOLVE_BENEATH,
 * RESOLVE_NO_XDEV, RESOLVE_NO_SYMLINKS and O_PATH|O_NOFOLLOW, so that neither a swapped-in symlink
 * nor a mount (it might be our own: asking it would hang) is ever touched.
 *
 * Returns 0; -EXDEV for a mount point; -ENOENT and what else openat2(2) and statx(2) say.
 */
int object_stat(int dirfd, const char *name, struct statx *ret);

/* The same, with its identity. */
int object_identify(int dirfd, const char *name, struct statx *ret, struct object_id *ret_id);

/* The same, and an O_PATH descriptor of it, which the caller closes, instead of 0. */
int object_locate(int dirfd, const char *name, struct statx *ret, struct object_id *ret_id);

/*
 * object_open() - Open the object `name` of the folder `dirfd` for reading.
 *
 * The way is that of object_stat(); only when the kernel has said that it is a regular file is it
 * opened, by /proc/self/fd/N (the very inode that was looked at), with O_NONBLOCK: a lease held by
 * a stranger then gives -EAGAIN at once instead of 45 seconds of waiting (fcntl(2), F_SETLEASE),
 * and with O_NOATIME where we may (open(2)): looking leaves no trace.
 *
 * Returns 0 also when the object may not be read: then ret->fd is -1, ret->error says why, and
 * ret->st is right all the same. -EINVAL: it is no regular file. Else as object_stat().
 * The caller owns ret and gives it back with object_close().
 */
int object_open(int dirfd, const char *name, struct object *ret);
void object_close(struct object *object);

/* Open a regular file that is open as O_PATH for reading, as object_open() says: fd and error. */
void object_open_located(int path, struct object *ret);

/*
 * object_again() - Is the open object still what it was, as far as its name and rights go?
 *
 * Returns 0, and ret->st as it is now; -ESTALE when it was unlinked, renamed, or given other rights
 * since ret->st was taken: all that sets its change time (inode(7)), and so does writing, but a
 * store into a mapping does not. Two changes within one tick of that clock can look like one.
 */
int object_again(struct object *object);

/*
 * object_open_writable() - A descriptor to change the very object that is open for reading.
 *
 * `flags`: O_APPEND or 0. The caller closes it. -EACCES and what else open(2) says, -EAGAIN under a
 * lease; object->error where it may not even be read.
 */
int object_open_writable(const struct object *object, int flags);

/*
 * object_write() - Write all these bytes at `offset`, by pwrite(2), or none.
 *
 * Room is made first (fallocate(2)), so that a full filesystem is found out before anything is
 * changed. `object` is open for writing; by O_APPEND all goes to its end as it is then, wherever
 * `offset` is: who asks through a mount has not yet seen what others have just appended. 0;
 * -ENOSPC; -EFBIG: more than the filesystem or RLIMIT_FSIZE allows (SIGXFSZ is to be ignored); or a
 * negative errno.
 */
int object_write(const struct object *object, uint64_t offset, const void *bytes, size_t size);

/* Cut it or make it longer (by a hole): ftruncate(2), within RLIMIT_FSIZE. 0 or -errno. */
int object_truncate(const struct object *object, uint64_t size);

/*
 * object_read() - Read exactly `size` bytes at `offset`, by pread(2), never through a mapping.
 *
 * A mapping of a shrunk object is SIGBUS, and reading its holes allocates memory (tmpfs); pread
 * does neither. Returns 0; -ENODATA when the object ends before; or a negative errno.
 */
int object_read(const struct object *object, uint64_t offset, void *buffer, size_t size);

/* Like object_read(), but takes what there is: returns how many bytes were read, or -errno. */
ssize_t object_read_some(const struct object *object, uint64_t offset, void *buffer, size_t size);

/*
 * object_list() - Call `fn` with each entry of the folder `dirfd` (readdir(3): its name, its kind,
 * DT_UNKNOWN where it cannot be told, and its inode number), but not with "." and "..".
 *
 * A return value other than 0 of `fn` ends the walk and is returned. The order is the folder's.
 */
int object_list(int dirfd, int (*fn)(const struct dirent *entry, void *data), void *data);

/*
 * object_unlink() - Remove the name of the object that `id` identifies.
 *
 * Returns 0; -ESTALE when another object has that name by now; -EINVAL when it is no regular file;
 * or what unlinkat(2) says. There is no atomic check-and-unlink: the gap is two system calls.
 */
int object_unlink(int dirfd, const char *name, struct object_id id);

/*
 * object_remove() - object_unlink() of the object that has the name now, unless it is in use.
 *
 * -EBUSY while anybody else has it open or mapped, unless `force`; that is told by a write lease
 * (fcntl(2), F_SETLEASE; SIGIO is to be ignored), which also keeps others from opening it until it
 * is gone. Where it cannot be told it stays: -EACCES for another user's object without CAP_LEASE.
 */
int object_remove(int dirfd, const char *name, bool force);
