/* SPDX-License-Identifier: MIT */
/* Which mounts are of one device, and whether any filesystem might keep us waiting. */
#include "core/process_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/object.h"
#include "core/process_file.h"

/*
 * Filesystems that answer statx(2) with AT_STATX_DONT_SYNC out of memory, and have nothing to ask
 * when a link of /proc/PID/fd is followed (no d_weak_revalidate, as NFS and 9p have it; fuse since
 * Linux 4.20: fuse_update_get_attr).
 */
static const char *const harmless[] = {
	"autofs",   "bdev",      "binfmt_misc", "bpf",     "btrfs",      "cgroup",     "cgroup2",
	"configfs", "cpuset",    "debugfs",     "devpts",  "devtmpfs",   "efivarfs",   "erofs",
	"exfat",    "ext2",      "ext3",        "ext4",    "f2fs",       "fuse",       "fuseblk",
	"fusectl",  "hugetlbfs", "iso9660",     "mqueue",  "msdos",      "overlay",    "pipefs",
	"proc",     "pstore",    "ramfs",       "resctrl", "rpc_pipefs", "securityfs", "selinuxfs",
	"sockfs",   "squashfs",  "sysfs",       "tmpfs",   "tracefs",    "udf",        "vfat",
	"virtiofs", "xfs",
};

bool mounts_type_harmless(const char *name)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(harmless[i], name) == 0)
			return true;
	return false;
}

/* All that the kernel has registered, mounted or not: lines "nodev<TAB>name" or "<TAB>name". */
bool mounts_all_harmless(int procfd)
{
	char text[8192], *rest = text, *line;
	ssize_t n = process_file_read(procfd, "filesystems", text, sizeof(text));

	if (n <= 0 || (size_t)n == sizeof(text) - 1)
		return false;
	while ((line = strsep(&rest, "\n")) && *line) {
		const char *name = strchr(line, '\t');

		if (!name || !mounts_type_harmless(name + 1))
			return false;
	}
	return true;
}

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
			 object_device(major, minor) == mounts->dev ? MOUNT_OURS : MOUNT_FOREIGN);
}

/* A table that cannot be read adds nothing. */
static int add_table(struct mounts *mounts, int dirfd, const char *name)
{
	_cleanup_close_ int fd = process_open(dirfd, name, O_RDONLY | O_CLOEXEC);
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

/* Memory files have a mount of the kernel's own that is in no table; ours has it, too. */
static int add_memory_mount(struct mounts *mounts)
{
	_cleanup_close_ int memory = memfd_create("mount", MFD_CLOEXEC);
	char name[64], text[512];

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", memory);
	if (memory < 0 || process_file_read(AT_FDCWD, name, text, sizeof(text)) <= 0)
		return 0;
	return mount_add(mounts, text_number(text, "mnt_id:", 10), MOUNT_FOREIGN);
}

int mounts_init(int procfd, uint64_t dev, uint64_t ours, bool tables, struct mounts *ret)
{
	int r = 0;

	*ret = (struct mounts){.dev = dev, .follow = !tables && mounts_all_harmless(procfd)};
	if (ret->follow)
		return 0;
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
int mount_place(struct mounts *mounts, int dirfd, uint64_t id, enum mount_place *ret)
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
