/* SPDX-License-Identifier: MIT */
/* How fast the bytes of a large object are read through `raw`. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/bench/bench.h"
#include "tests/support.h"

#define MIB ((size_t)1024 * 1024)

#define BIG "/dev/shm/big"

/* MiB that can be used without anybody being short of it (proc(5), MemAvailable). */
static size_t available_mib(void)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	if (read_file("/proc/meminfo", &text, NULL) < 0 || !(line = strstr(text, "MemAvailable:")))
		return 0;
	return strtoul(line + strlen("MemAvailable:"), NULL, 10) / 1024;
}

/* Filled: a hole is read without reading anything. */
static void make_big(size_t mib)
{
	_cleanup_free_ char *bytes = malloc(MIB);
	_cleanup_close_ int fd = -1;

	if (mount(NULL, "/dev/shm", NULL, MS_REMOUNT | MS_NOSUID, "size=1200m") < 0 ||
	    mkdir(BIG, 0755) < 0)
		give_up("/dev/shm");
	fd = open(BIG "/object", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	if (!bytes || fd < 0)
		give_up(BIG);
	memset(bytes, 'x', MIB);
	for (size_t i = 0; i < mib; i++)
		if (write(fd, bytes, MIB) != (ssize_t)MIB)
			give_up(BIG);
}

struct reader {
	int fd;
	char *bytes;
	size_t size, total;
};

static void read_through(const void *data)
{
	const struct reader *reader = data;
	size_t done = 0;
	ssize_t n = 1;

	while (n > 0 && done < reader->total) {
		n = pread(reader->fd, reader->bytes, reader->size, (off_t)done);
		done += n > 0 ? (size_t)n : 0;
	}
	if (done < reader->total)
		give_up("the object ended after %zu bytes", done);
}

static bool has_passthrough(const struct mount *mount)
{
	_cleanup_free_ char *about = NULL;

	return read_file(mount_path(mount, ".pshmfs/about"), &about, NULL) == 0 &&
	       strstr(about, "raw\tpassthrough");
}

static void compare_sizes(const struct mount *mount, size_t mib)
{
	static const size_t sizes[] = {4096, 128 * 1024, MIB};
	const bool passthrough = has_passthrough(mount);
	_cleanup_close_ int raw = open(mount_path(mount, "object/raw"), O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int object = open(BIG "/object", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *bytes = malloc(MIB);

	if (raw < 0 || object < 0 || !bytes)
		give_up("raw");
	for (size_t i = 0; i < 3; i++) {
		/* Small reads are slow, and each is as the one before: an eighth says it too. */
		size_t total = sizes[i] == 4096 ? mib * MIB / 8 : mib * MIB;
		struct reader ours = {raw, bytes, sizes[i], total};
		struct reader theirs = {object, bytes, sizes[i], total};
		/* Speeds, not times: how many times as fast as ... */
		struct measure measure = compare((struct work){read_through, &theirs, 1},
						 (struct work){read_through, &ours, 1});

		row_add(&measure, "", sizes[i] == MIB ? AT_LEAST : TARGET_NONE,
			passthrough ? 0.9 : 0.3,
			"speed of `raw` (%zu MiB%s), %zu KiB a read: tmpfs", mib,
			passthrough ? ", passthrough" : "", sizes[i] / 1024);
	}
}

void bench_raw(void)
{
	size_t mib = available_mib() > 2048 ? 1024 : 256;
	struct mount mount;

	if (mib < 1024)
		note_add("`raw`: memory was short, so the object was of %zu MiB.\n", mib);
	make_big(mib);
	mount_start(&mount, BIG, NULL);
	compare_sizes(&mount, mib);
	mount_stop(&mount);
	unlink(BIG "/object");
	rmdir(BIG);
}
