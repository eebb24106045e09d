/* SPDX-License-Identifier: MIT */
/* What is measured: pshmfs over a folder of many objects, and the bare filesystem beside it. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/support.h"

struct mirror {
	char source[64];
	unsigned count;
	struct mount mount;
};

struct bare {
	char path[64];
	struct child daemon;
};

static void make_objects(const struct mirror *mirror)
{
	struct pshm_seqnum object;

	memset(&object, 0, sizeof(object));
	sem_init(&object.sem, 1, 1);
	if (mkdir(mirror->source, 0755) < 0)
		give_up("%s", mirror->source);
	for (unsigned i = 0; i < mirror->count; i++) {
		_cleanup_close_ int fd = open(pathf("%s/psm_%05u", mirror->source, i),
					      O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

		object.seqnum = (int)i;
		if (write(fd, &object, sizeof(object)) != sizeof(object))
			give_up("%s", mirror->source);
	}
}

struct mirror *mirror_create(unsigned count, const char *options)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));

	if (!mirror)
		give_up("mirror");
	mirror->count = count;
	snprintf(mirror->source, sizeof(mirror->source), "/dev/shm/%u", count);
	make_objects(mirror);
	mount_start(&mirror->mount, mirror->source, options);
	return mirror;
}

const char *mirror_source(const struct mirror *mirror)
{
	return mirror->source;
}

const char *mirror_path(const struct mirror *mirror)
{
	return mirror->mount.path;
}

double mirror_memory(const struct mirror *mirror)
{
	return (double)mount_resident(&mirror->mount) * 1024 / 1e6;
}

void mirror_destroy(struct mirror *mirror)
{
	mount_stop(&mirror->mount);
	for (unsigned i = 0; i < mirror->count; i++)
		unlink(pathf("%s/psm_%05u", mirror->source, i));
	rmdir(mirror->source);
	free(mirror);
}

static bool is_mounted(void *data)
{
	const struct bare *bare = data;

	return mount_shown(bare->path) || child_ended(&bare->daemon);
}

struct bare *bare_create(const struct mirror *mirror, unsigned count)
{
	struct bare *bare = calloc(1, sizeof(*bare));
	char folders[16], template[128];

	if (!bare)
		give_up("bare");
	strcpy(bare->path, SANDBOX_WORK "/bare.XXXXXX");
	if (!mkdtemp(bare->path))
		give_up("%s", bare->path);
	snprintf(folders, sizeof(folders), "%u", count);
	snprintf(template, sizeof(template), "%s/psm_00000", mirror_path(mirror));
	child_start(&bare->daemon,
		    (const char *const[]){program("bare"), bare->path, folders, template, NULL},
		    NULL);
	if (!wait_until(DEADLINE_MS, is_mounted, bare) || child_ended(&bare->daemon))
		give_up("the bare filesystem did not start");
	return bare;
}

const char *bare_path(const struct bare *bare)
{
	return bare->path;
}

void bare_destroy(struct bare *bare)
{
	umount2(bare->path, UMOUNT_NOFOLLOW);
	child_finish(&bare->daemon, NULL);
	rmdir(bare->path);
	free(bare);
}
