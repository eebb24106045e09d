/* SPDX-License-Identifier: MIT */
/* The /dev/shm that one process sees: its mounts first, and then, if they are harmless, the way. */
#include "core/process_shm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/object.h"
#include "core/process_file.h"
#include "core/process_mounts.h"

/* How often what is in the kernel's memory is looked up there: another one may be changing it. */
#define TRIES 8

/* The mounts that the way may cross; of those that lie on each other each has to be harmless. */
struct spot {
	const char *path;
	bool there, harmless, local;
	uint64_t dev;
};

enum { ROOT, DEV, SHM, SPOTS };

/* Disks and memory. Not overlay: users make it, of what they like (user_namespaces(7)). */
static bool is_local(const char *type)
{
	static const char *const types[] = {"tmpfs", "ramfs", "devtmpfs", "ext2", "ext3",
					    "ext4",  "xfs",   "btrfs",    "f2fs"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static void cross(struct spot *spot, uint64_t dev, char *type)
{
	type[strcspn(type, ".")] = '\0'; /* fuse.sshfs */
	spot->harmless = (!spot->there || spot->harmless) && mounts_type_harmless(type);
	spot->local = (!spot->there || spot->local) && is_local(type);
	spot->there = true;
	spot->dev = dev;
}

/* "id parent major:minor root point options … - type source options", proc(5). */
static void take_line(const char *line, struct spot spots[SPOTS])
{
	const char *rest = strstr(line, " - ");
	char point[16], type[32];
	unsigned major, minor;

	if (!rest || sscanf(line, "%*u %*u %u:%u %*s %15s", &major, &minor, point) != 3 ||
	    sscanf(rest, " - %31s", type) != 1)
		return;
	for (size_t i = 0; i < SPOTS; i++)
		if (strcmp(point, spots[i].path) == 0)
			cross(&spots[i], object_device(major, minor), type);
}

/* Calls take_line() of each line of a table. */
static int read_table(int dirfd, const char *name, struct spot spots[SPOTS])
{
	_cleanup_close_ int fd = process_open(dirfd, name, O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file)
		return -errno;
	take_fd(&fd);
	while (getline(&line, &size, file) > 0)
		take_line(line, spots);
	return 0;
}

int shm_place_read(int dirfd, struct shm_place *ret)
{
	struct spot spots[SPOTS] = {{.path = "/"}, {.path = "/dev"}, {.path = "/dev/shm"}};
	const struct spot *last = NULL;
	int r = read_table(dirfd, "mountinfo", spots);

	*ret = (struct shm_place){.rooted = spots[ROOT].there, .passes = true};
	for (size_t i = 0; i < SPOTS; i++) {
		if (!spots[i].there)
			continue;
		ret->passes = ret->passes && spots[i].harmless;
		last = &spots[i];
	}
	if (last) {
		ret->dev = last->dev;
		ret->local = last->local;
	}
	return r;
}

static int open_below(int root, unsigned long resolve)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};
	const int fd = (int)syscall(SYS_openat2, root, "dev/shm", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* A folder that the table does not tell of is on a disk, or where we know better. */
static bool is_known_local(const struct shm_place *place, int fd)
{
	struct statx st;

	if (place->rooted)
		return place->local;
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) == 0 &&
	       (st.stx_dev_major != 0 ||
		(place->local && object_device(st.stx_dev_major, st.stx_dev_minor) == place->dev));
}

int shm_place_open(int procfd, int dirfd, const struct shm_place *place)
{
	_cleanup_close_ int root = -1, fd = -1;

	/* To go there by a link is nothing that a filesystem is asked about, but for some: NFS. */
	if (!place->passes || (!place->rooted && !mounts_all_harmless(procfd)))
		return -EREMOTE;
	root = process_open(dirfd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = -EAGAIN;
	for (unsigned i = 0; i < TRIES && fd == -EAGAIN; i++)
		fd = open_below(root, RESOLVE_CACHED);
	/* EINVAL: that is there since Linux 5.12. */
	if ((fd == -EAGAIN || fd == -EINVAL) && place->rooted && place->local)
		fd = open_below(root, 0);
	if (fd == -EAGAIN || fd == -EINVAL)
		return -EREMOTE;
	if (fd >= 0 && !is_known_local(place, fd))
		return -EREMOTE;
	return fd < 0 ? fd : take_fd(&fd);
}
