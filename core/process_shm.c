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

/* Where the way may go from one mount into another. */
static const char *const spots[] = {"/", "/dev", "/dev/shm"};

enum { SPOTS = sizeof(spots) / sizeof(spots[0]) };

struct table {
	struct mount {
		uint64_t id, dev; /* id 0: none is there */
		bool local;
	} mounts[SPOTS];    /* the last ones, which are on top */
	bool passes, local; /* all that there ever were, also those that are covered */
};

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

/* What was mounted further down is covered now. */
static void take_mount(struct table *table, size_t spot, const struct mount *mount)
{
	table->mounts[spot] = *mount;
	while (++spot < SPOTS)
		table->mounts[spot] = (struct mount){0};
}

/* "id parent major:minor root point options … - type source options", proc(5). */
static void take_line(const char *line, struct table *table)
{
	const char *rest = strstr(line, " - ");
	char point[16], type[32];
	unsigned id, major, minor;
	size_t spot = 0;

	if (!rest || sscanf(line, "%u %*u %u:%u %*s %15s", &id, &major, &minor, point) != 4 ||
	    sscanf(rest, " - %31s", type) != 1)
		return;
	while (spot < SPOTS && strcmp(point, spots[spot]) != 0)
		spot++;
	if (spot == SPOTS)
		return;
	type[strcspn(type, ".")] = '\0'; /* fuse.sshfs */
	table->passes = table->passes && mounts_type_harmless(type);
	table->local = table->local && is_local(type);
	take_mount(table, spot, &(struct mount){id, object_device(major, minor), is_local(type)});
}

static int read_table(int dirfd, struct table *ret)
{
	_cleanup_close_ int fd = process_open(dirfd, "mountinfo", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	*ret = (struct table){.passes = true, .local = true};
	if (!file)
		return -errno;
	take_fd(&fd);
	while (getline(&line, &size, file) > 0)
		take_line(line, ret);
	return 0;
}

int shm_place_read(int dirfd, struct shm_place *ret)
{
	struct table table;
	int r = read_table(dirfd, &table);

	*ret = (struct shm_place){
		.rooted = table.mounts[0].id, .passes = table.passes, .all_local = table.local};
	for (size_t i = 0; i < SPOTS; i++) {
		const struct mount *mount = &table.mounts[i];

		if (!mount->id)
			continue;
		ret->dev = mount->dev;
		ret->mount = mount->id;
		ret->local = mount->local;
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

/* Is it on the mount that the table says, which is local? Of what no table has, on a disk. */
static bool is_local_folder(const struct shm_place *place, int fd)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &st) < 0)
		return false;
	if (place->mount && st.stx_mask & STATX_MNT_ID && st.stx_mnt_id == place->mount)
		return place->local;
	return !place->rooted && st.stx_dev_major != 0;
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
	if ((fd == -EAGAIN || fd == -EINVAL) && place->rooted && place->all_local)
		fd = open_below(root, 0);
	if (fd == -EAGAIN || fd == -EINVAL)
		return -EREMOTE;
	if (fd >= 0 && !is_local_folder(place, fd))
		return -EREMOTE;
	return fd < 0 ? fd : take_fd(&fd);
}
