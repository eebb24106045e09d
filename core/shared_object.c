/* SPDX-License-Identifier: MIT */
/* Opening, publishing, mapping and removing objects in /dev/shm. */
#include "core/shared_object.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layout_choice.h"

int shared_object_open(const char *name, int flags, mode_t mode)
{
	_cleanup_close_ int fd = shm_open(name, O_RDWR | O_NONBLOCK | flags, mode);
	struct stat st;

	if (fd < 0)
		return -errno; /* EINVAL too for a folder (glibc, shm_open.c) */
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return take_fd(&fd);
}

int shared_object_look(const char *file, struct object *ret)
{
	_cleanup_close_ int folder = open(SHARED_FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return folder < 0 ? -errno : object_open(folder, file, ret);
}

int shared_object_write(int fd, const void *bytes, size_t size, uint64_t offset)
{
	for (size_t done = 0; done < size;) {
		ssize_t n =
			pwrite(fd, (const char *)bytes + done, size - done, (off_t)(offset + done));

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Filesystems that cannot make room beforehand are written to. */
static int make_room(int fd, size_t from, size_t length)
{
	static const char zeros[64 * 1024];
	int r;

	do
		r = fallocate(fd, 0, 0, (off_t)length);
	while (r < 0 && errno == EINTR);
	if (r == 0 || errno != EOPNOTSUPP)
		return r < 0 ? -errno : 0;
	for (r = 0; r == 0 && from < length; from += sizeof(zeros))
		r = shared_object_write(
			fd, zeros, length - from < sizeof(zeros) ? length - from : sizeof(zeros),
			from);
	return r;
}

/* Without O_TMPFILE (not every filesystem) or /proc the object has another name at first. */
static int open_nameless(struct shared_draft *draft)
{
	char file[sizeof(SHARED_FOLDER "/") + NAME_MAX];

	draft->fd = open(SHARED_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (draft->fd < 0 && errno != EOPNOTSUPP)
		return -errno;
	snprintf(draft->path, sizeof(draft->path), "/proc/self/fd/%d", draft->fd);
	if (draft->fd >= 0 && readlink(draft->path, file, sizeof(file)) >= 0)
		return 0;
	close_fdp(&draft->fd);
	snprintf(draft->path, sizeof(draft->path), SHARED_FOLDER "/pshmfs.XXXXXX");
	draft->fd = mkostemp(draft->path, O_CLOEXEC);
	draft->temporary = draft->fd >= 0;
	return draft->fd < 0 ? -errno : 0;
}

int shared_draft_open(const char *layout, const void *bytes, size_t size, size_t length,
		      struct shared_draft *ret)
{
	int r;

	*ret = SHARED_DRAFT_NONE;
	r = open_nameless(ret);
	if (r == 0)
		r = shared_object_write(ret->fd, bytes, size, 0);
	if (r == 0 && length > size)
		r = make_room(ret->fd, size, length);
	/* tmpfs takes it from Linux 6.6 on; without it the bytes have to tell. */
	if (r == 0)
		(void)fsetxattr(ret->fd, LAYOUT_XATTR, layout, strlen(layout), 0);
	return r;
}

int shared_draft_name(const struct shared_draft *draft, const char *name)
{
	char target[sizeof(SHARED_FOLDER "/") + NAME_MAX];

	snprintf(target, sizeof(target), SHARED_FOLDER "/%s", name);
	return linkat(AT_FDCWD, draft->path, AT_FDCWD, target, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

void shared_draft_close(struct shared_draft *draft)
{
	if (draft->temporary)
		unlink(draft->path);
	close_fdp(&draft->fd);
	*draft = SHARED_DRAFT_NONE;
}

int shared_object_publish(const char *name, const char *layout, const void *bytes, size_t size)
{
	_cleanup_(shared_draft_close) struct shared_draft draft = SHARED_DRAFT_NONE;
	int r = shared_draft_open(layout, bytes, size, size, &draft);

	if (r == 0)
		r = shared_draft_name(&draft, name);
	return r < 0 ? r : take_fd(&draft.fd);
}

int shared_object_map(int fd, size_t size, void **ret, uint64_t *ret_total)
{
	struct stat st;
	void *memory;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_total = (uint64_t)st.st_size;
	if (*ret_total < size)
		return -ENODATA;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret = memory;
	return 0;
}

int shared_object_unlink(int fd, const char *name)
{
	_cleanup_close_ int folder = open(SHARED_FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statx st;

	if (folder < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return -errno;
	return object_unlink(folder, name, object_id(fd, &st));
}
