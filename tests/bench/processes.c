/* SPDX-License-Identifier: MIT */
/* Who holds and who waits, in a crowd: against lsof, fuser, and reading the same files. */
#include "tests/bench/bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/process_maps.h"
#include "tests/support.h"

#define OBJECTS 200
#define EACH 4 /* so many of them a process maps */
#define SOURCE "/dev/shm/200"

/* Processes of `threads` threads, which all sleep on a semaphore in an object. */
struct crowd {
	unsigned processes, threads;
	pid_t leader; /* the parent of all: their end is its end */
};

static sem_t *map_object(unsigned i)
{
	_cleanup_close_ int fd = open(pathf(SOURCE "/psm_%05u", i % OBJECTS), O_RDWR | O_CLOEXEC);
	void *mapped = mmap(NULL, 40, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd < 0 || mapped == MAP_FAILED)
		give_up(SOURCE);
	return mapped;
}

static void *sleep_on(void *sem)
{
	while (sem_wait(sem) < 0)
		;
	return NULL;
}

static _Noreturn void be_one(unsigned number, unsigned threads, int ready)
{
	pthread_attr_t small;
	sem_t *sems[EACH];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < EACH; i++)
		sems[i] = map_object(number * EACH + i);
	while (sem_trywait(sems[0]) == 0)
		;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (unsigned i = 1; i < threads; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &small, sleep_on, sems[0]) != 0)
			give_up("pthread_create");
	}
	if (write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	sleep_on(sems[0]);
	_exit(0);
}

static _Noreturn void be_leader(const struct crowd *crowd, int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "crowd");
	for (unsigned i = 0; i < crowd->processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			give_up("fork");
		if (pid == 0)
			be_one(i, crowd->threads, ready);
	}
	close(ready);
	for (;;)
		pause();
}

static struct crowd crowd_start(unsigned processes, unsigned threads)
{
	struct crowd crowd = {.processes = processes, .threads = threads};
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0 || (crowd.leader = fork()) < 0)
		give_up("crowd");
	if (crowd.leader == 0)
		be_leader(&crowd, ends[1]);
	close(ends[1]);
	for (unsigned i = 0; i < processes; i++)
		if (read(ends[0], &byte, 1) != 1)
			give_up("crowd");
	close(ends[0]);
	return crowd;
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

static void crowd_stop(const struct crowd *crowd)
{
	kill(crowd->leader, SIGKILL);
	waitpid(crowd->leader, NULL, 0);
	wait_until(DEADLINE_MS, crowd_gone, NULL);
}

/* What nobody can do without: each process's mappings and descriptors, each thread's call. */

static void read_whole(int dirfd, const char *name)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	char bytes[4096];

	while (fd >= 0 && read(fd, bytes, sizeof(bytes)) > 0)
		;
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

static void read_link(int dirfd, const char *name)
{
	char target[256];

	if (readlinkat(dirfd, name, target, sizeof(target)) < 0)
		return;
}

static void read_call(int dirfd, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "%.16s/syscall", name);
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
	each_number(entry, "fd", read_link);
	each_number(entry, "task", read_call);
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
	const double wait = 6 * last > 1 ? 6 * last : 1;
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
	struct crowd crowd = crowd_start(1000, 10);
	struct measure measure = measure_runs(milliseconds, one);

	row_add(&measure, " ms", AT_MOST, 25,
		"holders and waiters of one of 200 objects, 1,000 processes of 10 threads");
	against(one, 8, lsof);
	against(one, 3, fuser);
	measure = measure_runs(ours_to_theirs,
			       &(struct pair){{read_tables, all, 1}, {bare_loop, NULL, 1}});
	row_add(&measure, "", AT_MOST, 1.3,
		"holders and waiters of all objects: two threads that only read the same files");
	crowd_stop(&crowd);
}

/* One after the other: each crowd alone is there. */
static void crowd_of_threads(const struct reading *one)
{
	double few, many;
	struct crowd crowd = crowd_start(1, 1000);
	struct measure measure = measure_runs(milliseconds, one);

	few = measure.median;
	crowd_stop(&crowd);
	crowd = crowd_start(1, 10000);
	measure = measure_runs(milliseconds, one);
	many = measure.median;
	crowd_stop(&crowd);
	measure = (struct measure){.median = many / few / 10, .runs = measure.runs};
	row_add(&measure, "", AT_MOST, 1.25,
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
