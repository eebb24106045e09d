/* SPDX-License-Identifier: MIT */
/* Changing objects: only for who asked for it by name. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/object.h"

/* A write that crosses this limit is cut short there (write(2), EFBIG). */
static bool within_limit(uint64_t end)
{
	struct rlimit limit;

	return end <= INT64_MAX && (getrlimit(RLIMIT_FSIZE, &limit) < 0 || end <= limit.rlim_cur);
}

/* Filesystems that cannot make room beforehand just try. */
static int make_room(int fd, uint64_t offset, size_t size)
{
	int r;

	do
		r = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)size);
	while (r < 0 && errno == EINTR);
	return r < 0 && errno != EOPNOTSUPP ? -errno : 0;
}

/* pwrite(2) of such a descriptor appends, whatever its offset: room is to be made there. */
static int find_end(int fd, uint64_t *offset)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (flags & O_APPEND)
		*offset = (uint64_t)st.st_size;
	return 0;
}

int object_write(const struct object *object, uint64_t offset, const void *bytes, size_t size)
{
	size_t done = 0;
	int r = find_end(object->fd, &offset);

	if (r < 0 || size == 0)
		return r;
	if (!within_limit(offset + size))
		return -EFBIG;
	r = make_room(object->fd, offset, size);
	while (r == 0 && done < size) {
		ssize_t n = pwrite(object->fd, (const char *)bytes + done, size - done,
				   (off_t)(offset + done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			r = n == 0 ? -EIO : -errno;
	}
	return r;
}

int object_truncate(const struct object *object, uint64_t size)
{
	if (!within_limit(size))
		return -EFBIG;
	return ftruncate(object->fd, (off_t)size) < 0 ? -errno : 0;
}

/*
 * The lease is granted only where nobody else has the object open: by no descriptor (in flight
 * neither) and by no mapping (check_conflicting_open() in the kernel's fs/locks.c). Who only looks
 * for a moment, as we do, must not be taken for somebody who holds it.
 */
static int check_unheld(int fd)
{
	const struct timespec moment = {.tv_nsec = 1000 * 1000};

	for (int tries = 0; tries < 30; tries++) {
		if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
			return 0;
		if (errno != EAGAIN)
			return -errno;
		nanosleep(&moment, NULL);
	}
	return -EBUSY;
}

int object_remove(int dirfd, const char *name, bool force)
{
	_cleanup_(object_close) struct object object = OBJECT_NONE;
	int r = object_open(dirfd, name, &object);

	if (r == 0 && !force)
		r = object.fd < 0 ? object.error : check_unheld(object.fd);
	return r == 0 ? object_unlink(dirfd, name, object.id) : r;
}
