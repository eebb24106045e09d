/* SPDX-License-Identifier: MIT */
/* The descriptors of a process that are open on files of one device. */
#include "core/process_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"

/* No system has so many mounts (fs.mount-max is 100,000 a namespace). */
#define MOUNT_ID_MAX (1 << 24)

/* What is known already stays, but for what nobody's table had. */
static int mount_add(struct mounts *mounts, uint64_t id, enum mount_place place)
{
	unsigned char *places;

	if (id >= MOUNT_ID_MAX)
		return 0;
	if (id >= mounts->n) {
		size_t n = 2 * id + 64;

		places = realloc(mounts->places, n);
		if (!places)
			return -ENOMEM;
		memset(places + mounts->n, MOUNT_UNKNOWN, n - mounts->n);
		mounts->places = places;
		mounts->n = n;
	}
	if (mounts->places[id] == MOUNT_UNKNOWN || mounts->places[id] == MOUNT_UNPLACED)
		mounts->places[id] = (unsigned char)place;
	return 0;
}

/* "id parent major:minor …", proc(5); what follows does not matter, newlines in it are escaped. */
static int add_line(struct mounts *mounts, const char *line)
{
	unsigned id, major, minor;

	if (sscanf(line, "%u %*u %u:%u", &id, &major, &minor) != 3)
		return 0;
	return mount_add(mounts, id,
			 ((uint64_t)major << 32 | minor) == mounts->dev ? MOUNT_OURS
									: MOUNT_FOREIGN);
}

/* A table that cannot be read adds nothing. */
static int add_table(struct mounts *mounts, int dirfd, const char *name)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file)
		return 0;
	take_fd(&fd);
	while (getline(&line, &size, file) > 0) {
		int r = add_line(mounts, line);

		if (r < 0)
			return r;
	}
	return 0;
}

/* What fdinfo says, up to the inode number; false where the descriptor is gone. */
static bool fdinfo_read(int infos, const char *name, uint64_t *ret_mount, struct descriptor *ret)
{
	char text[512];
	uint64_t flags;

	if (process_file_read(infos, name, text, sizeof(text)) <= 0)
		return false;
	flags = text_number(text, "flags:", 8);
	*ret_mount = text_number(text, "mnt_id:", 10);
	*ret = (struct descriptor){
		.fd = atoi(name),
		.ino = text_number(text, "ino:", 10), /* since Linux 5.14 */
		.readable = !(flags & O_PATH) && (flags & O_ACCMODE) != O_WRONLY,
		.writable = !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY,
	};
	return true;
}

/* Memory files have a mount of the kernel's own that is in no table; ours has it, too. */
static int add_memory_mount(struct mounts *mounts)
{
	_cleanup_close_ int memory = memfd_create("mount", MFD_CLOEXEC);
	_cleanup_close_ int infos = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct descriptor descriptor;
	char name[16];
	uint64_t id;

	snprintf(name, sizeof(name), "%d", memory);
	if (memory < 0 || infos < 0 || !fdinfo_read(infos, name, &id, &descriptor))
		return 0;
	return mount_add(mounts, id, MOUNT_FOREIGN);
}

int mounts_init(int procfd, uint64_t dev, uint64_t ours, struct mounts *ret)
{
	int r = 0;

	*ret = (struct mounts){.dev = dev};
	if (ours)
		r = mount_add(ret, ours, MOUNT_OURS);
	if (!r)
		r = add_memory_mount(ret);
	return r ? r : add_table(ret, procfd, "self/mountinfo");
}

void mounts_deinit(struct mounts *mounts)
{
	free(mounts->places);
	*mounts = (struct mounts){0};
}

static enum mount_place known_place(const struct mounts *mounts, uint64_t id)
{
	return id < mounts->n ? mounts->places[id] : MOUNT_UNKNOWN;
}

/* The mount's place; one that was not met yet is looked for in the table of this process. */
static int mount_place(struct mounts *mounts, int dirfd, uint64_t id, enum mount_place *ret)
{
	int r = 0;

	*ret = known_place(mounts, id);
	if (*ret != MOUNT_UNKNOWN)
		return 0;
	r = add_table(mounts, dirfd, "mountinfo");
	if (!r)
		r = mount_add(mounts, id, MOUNT_UNPLACED);
	*ret = known_place(mounts, id);
	return r;
}

/*
 * A regular file? The folder itself is open, too, in many a shell. By following the link: its mount
 * is of our folder's filesystem, which answers. Older kernels have no `ino:` in fdinfo.
 */
static bool is_object(int links, const char *name, uint64_t *ino)
{
	struct stat st;

	if (fstatat(links, name, &st, AT_NO_AUTOMOUNT) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (!*ino)
		*ino = st.st_ino;
	return true;
}

int fds_open(int dirfd, struct fds *ret)
{
	fds_close(ret);
	ret->entry = dirfd;
	ret->next = 0;
	ret->links = openat(dirfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->links < 0)
		return -errno;
	ret->infos = openat(dirfd, "fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->infos < 0)
		return -errno;
	return numbers_list(ret->links, &ret->numbers);
}

void fds_close(struct fds *fds)
{
	if (fds->links >= 0)
		close(fds->links);
	if (fds->infos >= 0)
		close(fds->infos);
	fds->links = -1;
	fds->infos = -1;
}

void fds_deinit(struct fds *fds)
{
	fds_close(fds);
	numbers_deinit(&fds->numbers);
}

int fds_next(struct fds *fds, struct mounts *mounts, struct descriptor *ret)
{
	enum mount_place place;
	char name[16], first;
	uint64_t id;
	int r;

	if (fds->next == fds->numbers.n)
		return 0;
	snprintf(name, sizeof(name), "%d", fds->numbers.items[fds->next++]);
	if (readlinkat(fds->links, name, &first, 1) == 1 && first != '/')
		return -EAGAIN;
	if (!fdinfo_read(fds->infos, name, &id, ret))
		return -EAGAIN;
	r = mount_place(mounts, fds->entry, id, &place);
	if (r < 0)
		return r;
	fds->n_unplaced += place == MOUNT_UNPLACED;
	if (place != MOUNT_OURS)
		return -EAGAIN;
	return is_object(fds->links, name, &ret->ino) ? 1 : -EAGAIN;
}
