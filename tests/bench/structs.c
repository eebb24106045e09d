/* SPDX-License-Identifier: MIT */
/* How fast a struct is found: against pahole and gdb, in a program with 300 MB of .debug_info. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/discover.h"
#include "core/dwarf.h"
#include "tests/support.h"

/* Of the build's: 500 MB, more than the sandbox has. */
#define SCRATCH BENCH_BUILD "/tests/bench/structs"
#define BIG SCRATCH "/big"

static const char *const make[] = {"sh", "-c",
				   "mkdir -p '" SCRATCH "' && '" BENCH_SOURCE
				   "/make-structs' '" SCRATCH "'",
				   NULL},
			 *const clean[] = {"rm", "-r", SCRATCH, NULL},
			 *const pahole[] = {"pahole", "-C", "wanted", BIG, NULL},
			 *const gdb[] = {"gdb", "-batch", "-nx", "-ex", "ptype/o struct wanted",
					 BIG,   NULL};

/* In milliseconds, of one of many in a row. */
static double layout_time(const void *data, bool turn)
{
	enum { TIMES = 100 };
	const char *path = data;
	const uint64_t begun = clock_ns();

	(void)turn;
	for (int i = 0; i < TIMES; i++) {
		_cleanup_dwarf_layout_ const struct layout *layout = NULL;
		_cleanup_close_ int fd = -1;

		errno = -dwarf_open(path, &fd);
		if (errno == 0)
			errno = -dwarf_layout(fd, NULL, "struct wanted", &layout);
		if (errno != 0)
			give_up("%s", path);
	}
	return (double)(clock_ns() - begun) / 1e6 / TIMES;
}

/* A process of `path` that sleeps in its object /d, and what is asked about that. */
struct asked {
	struct child child;
	struct snapshot snapshot;
	struct object object;
	struct discoverer *discoverer;
	int procfd;
};

static void asked_begin(const char *path, struct asked *ret)
{
	const char *const argv[] = {path, "/d", NULL};
	_cleanup_free_ char *line = NULL;

	child_start(&ret->child, argv, &(const struct child_setup){.out = STREAM_PIPE});
	line = child_line(ret->child.out);
	if (!line)
		give_up("%s", path);
	look_for_waiter(ret->child.pid, WAITER_ASLEEP, &ret->snapshot);
	ret->procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	errno = -object_open(shm_folder(), "d", &ret->object);
	if (errno == 0)
		errno = -discoverer_create(&ret->discoverer);
	if (errno != 0)
		give_up("%s", path);
}

static void asked_end(struct asked *asked)
{
	discoverer_destroy(asked->discoverer);
	snapshot_deinit(&asked->snapshot);
	object_close(&asked->object);
	close(asked->procfd);
	child_kill(&asked->child);
	unlink(shm_path("d"));
}

/* In milliseconds. */
static double discover_time(const void *data, bool turn)
{
	const struct asked *asked = data;
	const uint64_t begun = clock_ns();
	struct discovery discovery;

	(void)turn;
	errno = -discover(asked->discoverer, asked->procfd, &asked->snapshot, &asked->object,
			  &discovery);
	if (errno != 0 || !discovery.layout || !discovery.certain)
		give_up("discover");
	free(discovery.evidence);
	return (double)(clock_ns() - begun) / 1e6;
}

static void add_discovery(const char *path, double wanted, const char *what)
{
	struct asked asked = {0};
	struct measure measure;

	asked_begin(path, &asked);
	measure = measure_runs(discover_time, &asked);
	asked_end(&asked);
	row_add(&measure, " ms", AT_MOST, wanted, "%s", what);
}

static double run_time(const void *argv, bool turn)
{
	const uint64_t begun = clock_ns();

	(void)turn;
	run_program(argv);
	return (double)(clock_ns() - begun) / 1e6;
}

static void add_time(double (*time)(const void *data, bool turn), const void *data, double wanted,
		     const char *what)
{
	struct measure measure = measure_runs(time, data);

	row_add(&measure, " ms", AT_MOST, wanted, "%s", what);
}

static void add_ratio(const char *const *theirs, const char *const *ours, const char *what)
{
	struct measure measure =
		compare((struct work){run_program, theirs, 1}, (struct work){run_program, ours, 1});

	row_add(&measure, "", AT_LEAST, 20, "%s of it: `pshm_layout`", what);
}

void bench_structs(void)
{
	const char *program = pathf("%s/progs/pshm_layout", getenv("PSHM_BUILD"));
	_cleanup_free_ char *path = strdup(program);
	const char *const ours[] = {path, BIG, "struct wanted", NULL};
	const char *const nothing[] = {path, BIG, "struct unwanted", NULL};

	run_program(make);
	add_time(layout_time, SCRATCH "/small", 1, "the rows of a struct of a small program");
	add_time(run_time, ours, 150,
		 "`pshm_layout` of the last of 242 units, 338 MB of .debug_info");
	add_time(run_time, nothing, 150, "the same, of a struct that is not there");
	add_discovery(SCRATCH "/small", 3,
		      "which struct an object is, by a small program that sleeps in it");
	add_discovery(BIG, 150, "the same, by the large program");
	add_ratio(gdb, ours, "`gdb -batch -ex 'ptype/o struct wanted'`");
	add_ratio(pahole, ours, "`pahole -C wanted`");
	run_program(clean);
}
