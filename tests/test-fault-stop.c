/* SPDX-License-Identifier: MIT */
/*
 * The daemon is stopped (SIGSTOP): who asks it waits, nobody else does, and it can be got rid of;
 * when it goes on, nothing was lost.
 *
 * PSHM_FAULTS=N: N times as often.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/clock.h"
#include "tests/faults.h"
#include "tests/load.h"
#include "tests/support.h"

/* By descriptors: they work also where the mount has no place any more. */
static const struct reading readings[] = {
	{"count/seqnum", READ_AGAIN},    {"count/json", READ_AGAIN},
	{"count/raw", READ_AGAIN},       {"count/stat", READ_AGAIN},
	{".pshmfs/holders", READ_AGAIN}, {"count/fields", READ_AGAIN},
	{"count/layout", READ_AGAIN},    {".pshmfs/graph.dot", READ_AGAIN}};

#define READERS 8

static struct child daemon_here;
static struct load load;

static void stop(void)
{
	assert_int_equal(kill(daemon_here.pid, SIGSTOP), 0);
	fault_await_state(daemon_here.pid, 'T');
	load_waits(&load);
}

static void go_on(void)
{
	assert_int_equal(kill(daemon_here.pid, SIGCONT), 0);
}

static void begin(void)
{
	fault_mount(&daemon_here, NULL, "max_age=0");
	load_start(&load, POINT, readings, READERS, READERS);
	load_goes_on(&load, 1);
	stop();
}

static void end(void)
{
	load_stop(&load);
	assert_int_equal(umount2(POINT, 0), 0);
	fault_ends_well(&daemon_here);
	point_await_end();
}

static void test_continued(void **state)
{
	const unsigned n = fault_times(5);

	(void)state;
	begin();
	for (unsigned i = 0; i < n; i++) {
		go_on();
		load_goes_on(&load, 3);
		stop();
	}
	go_on();
	load_goes_on(&load, 3);
	end();
	fault_row("SIGSTOP and SIGCONT of the daemon", fault_times_text(n),
		  "readers wait, and then go on",
		  "each of %d readers waited, and went on by the same descriptor; no read failed",
		  READERS);
}

/* Those whose request was not taken yet end at once; of the others the kernel waits for an answer.
 */
static void test_killed(void **state)
{
	static const struct reading newcomers[] = {{"count/seqnum", READ_FILE}, {"", READ_LIST}};
	unsigned at_once = 0;
	struct load late;

	(void)state;
	begin();
	load_start(&late, POINT, newcomers, 2, READERS);
	load_waits(&late);
	load_deinit(&late); /* which waits for their end */
	for (size_t i = 0; i < READERS; i++)
		kill(load.children[i].pid, SIGKILL);
	for (size_t i = 0; i < READERS; i++)
		at_once += child_ended(&load.children[i]);
	go_on();
	load_deinit(&load);
	cat_equals(POINT "/count/seqnum", "41\n");
	assert_int_equal(umount2(POINT, 0), 0);
	fault_ends_well(&daemon_here);
	fault_row(
		"kill -9 of readers of a stopped daemon", fault_times_text(2 * READERS),
		"those that it had not begun with end, all when it goes on",
		"%d that came while it was stopped ended; of those before %u did at once, and all "
		"at SIGCONT; it served on",
		READERS, at_once);
}

/* They look at /dev/shm and /proc, among others at who waits for the mount. Returns the time in ns.
 */
static uint64_t run_beside(const char *name, const char *option)
{
	uint64_t begun = clock_ns();
	struct result result;

	run(&result, program(name), option);
	if (result.status || *result.err)
		fail_msg("%s: %d, \"%s\"", name, result.status, result.err);
	result_deinit(&result);
	return clock_ns() - begun;
}

static void test_programs(void **state)
{
	uint64_t ls, stuck, all;

	(void)state;
	begin();
	ls = run_beside("pshm_ls", NULL);
	stuck = run_beside("pshm_stuck", NULL);
	all = run_beside("pshm_stuck", "--all");
	go_on();
	load_goes_on(&load, 1);
	end();
	fault_expect_within(ls, 10000);
	fault_expect_within(stuck, 10000);
	fault_expect_within(all, 10000);
	fault_row("pshm_ls, pshm_stuck and pshm_stuck --all beside a stopped daemon", "1 time",
		  "they end within 10 s", "%u, %u and %u ms", fault_ms(ls), fault_ms(stuck),
		  fault_ms(all));
}

/* The mount goes from the tree at once; who has a file open reads on when the daemon does. */
static void detach(const char *const argv[])
{
	uint64_t begun, took;
	struct result result;

	begin();
	begun = clock_ns();
	run_argv(&result, argv, NULL);
	took = clock_ns() - begun;
	if (result.status || *result.err)
		fail_msg("%s: %d, \"%s\"", argv[0], result.status, result.err);
	result_deinit(&result);
	assert_false(mount_shown(POINT));
	go_on();
	load_goes_on(&load, 3);
	assert_false(child_ended(&daemon_here));
	load_stop(&load);
	fault_ends_well(&daemon_here);
	point_await_end();
	fault_row(pathf("%s %s of a stopped daemon's mount", argv[0], argv[1]), "1 time",
		  "it is gone at once, open files work on",
		  "gone after %u ms; %d readers went on after SIGCONT; the daemon ended with them",
		  fault_ms(took), READERS);
}

static void test_detached(void **state)
{
	(void)state;
	detach((const char *const[]){"umount", "-l", POINT, NULL});
	detach((const char *const[]){"fusermount3", "-uz", POINT, NULL});
}

/* Cut off by the kernel: the way out that is always there. */
static void test_aborted(void **state)
{
	uint64_t begun, took;
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(SANDBOX_WORK "/control", 0755), 0);
	/* Only the machine's own root may. */
	if (mount("none", SANDBOX_WORK "/control", "fusectl", 0, NULL) < 0)
		return;
	fault_mount(&daemon_here, NULL, "max_age=0");
	assert_int_equal(stat(POINT, &st), 0);
	load_start(&load, POINT, readings, READERS, READERS);
	load_goes_on(&load, 1);
	stop();
	begun = clock_ns();
	assert_int_equal(write_file(pathf(SANDBOX_WORK "/control/%u/abort", minor(st.st_dev)), "1"),
			 0);
	took = load_await_errors(&load, begun);
	fault_expect_within(took, 1000);
	assert_int_equal(umount2(SANDBOX_WORK "/control", 0), 0);
	go_on();
	fault_ends_well(&daemon_here);
	fault_expect_cleared();
	fault_row("abort of a stopped daemon's connection", "1 time",
		  "an error within 1 s, the next mount works",
		  "each of %d readers had an error, the last after %u ms; at SIGCONT the daemon "
		  "ended with status 0",
		  READERS, fault_ms(took));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT(test_continued), FAULT(test_killed),  FAULT(test_programs),
		FAULT(test_detached),  FAULT(test_aborted),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
