/* SPDX-License-Identifier: MIT */
#include "tests/faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

/* What there was at the beginning: /proc/self/mountinfo, "PID NAME" lines, a line an object. */
static char *mounts, *processes, *objects;

static char *mounts_now(void)
{
	char *text = NULL;

	assert_int_equal(read_file("/proc/self/mountinfo", &text, NULL), 0);
	return text;
}

/* Zombies, too: somebody has to wait for each. The sandbox's own process 1 names itself late. */
static void print_process(FILE *file, const char *name)
{
	_cleanup_free_ char *comm = NULL;

	if (atoi(name) > 1 && read_file(pathf("/proc/%s/comm", name), &comm, NULL) == 0)
		fprintf(file, "%s %s", name, comm);
}

/* FNV-1a of all bytes that are not a hole. */
static uint64_t hash(int fd)
{
	uint64_t h = 0xcbf29ce484222325u;
	off_t at = 0;
	unsigned char bytes[4096];
	ssize_t n;

	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && (n = pread(fd, bytes, 4096, at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			h = (h ^ bytes[i]) * 0x100000001b3u;
		at += n;
	}
	return h;
}

static void print_object(FILE *file, const char *name)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	fd = open(shm_path(name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	fprintf(file, "%s %lu %ld %ld %lx\n", name, (unsigned long)st.st_ino, (long)st.st_size,
		(long)st.st_blocks, (unsigned long)hash(fd));
}

/* A line for each entry of a folder, in the folder's order. */
static char *lines_of(const char *folder, void (*print)(FILE *file, const char *name))
{
	_cleanup_closedir_ DIR *dir = opendir(folder);
	const struct dirent *entry;
	size_t size;
	char *text = NULL;
	FILE *file = open_memstream(&text, &size);

	assert_true(dir && file);
	while ((entry = readdir(dir)))
		print(file, entry->d_name);
	assert_int_equal(fclose(file), 0);
	return text;
}

struct inventory {
	const char *what, *before;
	char *now;
};

static bool are_same(void *data)
{
	struct inventory *all = data;

	for (size_t i = 0; i < 3; i++)
		free(all[i].now);
	all[0].now = mounts_now();
	all[1].now = lines_of("/proc", print_process);
	all[2].now = lines_of("/dev/shm", print_object);
	for (size_t i = 0; i < 3; i++)
		if (strcmp(all[i].before, all[i].now) != 0)
			return false;
	return true;
}

static bool nothing_left(int deadline_ms)
{
	struct inventory all[] = {{"mounts", mounts, NULL},
				  {"processes", processes, NULL},
				  {"objects", objects, NULL}};
	bool same = wait_until(deadline_ms, are_same, all);

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(all[i].before, all[i].now) != 0)
			fprintf(stderr, "%s before:\n%safterwards:\n%s", all[i].what, all[i].before,
				all[i].now);
		free(all[i].now);
	}
	return same;
}

void fault_expect_nothing_left(void)
{
	assert_true(nothing_left(DEADLINE_MS));
}

int fault_setup(void **state)
{
	if (point_setup(state) < 0)
		return -1;
	mounts = mounts_now();
	processes = lines_of("/proc", print_process);
	objects = lines_of("/dev/shm", print_object);
	return 0;
}

int fault_teardown(void **state)
{
	int r;

	children_kill(); /* there are some where it has failed */
	r = nothing_left(5000) ? 0 : -1;
	free(mounts);
	free(processes);
	free(objects);
	return point_teardown(state) < 0 ? -1 : r;
}

unsigned fault_times(unsigned once)
{
	const char *text = getenv("PSHM_FAULTS");

	return once * (text ? (unsigned)strtoul(text, NULL, 10) : 1);
}

const char *fault_times_text(unsigned n)
{
	return pathf("%u times", n);
}

unsigned fault_pick(unsigned n)
{
	static unsigned seed;
	static bool seeded;
	const char *text = getenv("PSHM_SEED");

	if (!seeded) {
		assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
		if (text)
			seed = (unsigned)strtoul(text, NULL, 10);
		print_message("PSHM_SEED=%u\n", seed);
		seeded = true;
	}
	return (unsigned)rand_r(&seed) % n;
}

void fault_random_moment(pid_t pid, unsigned us)
{
	child_wait_us(pid, fault_pick(us));
}

void fault_mount(struct child *ret, const char *source, const char *options)
{
	const char *argv[8] = {pshmfs_path(), "-f"};
	size_t n = 2;

	if (options) {
		argv[n++] = "-o";
		argv[n++] = options;
	}
	if (source)
		argv[n++] = source;
	argv[n++] = POINT;
	child_start(ret, argv, NULL);
	assert_true(wait_until(DEADLINE_MS, point_serves, ret));
	cat_equals(POINT "/count/seqnum", "41\n");
}

void fault_ends_well(struct child *daemon)
{
	struct result result;

	child_finish(daemon, &result);
	if (result.status || *result.out || *result.err)
		fail_msg("pshmfs: %d, \"%s\", \"%s\"", result.status, result.out, result.err);
	result_deinit(&result);
}

void fault_remount(void)
{
	struct child daemon;

	fault_mount(&daemon, NULL, NULL);
	assert_int_equal(kill(daemon.pid, SIGTERM), 0);
	fault_ends_well(&daemon);
	point_await_end();
}

pid_t fault_process(const char *name)
{
	_cleanup_free_ char *all = lines_of("/proc", print_process);
	const char *at = strstr(all, pathf(" %s\n", name));

	while (at && at > all && at[-1] != '\n')
		at--;
	return at ? atoi(at) : 0;
}

/* STATX_MNT_ID_UNIQUE, which older headers do not have. */
static bool has_unique_mounts(void)
{
	struct statx st;

	return statx(AT_FDCWD, "/", 0, 0x4000, &st) == 0 && st.stx_mask & 0x4000;
}

void fault_expect_cleared(void)
{
	assert_true(wait_until(DEADLINE_MS, point_daemon_gone, NULL));
	assert_int_equal(mount_shown(POINT), !has_unique_mounts());
	fault_remount();
}

struct state_question {
	pid_t pid;
	char state;
};

static bool has_state(void *data)
{
	const struct state_question *question = data;
	_cleanup_free_ char *text = NULL;
	const char *end;

	if (read_file(pathf("/proc/%d/stat", question->pid), &text, NULL) < 0)
		return question->state == '-';
	end = strrchr(text, ')');
	return end && end[2] == question->state;
}

void fault_await_state(pid_t pid, char state)
{
	struct state_question question = {pid, state};

	assert_true(wait_until(DEADLINE_MS, has_state, &question));
}

void fault_expect_within(uint64_t ns, int ms)
{
	if (ns > (uint64_t)slow_ms(ms) * 1000000)
		fail_msg("it took %u ms, not %d", fault_ms(ns), ms);
}

unsigned fault_ms(uint64_t ns)
{
	return (unsigned)((ns + 999999) / 1000000);
}
