/* SPDX-License-Identifier: MIT */
/*
 * The daemon is killed (SIGKILL) while it is read: readers get an error at once, a new one works on
 * the same mountpoint, and nothing is left.
 *
 * PSHM_FAULTS=N: N times as often; PSHM_SEED=N: the moments of an earlier run.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/faults.h"
#include "tests/load.h"
#include "tests/support.h"

#define READERS 8

/* What the readers of a round are at. */
static const struct group {
	const char *name;
	struct reading readings[READERS];
} groups[] = {
	{"files of an object",
	 {{"count/seqnum", READ_AGAIN},
	  {"count/sem_value", READ_FILE},
	  {"count/fields", READ_AGAIN},
	  {"count/layout", READ_FILE},
	  {"count/stat", READ_AGAIN},
	  {"count/access", READ_FILE},
	  {"count/raw", READ_AGAIN},
	  {".pshmfs/about", READ_FILE}}},
	{"the bytes of an object of 64 MiB",
	 {{"big/raw", READ_AGAIN},
	  {"big/raw", READ_FILE},
	  {"big/raw", READ_AGAIN},
	  {"big/raw", READ_AGAIN},
	  {"big/raw", READ_FILE},
	  {"big/raw", READ_AGAIN},
	  {"big/raw", READ_AGAIN},
	  {"big/raw", READ_FILE}}},
	{"folders",
	 {{"", READ_LIST},
	  {"count", READ_LIST},
	  {".pshmfs", READ_LIST},
	  {".pshmfs/named", READ_LIST},
	  {".pshmfs/named/count", READ_LIST},
	  {".pshmfs/unlinked", READ_LIST},
	  {"big", READ_LIST},
	  {"", READ_LIST}}},
	{"looks at processes",
	 {{"count/holders", READ_AGAIN},
	  {"count/waiters", READ_FILE},
	  {"count/verdict", READ_AGAIN},
	  {"count/json", READ_FILE},
	  {".pshmfs/holders", READ_AGAIN},
	  {".pshmfs/waiters", READ_FILE},
	  {".pshmfs/stuck", READ_AGAIN},
	  {".pshmfs/graph.dot", READ_FILE}}},
};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

/* One is killed in the middle of it. Returns how long the last reader has waited, in ns. */
static uint64_t kill_daemon(const struct group *group, const char *options)
{
	struct child daemon;
	struct load load;
	uint64_t killed, longest;

	fault_mount(&daemon, NULL, options);
	load_start(&load, POINT, group->readings, READERS, READERS);
	load_goes_on(&load, 1);
	fault_random_moment(daemon.pid, 5000);
	killed = clock_ns();
	child_kill(&daemon);
	longest = load_await_errors(&load, killed);
	assert_true(mount_shown(POINT));
	assert_int_equal(errno_of_open(POINT, O_RDONLY), ENOTCONN);
	return longest;
}

/* Each time another is mounted over what the killed one has left. */
static void test_reads(void **state)
{
	static const char *const options[] = {"max_age=0", "max_age=0,write"};
	const unsigned n = fault_times(3);

	(void)state;
	for (size_t i = 0; i < N_GROUPS; i++) {
		uint64_t longest = 0;

		make_object("big", NULL, 64 << 20);
		for (unsigned round = 0; round < n; round++) {
			uint64_t took = kill_daemon(&groups[i], options[round % 2]);

			longest = took > longest ? took : longest;
		}
		fault_expect_within(longest, 1000);
		fault_remount();
		unlink(shm_path("big"));
		fault_row(pathf("kill -9 of the daemon, %d readers of %s", READERS, groups[i].name),
			  fault_times_text(n), "an error within 1 s, the next mount works",
			  "each had an error, the last after %u ms; the next mount worked",
			  fault_ms(longest));
	}
}

/* A file that was open when it was killed is an error for ever, also where another serves again. */
static void test_open(void **state)
{
	struct child daemon, next;
	char byte;
	int fd, folder;

	(void)state;
	fault_mount(&daemon, NULL, NULL);
	fd = open(POINT "/count/seqnum", O_RDONLY | O_CLOEXEC);
	folder = open(POINT "/count", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0 && folder >= 0);
	child_kill(&daemon);
	fault_mount(&next, NULL, NULL);
	assert_int_equal(read(fd, &byte, 1), -1);
	assert_int_equal(errno, ENOTCONN);
	assert_int_equal(openat(folder, "seqnum", O_RDONLY), -1);
	assert_int_equal(errno, ENOTCONN);
	close(fd);
	close(folder);
	assert_int_equal(umount2(POINT, 0), 0);
	fault_ends_well(&next);
	fault_row("kill -9 of the daemon, with a file and a folder open", "1 time",
		  "an error, the next mount works",
		  "ENOTCONN, also when another served again; that could be unmounted");
}

/* A pid namespace ends: the daemon, and who was started by it, are killed by the kernel. */
static void test_namespace(void **state)
{
	static const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_INHERIT};
	const unsigned n = fault_times(2);
	uint64_t longest = 0;

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		struct child namespace;
		struct load load;
		uint64_t killed, took;

		child_start(&namespace,
			    (const char *const[]){"unshare", "-p", "-f", "--kill-child", "sh", "-c",
						  "\"$0\" -o max_age=0,write \"$1\" && echo ready; "
						  "read line",
						  pshmfs_path(), POINT, NULL},
			    &setup);
		free(child_line(namespace.out));
		cat_equals(POINT "/count/seqnum", "41\n");
		load_start(&load, POINT, groups[0].readings, READERS, READERS);
		load_goes_on(&load, 1);
		killed = clock_ns();
		child_kill(&namespace); /* and its first process, by --kill-child */
		took = load_await_errors(&load, killed);
		longest = took > longest ? took : longest;
		assert_true(wait_until(DEADLINE_MS, point_daemon_gone, NULL));
	}
	fault_expect_within(longest, 1000);
	fault_remount();
	fault_row("the end of the pid namespace of the daemon", fault_times_text(n),
		  "an error within 1 s, the next mount works",
		  "each of %d readers had an error, the last after %u ms; the next mount worked",
		  READERS, fault_ms(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT(test_reads),
		FAULT(test_open),
		FAULT(test_namespace),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
