/* SPDX-License-Identifier: MIT */
/*
 * The processes of the mount's own are killed (SIGKILL): the poster before, during and after a
 * write, and the unmounter. Reads go on, writes are whole or an error, and no zombie stays.
 *
 * PSHM_FAULTS=N: N times as often; PSHM_SEED=N: the moments of an earlier run.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/layouts.h"
#include "tests/faults.h"
#include "tests/load.h"
#include "tests/progs.h"
#include "tests/support.h"

/* Beside the writes, to the end: none of these may fail. */
static const struct reading readings[] = {{"count/seqnum", READ_FILE},
					  {"count/raw", READ_AGAIN},
					  {"count/json", READ_AGAIN},
					  {"", READ_LIST}};

static struct child daemon_here;
static struct load load;

static void begin(const char *options)
{
	fault_mount(&daemon_here, NULL, options);
	load_start(&load, POINT, readings, 4, 4);
	load_goes_on(&load, 1);
}

static void end(void)
{
	load_goes_on(&load, 1);
	load_stop(&load);
	assert_int_equal(umount2(POINT, 0), 0);
	fault_ends_well(&daemon_here);
	point_await_end();
}

/* Killed, and not a zombie of the daemon's. */
static void kill_helper(const char *name)
{
	pid_t pid = fault_process(name);

	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	fault_await_state(pid, '-');
}

static int write_seqnum(int seqnum)
{
	return write_file(POINT "/count/seqnum", pathf("%d\n", seqnum));
}

static void test_poster_before(void **state)
{
	(void)state;
	begin("write");
	assert_int_equal(write_seqnum(42), 0);
	cat_equals(POINT "/count/seqnum", "42\n");
	assert_int_equal(write_seqnum(41), 0);
	kill_helper("pshmfs-poster");
	cat_equals(POINT "/count/seqnum", "41\n"); /* what was written before stays */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write_seqnum(7), -EIO);
		assert_int_equal(write_file(POINT "/count/sem_post", "1\n"), -EIO);
	}
	cat_equals(POINT "/count/fields", "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\n"
					  "seqnum\t41\n");
	end();
	fault_row("kill -9 of the poster, before and after writes", "1 time",
		  "a write is an error, reads go on, no zombie",
		  "what was written stayed; each write afterwards was EIO and changed nothing; 4 "
		  "readers went on");
}

/* A process that writes once, and ends with the errno. */
static void start_writer(struct child *ret, int seqnum)
{
	if (child_fork(ret))
		_exit(-write_seqnum(seqnum));
}

/* The errno that it ended with. */
static int ending(struct child *writer)
{
	struct result result;
	int status;

	child_finish(writer, &result);
	status = result.status;
	result_deinit(&result);
	return status;
}

/* A write that has come to the poster and no further: that is stopped. */
static void start_stopped(struct child *writer, int seqnum)
{
	pid_t poster = fault_process("pshmfs-poster");

	assert_int_equal(kill(poster, SIGSTOP), 0);
	fault_await_state(poster, 'T');
	start_writer(writer, seqnum);
	load_goes_on(&load, 3);
	assert_false(child_ended(writer));
}

static void test_poster_during(void **state)
{
	struct child writer;
	uint64_t killed, took;

	(void)state;
	begin("write");
	start_stopped(&writer, 42);
	assert_int_equal(kill(fault_process("pshmfs-poster"), SIGCONT), 0);
	assert_int_equal(ending(&writer), 0);
	cat_equals(POINT "/count/seqnum", "42\n");
	assert_int_equal(write_seqnum(41), 0);
	start_stopped(&writer, 42);
	killed = clock_ns();
	kill_helper("pshmfs-poster");
	assert_int_equal(ending(&writer), EIO);
	took = clock_ns() - killed;
	fault_expect_within(took, 1000);
	cat_equals(POINT "/count/seqnum", "41\n");
	end();
	fault_row("kill -9 of the poster, which was stopped during a write", "1 time",
		  "an error within 1 s, reads go on, no zombie",
		  "EIO after %u ms, and nothing was changed; where it went on, so did the write; 4 "
		  "readers were not disturbed",
		  fault_ms(took));
}

/* Writes 42, 43... to the first error: the errno in *ret_error, and the last that was good. */
static int write_on(int *ret_error)
{
	int i = 41;

	while ((*ret_error = -write_seqnum(i + 1)) == 0)
		i++;
	return i;
}

/* As a program that uses it does. */
static void put_back(int seqnum)
{
	struct pshm_seqnum *object = map_object("count", sizeof(*object));

	object->seqnum = seqnum;
	munmap(object, sizeof(*object));
}

static void test_poster_random(void **state)
{
	const unsigned n = fault_times(10);

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		struct child killer;
		pid_t poster;
		int error, last;

		begin("write");
		poster = fault_process("pshmfs-poster");
		assert_true(poster > 0);
		if (child_fork(&killer)) {
			fault_random_moment(poster, 20000);
			_exit(kill(poster, SIGKILL) == 0 ? 0 : 1);
		}
		last = write_on(&error);
		assert_int_equal(error, EIO);
		assert_int_equal(ending(&killer), 0);
		/* The one that was an error may have been done: its answer was not given any more.
		 */
		last += word_of("count", 32) != (unsigned)last;
		assert_int_equal(word_of("count", 32), last);
		cat_equals(POINT "/count/seqnum", pathf("%d\n", last));
		fault_await_state(poster, '-');
		end();
		put_back(41);
	}
	fault_row("kill -9 of the poster, at a random moment of many writes", fault_times_text(n),
		  "the number is one that was written, reads go on",
		  "the last number written, or the next; then EIO; 4 readers went on");
}

/* Whoever unmounts by hand needs nothing of it. */
static void test_unmounter(void **state)
{
	(void)state;
	begin(NULL);
	kill_helper("pshmfs-umount");
	end();
	fault_row("kill -9 of the unmounter, then umount", "1 time", "reads go on, the mount ends",
		  "4 readers went on; the daemon ended with status 0, nothing was left");
}

/* A signal ends the daemon, which may not unmount: the dead mount is cleared by the next start. */
static void test_unmounter_signal(void **state)
{
	uint64_t killed, took;

	(void)state;
	begin(NULL);
	kill_helper("pshmfs-umount");
	killed = clock_ns();
	assert_int_equal(kill(daemon_here.pid, SIGTERM), 0);
	took = load_await_errors(&load, killed);
	fault_ends_well(&daemon_here);
	fault_expect_within(took, 1000);
	assert_int_equal(errno_of_open(POINT, O_RDONLY), ENOTCONN);
	fault_remount();
	fault_row("kill -9 of the unmounter, then SIGTERM of the daemon", "1 time",
		  "readers have an error within 1 s, the next mount works",
		  "errors after %u ms; the mount stayed, as ENOTCONN, until the next pshmfs there",
		  fault_ms(took));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT(test_poster_before), FAULT(test_poster_during),    FAULT(test_poster_random),
		FAULT(test_unmounter),     FAULT(test_unmounter_signal),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
