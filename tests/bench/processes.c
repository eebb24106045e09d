/* SPDX-License-Identifier: MIT */
/* Who holds and who waits, in a crowd: against lsof, fuser, and reading the same files. */
#include "tests/bench/bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/process_maps.h"
#include "tests/child.h"
#include "tests/support.h"

#define OBJECTS 200 /* as in crowd.c */
#define SOURCE "/dev/shm/200"

/* The program `crowd`; the end of its first process is that of all. */
static void crowd_start(struct child *ret, unsigned processes, unsigned threads)
{
	const struct child_setup setup = {.out = STREAM_PIPE, .err = STREAM_INHERIT};
	char numbers[2][16];
	char byte;

	snprintf(numbers[0], sizeof(numbers[0]), "%u", processes);
	snprintf(numbers[1], sizeof(numbers[1]), "%u", threads);
	child_start(ret,
		    (const char *const[]){BENCH_BUILD "/tests/bench/crowd", SOURCE, numbers[0],
					  numbers[1], NULL},
		    &setup);
	for (unsigned i = 0; i < processes; i++)
		if (read(ret->out, &byte, 1) != 1)
			give_up("crowd");
}

static bool is_one(const char *pid)
{
	_cleanup_free_ char *comm = NULL;

	return atoi(pid) > 1 && read_file(pathf("/proc/%s/comm", pid), &comm, NULL) == 0 &&
	       strcmp(comm, "crowd\n") == 0;
}

/* For wait_until(): none is left. */
static bool crowd_gone(void *data)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	struct dirent *entry;

	(void)data;
	while (proc && (entry = readdir(proc)))
		if (is_one(entry->d_name))
			return false;
	return true;
}

static void crowd_stop(struct child *crowd)
{
	child_kill(crowd);
	wait_until(DEADLINE_MS, crowd_gone, NULL);
}

/*
 * The files that a look reads, and nothing else: each process's mappings and descriptors, who it
 * is, and of each thread that it knows to be asleep, its state and its count of runs.
 */

static void read_whole(int dirfd, const char *name)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	char bytes[4096];

	if (fd >= 0 && read(fd, bytes, sizeof(bytes)) < 0)
		return;
}

static void each_number(int dirfd, const char *folder, void (*fn)(int dirfd, const char *name))
{
	int fd = openat(dirfd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			fn(fd, entry->d_name);
}

static void look_at_link(int dirfd, const char *name)
{
	struct statx st;

	if (statx(dirfd, name, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &st) < 0)
		return;
}

static void read_thread(int dirfd, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "%.16s/stat", name);
	read_whole(dirfd, path);
	snprintf(path, sizeof(path), "%.16s/schedstat", name);
	read_whole(dirfd, path);
}

static void read_process(int procfd, const char *pid)
{
	_cleanup_close_ int entry = openat(procfd, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct maps maps = MAPS_NONE;
	struct mapping mapping = {.end = 0};

	if (entry < 0 || maps_open(entry, false, &maps) < 0)
		return;
	while (maps_next(&maps, mapping.end, &mapping) == 0)
		;
	maps_close(&maps);
	read_whole(entry, "stat");
	read_whole(entry, "status");
	read_whole(entry, "cgroup");
	each_number(entry, "fd", look_at_link);
	each_number(entry, "task", read_thread);
}

static atomic_uint next_process;

/* One of the two threads: every process that the other has not. */
static void *read_processes(void *data)
{
	char(*pids)[16] = data;
	_cleanup_close_ int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned i;

	while (*pids[i = atomic_fetch_add(&next_process, 1)])
		read_process(procfd, pids[i]);
	return NULL;
}

static char (*noted)[16];
static size_t n_noted;

static void note_process(int dirfd, const char *name)
{
	(void)dirfd;
	if (n_noted < 4095)
		strcpy(noted[n_noted++], name);
}

static void bare_loop(const void *data)
{
	pthread_t second;

	(void)data;
	noted = calloc(4098, sizeof(*noted));
	n_noted = 0;
	next_process = 0;
	each_number(AT_FDCWD, "/proc", note_process);
	if (!noted || pthread_create(&second, NULL, read_processes, noted) != 0)
		give_up("bare loop");
	read_processes(noted);
	pthread_join(second, NULL);
	free(noted);
}

struct reading {
	const char *holders, *waiters;
};

/* The second is answered from the look of the first. */
static void read_tables(const void *data)
{
	const struct reading *reading = data;

	read_once(reading->holders);
	read_once(reading->waiters);
}

/* A look serves who comes within five times its duration: here each is to be a new one. */
static double fresh(struct work work)
{
	static double last;
	const double wait = 6 * last > 0.2 ? 6 * last : 0.2; /* and 100 ms (max_age) */
	const struct timespec pause = {.tv_sec = (time_t)wait,
				       .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};

	nanosleep(&pause, NULL);
	last = seconds_of(work);
	return last;
}

struct pair {
	struct work ours, theirs;
};

static double theirs_to_ours(const void *data, bool turn)
{
	const struct pair *pair = data;
	double before = turn ? seconds_of(pair->theirs) : 0, ours = fresh(pair->ours);

	return (turn ? before : seconds_of(pair->theirs)) / ours;
}

static double ours_to_theirs(const void *data, bool turn)
{
	return 1 / theirs_to_ours(data, turn);
}

static void against(const struct reading *one, double wanted, const char *const argv[])
{
	const struct pair pair = {{read_tables, one, 1}, {run_program, argv, 1}};
	struct measure measure = measure_runs(theirs_to_ours, &pair);

	row_add(&measure, "", AT_LEAST, wanted, "`%s` of one object: its holders and waiters",
		argv[0]);
}

static double milliseconds(const void *data, bool turn)
{
	(void)turn;
	return 1000 * fresh((struct work){read_tables, data, 1});
}

static char *strdup_path(const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		give_up("%s", path);
	return copy;
}

static void crowd_of_processes(const struct reading *one, const struct reading *all)
{
	const char *const lsof[] = {"lsof", SOURCE "/psm_00000", NULL};
	const char *const fuser[] = {"fuser", "-v", SOURCE "/psm_00000", NULL};
	struct child crowd;
	struct measure measure;

	crowd_start(&crowd, 1000, 10);
	measure = measure_runs(milliseconds, one);
	row_add(&measure, " ms", AT_MOST, 25,
		"holders and waiters of one of 200 objects, 1,000 processes of 10 threads");
	against(one, 8, lsof);
	against(one, 3, fuser);
	measure = measure_runs(ours_to_theirs,
			       &(struct pair){{read_tables, all, 1}, {bare_loop, NULL, 1}});
	row_add(&measure, "", AT_MOST, 1.3,
		"holders and waiters of all objects: two threads that only read the same files");
	bench_verdicts(SOURCE, "psm_00000");
	bench_verdicts(SOURCE, NULL);
	crowd_stop(&crowd);
}

/* One after the other: each crowd alone is there. */
static void crowd_of_threads(const struct reading *one)
{
	struct child crowd;
	struct measure few, many;

	crowd_start(&crowd, 1, 1000);
	few = measure_runs(milliseconds, one);
	crowd_stop(&crowd);
	crowd_start(&crowd, 1, 10000);
	many = measure_runs(milliseconds, one);
	crowd_stop(&crowd);
	many.median /= 10 * few.median;
	many.low /= 10 * few.median;
	many.high /= 10 * few.median;
	row_add(&many, "", AT_MOST, 1.25,
		"each thread of one process with 10,000: of one with 1,000");
}

void bench_processes(void)
{
	struct mirror *mirror = mirror_create(OBJECTS, NULL);
	const char *path = mirror_path(mirror);
	const struct reading one = {strdup_path(pathf("%s/psm_00000/holders", path)),
				    strdup_path(pathf("%s/psm_00000/waiters", path))};
	const struct reading all = {strdup_path(pathf("%s/.pshmfs/holders", path)),
				    strdup_path(pathf("%s/.pshmfs/waiters", path))};

	crowd_of_processes(&one, &all);
	crowd_of_threads(&one);
	free((char *)one.holders);
	free((char *)one.waiters);
	free((char *)all.holders);
	free((char *)all.waiters);
	mirror_destroy(mirror);
}
