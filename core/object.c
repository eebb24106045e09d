/* SPDX-License-Identifier: MIT */
/* Finding, opening and reading objects in a folder where strangers may write. */
#include "core/object.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"

/* tmpfs numbers its inodes by a counter; the device that was last found to be one is remembered. */
static bool numbers_come_back(int fd, uint64_t dev)
{
	static _Atomic uint64_t counted;
	struct statfs fs;

	if (counted == dev)
		return false;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		return true;
	counted = dev;
	return false;
}

/* All of the handle, folded: of one inode number on one device it differs by the generation. */
static uint64_t generation(int fd)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	uint64_t folded = 0;
	int mount = 0;

	if (name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH) < 0)
		return 0;
	for (unsigned at = 0; at < handle.head.handle_bytes; at += sizeof(folded)) {
		uint64_t part = 0;

		memcpy(&part, handle.room + sizeof(struct file_handle) + at,
		       handle.head.handle_bytes - at < sizeof(part) ? handle.head.handle_bytes - at
								    : sizeof(part));
		folded ^= part;
	}
	return folded;
}

struct object_id object_id(int fd, const struct statx *st)
{
	struct object_id id = {
		.dev = object_device(st->stx_dev_major, st->stx_dev_minor),
		.ino = st->stx_ino,
	};

	if (st->stx_mask & STATX_BTIME) {
		id.btime_sec = st->stx_btime.tv_sec;
		id.btime_nsec = st->stx_btime.tv_nsec;
	}
	if (numbers_come_back(fd, id.dev))
		id.generation = generation(fd);
	return id;
}

bool object_id_equal(struct object_id a, struct object_id b)
{
	return a.dev == b.dev && a.ino == b.ino && a.btime_sec == b.btime_sec &&
	       a.btime_nsec == b.btime_nsec && a.generation == b.generation;
}

/* An O_PATH descriptor of what lies under `name`, or -errno. */
static int locate(int dirfd, const char *name, struct statx *ret)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_close_ int fd = (int)syscall(SYS_openat2, dirfd, name, &how, sizeof(how));

	if (fd < 0)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, ret) < 0)
		return -errno;
	return take_fd(&fd);
}

int object_stat(int dirfd, const char *name, struct statx *ret)
{
	_cleanup_close_ int fd = locate(dirfd, name, ret);

	return fd < 0 ? fd : 0;
}

int object_locate(int dirfd, const char *name, struct statx *ret, struct object_id *ret_id)
{
	int fd = locate(dirfd, name, ret);

	if (fd >= 0)
		*ret_id = object_id(fd, ret);
	return fd;
}

int object_identify(int dirfd, const char *name, struct statx *ret, struct object_id *ret_id)
{
	_cleanup_close_ int fd = object_locate(dirfd, name, ret, ret_id);

	return fd < 0 ? fd : 0;
}

void object_open_located(int path, struct object *ret)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	ret->fd = open(link, flags | O_NOATIME);
	if (ret->fd < 0 && errno == EPERM)
		ret->fd = open(link, flags); /* O_NOATIME is for the owner and root only */
	ret->error = ret->fd < 0 ? -errno : 0;
}

int object_open(int dirfd, const char *name, struct object *ret)
{
	const uint64_t found = clock_ns();
	_cleanup_close_ int path = locate(dirfd, name, &ret->st);

	ret->found = found;
	ret->fd = -1;
	ret->error = -EBADF;
	if (path < 0)
		return path;
	if (!S_ISREG(ret->st.stx_mode))
		return -EINVAL;
	object_open_located(path, ret);
	ret->id = object_id(path, &ret->st);
	return 0;
}

int object_open_writable(const struct object *object, int flags)
{
	char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	int fd;

	if (object->fd < 0)
		return object->error;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", object->fd);
	fd = open(link, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	return fd < 0 ? -errno : fd;
}

void object_close(struct object *object)
{
	if (object->fd >= 0)
		close(object->fd);
	*object = OBJECT_NONE;
}

static bool same_time(struct statx_timestamp a, struct statx_timestamp b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

int object_again(struct object *object)
{
	const struct statx *before = &object->st;
	struct statx st;

	if (object->fd < 0)
		return object->error;
	if (statx(object->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return -errno;
	if (st.stx_nlink != before->stx_nlink || !same_time(st.stx_ctime, before->stx_ctime) ||
	    st.stx_mode != before->stx_mode || st.stx_uid != before->stx_uid ||
	    st.stx_gid != before->stx_gid)
		return -ESTALE;
	object->st = st;
	return 0;
}

ssize_t object_read_some(const struct object *object, uint64_t offset, void *buffer, size_t size)
{
	size_t done = 0;

	if (object->fd < 0)
		return object->error;
	while (done < size) {
		ssize_t n = pread(object->fd, (char *)buffer + done, size - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
		/* Short, and just where it ended when it was opened: that is its end still. */
		if (offset + done == object->st.stx_size)
			break;
	}
	return (ssize_t)done;
}

int object_read(const struct object *object, uint64_t offset, void *buffer, size_t size)
{
	ssize_t n = object_read_some(object, offset, buffer, size);

	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -ENODATA;
}

int object_list(int dirfd, int (*fn)(const struct dirent *entry, void *data), void *data)
{
	/* A descriptor of our own: its position must not be shared with another listing. */
	_cleanup_close_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return -errno;
	take_fd(&fd);
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(dir);
		int r;

		if (!entry)
			return -errno;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = fn(entry, data);
		if (r)
			return r;
	}
}

int object_unlink(int dirfd, const char *name, struct object_id id)
{
	struct object_id there;
	struct statx st;
	int r = object_identify(dirfd, name, &st, &there);

	if (r < 0)
		return r;
	if (!S_ISREG(st.stx_mode))
		return -EINVAL;
	if (!object_id_equal(there, id))
		return -ESTALE;
	return unlinkat(dirfd, name, 0) < 0 ? -errno : 0;
}
