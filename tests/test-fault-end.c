/* SPDX-License-Identifier: MIT */
/*
 * The mount ends while it is read, by a signal or an umount of each kind: nobody hangs, and nothing
 * is left.
 *
 * PSHM_FAULTS=N: N times as often; PSHM_SEED=N: the moments of an earlier run.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/faults.h"
#include "tests/load.h"
#include "tests/support.h"

#define READERS 8

static const struct reading readings[READERS] = {
	{"count/seqnum", READ_FILE}, {"count/json", READ_AGAIN},   {"big/raw", READ_AGAIN},
	{"count", READ_LIST},        {"count/verdict", READ_FILE}, {".pshmfs/holders", READ_AGAIN},
	{"big/raw", READ_FILE},      {".pshmfs", READ_LIST}};

/* By descriptors. */
static const struct reading opened[] = {{"count/seqnum", READ_AGAIN},
					{"count/json", READ_AGAIN},
					{"big/raw", READ_AGAIN},
					{".pshmfs/holders", READ_AGAIN}};

static struct child daemon_here;
static struct load load;

static void begin(const char *options, const struct reading *rows, size_t n)
{
	make_object("big", NULL, 64 << 20);
	fault_mount(&daemon_here, NULL, options);
	load_start(&load, POINT, rows, n, READERS);
	load_goes_on(&load, 1);
}

static void end(void)
{
	fault_ends_well(&daemon_here);
	point_await_end();
	unlink(shm_path("big"));
}

/* Returns how long it took until each reader had an error, in ns. */
static uint64_t end_by_signal(int number, const char *options)
{
	int fd, folder;
	uint64_t begun, took;
	char byte;

	begin(options, readings, READERS);
	fd = open(POINT "/count/seqnum", O_RDONLY | O_CLOEXEC);
	folder = open(POINT "/count", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0 && folder >= 0);
	fault_random_moment(daemon_here.pid, 5000);
	begun = clock_ns();
	assert_int_equal(kill(daemon_here.pid, number), 0);
	load.detached = true;
	took = load_await_errors(&load, begun);
	end();
	assert_int_equal(read(fd, &byte, 1), -1);
	assert_int_equal(openat(folder, "seqnum", O_RDONLY), -1);
	close(folder);
	close(fd);
	return took;
}

static void test_signals(void **state)
{
	static const struct {
		int number;
		const char *name;
	} signals[] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}};
	const unsigned n = fault_times(3);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint64_t longest = 0;

		for (unsigned round = 0; round < n; round++) {
			uint64_t took = end_by_signal(signals[i].number,
						      round % 2 ? "max_age=0,write" : "max_age=0");

			longest = took > longest ? took : longest;
		}
		fault_expect_within(longest, 1000);
		fault_row(pathf("%s of the daemon, read by %d, with files open", signals[i].name,
				READERS),
			  fault_times_text(n), "an error within 1 s, the mount is gone",
			  "status 0, each reader had an error, the last after %u ms; no mount",
			  fault_ms(longest));
	}
}

/* It reads its layouts again, while it is read. */
static void test_hangup(void **state)
{
	const unsigned n = fault_times(20);

	(void)state;
	begin("max_age=0", readings, READERS);
	for (unsigned i = 0; i < n; i++) {
		fault_random_moment(daemon_here.pid, 2000);
		assert_int_equal(kill(daemon_here.pid, SIGHUP), 0);
	}
	load_goes_on(&load, 3);
	load_stop(&load);
	assert_int_equal(umount2(POINT, 0), 0);
	end();
	fault_row(pathf("SIGHUP of the daemon, read by %d", READERS), fault_times_text(n),
		  "reads go on", "no read failed");
}

static void run_well(int status, const char *command, const char *option)
{
	struct result result;

	run(&result, command, option, POINT);
	if (result.status != status)
		fail_msg("%s %s: %d, \"%s\"", command, option, result.status, result.err);
	result_deinit(&result);
}

/* The mount is no longer in the tree; who has something open reads on, and ends it. */
static void test_lazy(void **state)
{
	const unsigned n = fault_times(3);

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		begin("max_age=0", opened, 4);
		run_well(0, "umount", "-l");
		assert_false(mount_shown(POINT));
		assert_int_equal(errno_of_open(POINT "/count/seqnum", O_RDONLY), ENOENT);
		load_goes_on(&load, 3);
		assert_false(child_ended(&daemon_here));
		load_stop(&load);
		end();
	}
	fault_row(
		pathf("umount -l, read by %d", READERS), fault_times_text(n),
		"who has it open reads on, then the daemon ends",
		"the path was gone at once, no read by descriptor failed; it ended with the last");
}

/* One that is used cannot be unmounted, but is cut off. */
static void test_forced(void **state)
{
	const unsigned n = fault_times(3);
	uint64_t longest = 0;

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		uint64_t begun, took;

		begin("max_age=0", opened, 4);
		begun = clock_ns();
		assert_int_equal(umount2(POINT, MNT_FORCE), -1);
		assert_int_equal(errno, EBUSY);
		took = load_await_errors(&load, begun);
		longest = took > longest ? took : longest;
		fault_ends_well(&daemon_here);
		fault_expect_cleared();
		unlink(shm_path("big"));
	}
	fault_expect_within(longest, 1000);
	fault_row(pathf("umount -f, read by %d", READERS), fault_times_text(n),
		  "an error within 1 s, the next mount works",
		  "each reader had an error, the last after %u ms; status 0, the next mount worked",
		  fault_ms(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT(test_signals),
		FAULT(test_hangup),
		FAULT(test_lazy),
		FAULT(test_forced),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
