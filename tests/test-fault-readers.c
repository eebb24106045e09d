/* SPDX-License-Identifier: MIT */
/*
 * Who reads a mount is killed (SIGKILL) at random moments, and so is who holds what is looked at:
 * the daemon serves on, and of who was killed it keeps nothing.
 *
 * PSHM_FAULTS=N: N times as often; PSHM_SEED=N: the moments of an earlier run.
 */
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/faults.h"
#include "tests/load.h"
#include "tests/support.h"

static const struct reading readings[] = {
	{"count/seqnum", READ_FILE},     {"count/json", READ_AGAIN},      {"big/raw", READ_AGAIN},
	{".pshmfs/stuck", READ_FILE},    {"count/holders", READ_AGAIN},   {"", READ_LIST},
	{".pshmfs/unlinked", READ_LIST}, {".pshmfs/graph.dot", READ_FILE}};
static const size_t n_readings = sizeof(readings) / sizeof(readings[0]);

/* A read that is served to the end, whatever happens beside it. */
static void serves(const struct mount *mount)
{
	cat_equals(mount_path(mount, "count/seqnum"), "41\n");
	cat_contains(mount_path(mount, "count/holders"), "PID\tUSER\t");
}

/* mount_stop() counts the descriptors: as many as at the start. */
static void test_readers(void **state)
{
	const unsigned n = fault_times(60);
	struct mount mount;

	(void)state;
	make_object("big", NULL, 64 << 20);
	mount_start(&mount, NULL, "max_age=0");
	for (unsigned i = 0; i < n; i++) {
		struct load load;

		load_start(&load, mount.path, &readings[fault_pick((unsigned)n_readings - 3)], 4,
			   4);
		fault_random_moment(load.children[3].pid, 6000);
		load_deinit(&load);
		serves(&mount);
	}
	mount_stop(&mount);
	unlink(shm_path("big"));
	fault_row("kill -9 of readers, at random moments", fault_times_text(n * 4),
		  "the daemon serves on, with the descriptors of before",
		  "it served after each, and had as many descriptors at the end as at the start");
}

/* Maps the block, and sleeps in its first semaphore, which is 0; or holds it open. */
static void start_holder(struct child *ret, bool sleeps)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	if (child_fork(ret)) {
		int fd = open(shm_path("block"), O_RDWR | O_CLOEXEC);
		struct pshm_xfr *block =
			mmap(NULL, sizeof(*block), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ssize_t n = write(ready[1], "", 1);

		while (n == 1 && sleeps)
			sem_wait(&block->wsem);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

/* For each holder a row (its mapping and its descriptor are two), and none of somebody else. */
static bool are_listed(void *data)
{
	const struct child *holders = data;
	_cleanup_free_ char *text = NULL;
	size_t rows = 0;

	assert_int_equal(read_file(pathf("%s/block/holders", POINT), &text, NULL), 0);
	for (size_t i = 0; i < 8; i++)
		if (!strstr(text, pathf("\n%d\t", holders[i].pid)))
			return false;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		rows++;
	return rows == 1 + 8 * 2;
}

static void test_holders(void **state)
{
	static const struct reading looks[] = {{"block/holders", READ_AGAIN},
					       {"block/verdict", READ_FILE},
					       {".pshmfs/stuck", READ_AGAIN},
					       {"block/json", READ_FILE}};
	const unsigned n = fault_times(60);
	struct child daemon, holders[8];
	struct load load;

	(void)state;
	put_xfr("block", 0, 0, 0, "");
	fault_mount(&daemon, NULL, "max_age=0");
	for (unsigned i = 0; i < 8; i++)
		start_holder(&holders[i], i % 2);
	load_start(&load, POINT, looks, 4, 4);
	load_goes_on(&load, 1);
	for (unsigned i = 0; i < n; i++) {
		unsigned k = fault_pick(8);

		fault_random_moment(holders[k].pid, 3000);
		child_kill(&holders[k]);
		start_holder(&holders[k], i % 2);
	}
	load_goes_on(&load, 1);
	load_stop(&load);
	assert_true(wait_until(DEADLINE_MS, are_listed, holders));
	for (unsigned i = 0; i < 8; i++)
		child_kill(&holders[i]);
	cat_equals(POINT "/block/cnt", "0\n");
	kill(daemon.pid, SIGTERM);
	fault_ends_well(&daemon);
	unlink(shm_path("block"));
	fault_row("kill -9 of holders, half of which sleep, while 4 readers look at them",
		  fault_times_text(n), "no read fails, and who holds it is who lives",
		  "no read failed; of 8 holders at the end just those were listed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT(test_readers),
		FAULT(test_holders),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
