/* SPDX-License-Identifier: MIT */
/* Opening, publishing, mapping and removing objects in /dev/shm. */
#include "progs/shared_object.h"

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
#include "progs/cli.h"

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

int shared_object_error(const char *argument, int error)
{
	if (error != -EINVAL)
		return cli_error(argument, error);
	cli_message("%s: Not a shared memory object (no regular file)", argument);
	return CLI_FAILED;
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

/* Write the object that is open as `fd`, and link it from `path` to its name. */
static int complete(int fd, const char *path, const char *name, const char *layout,
		    const void *bytes, size_t size)
{
	char target[sizeof(SHARED_FOLDER "/") + NAME_MAX];
	int r = shared_object_write(fd, bytes, size, 0);

	if (r < 0)
		return r;
	/* tmpfs takes it from Linux 6.6 on; without it the bytes have to tell. */
	(void)fsetxattr(fd, LAYOUT_XATTR, layout, strlen(layout), 0);
	snprintf(target, sizeof(target), SHARED_FOLDER "/%s", name);
	return linkat(AT_FDCWD, path, AT_FDCWD, target, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* Without O_TMPFILE (not every filesystem) or /proc the object has another name at first. */
static int publish_renamed(const char *name, const char *layout, const void *bytes, size_t size)
{
	char path[] = SHARED_FOLDER "/pshmfs.XXXXXX";
	_cleanup_close_ int fd = mkostemp(path, O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = complete(fd, path, name, layout, bytes, size);
	unlink(path);
	return r < 0 ? r : take_fd(&fd);
}

int shared_object_publish(const char *name, const char *layout, const void *bytes, size_t size)
{
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	_cleanup_close_ int fd = open(SHARED_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = fd < 0 ? -errno : complete(fd, path, name, layout, bytes, size);
	if (r == -EOPNOTSUPP || r == -ENOENT)
		return publish_renamed(name, layout, bytes, size);
	return r < 0 ? r : take_fd(&fd);
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
