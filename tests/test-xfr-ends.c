/* SPDX-License-Identifier: MIT */
/* How transfers of our own pair begin and end: who may take part, what is left, who is told. */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/layouts.h"
#include "tests/pair.h"
#include "tests/progs.h"
#include "tests/support.h"

static const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY},
				watched = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
static struct pair ours; /* by one protocol, then by the other */

/* Both at work: the first line has gone through. */
static void begin(struct child *writer, struct child *reader)
{
	_cleanup_free_ char *line = NULL;

	pair_start_writer(writer, &ours, &fed);
	pair_start_reader(reader, &ours, &watched);
	assert_int_equal(write(writer->in, "one\n", 4), 4);
	line = child_line(reader->out);
	assert_non_null(line);
	assert_string_equal(line, "one");
}

/* Whoever comes first waits for the other; a name that is taken by something else is no writer. */
static void test_reader_first(void **state)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "abc", 3};
	struct child reader, writer;

	(void)state;
	pair_start_reader(&reader, &ours, NULL);
	assert_false(pair_ends(&reader, 300));
	make_object("another", "abc", 3);
	assert_false(pair_ends(&reader, 200));
	assert_int_equal(unlink(shm_path("another")), 0);
	pair_start_writer(&writer, &ours, &setup);
	expect_end(&reader, 0, "abc", "");
	expect_end(&writer, 0, "", "");
	pair_expect_nothing_left();
}

/* What a dead pair has left: its block is not read again, and the name is made anew. */
static void test_leftovers(void **state)
{
	static const struct {
		unsigned wsem, rsem;
		int cnt;
	} left[] = {{0, 1, 3}, {1, 0, 3}, {0, 0, 3}, {0, 1, 0}, {0, 1, -1}};
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "new", 3};

	(void)state;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		struct child reader, writer;

		put_xfr("pshm_xfr", left[i].wsem, left[i].rsem, left[i].cnt, "old");
		pair_start_reader(&reader, &ours, NULL);
		assert_false(pair_ends(&reader, 100));
		pair_start_writer(&writer, &ours, &setup);
		expect_end(&reader, 0, "new", "");
		expect_end(&writer, 0, "", "");
		pair_expect_nothing_left();
	}
}

/* A reader that was left asleep by a dead writer is none that uses the object. */
static void test_hung_reader(void **state)
{
	struct child hung;

	(void)state;
	put_xfr("pshm_xfr", 1, 0, 0, "");
	pair_start_reader(&hung, &(struct pair){.reader = "gcc-O2-1024"}, NULL);
	wait_for_sleeper("pshm_xfr", 32);
	pair_transfer(&ours, "abc", 3);
	assert_false(child_ended(&hung));
	child_kill(&hung);
}

static void test_second(void **state)
{
	struct child writer, reader;

	(void)state;
	begin(&writer, &reader);
	expect_run(
		1, "",
		pathf("pshm_xfr_writer: /pshm_xfr: in use: process %d is its writer\n", writer.pid),
		"pshm_xfr_writer");
	expect_run(
		1, "",
		pathf("pshm_xfr_reader: /pshm_xfr: in use: process %d is its reader\n", reader.pid),
		"pshm_xfr_reader");
	expect_end(&writer, 0, "", ""); /* they went on */
	expect_end(&reader, 0, "", "");
	pair_expect_nothing_left();
}

/* Killed while the other one sleeps in its semaphore, and while it waits for input. */
static void test_killed(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct child writer, reader;

		begin(&writer, &reader);
		child_kill(i ? &reader : &writer);
		expect_end(i ? &writer : &reader, 1, "",
			   i ? "pshm_xfr_writer: /pshm_xfr: the reader has ended before"
			     : "pshm_xfr_reader: /pshm_xfr: the writer has ended before");
		pair_expect_nothing_left();
	}
}

/* One that is stopped lives, however long it takes. */
static void test_stopped(void **state)
{
	struct child writer, reader;

	(void)state;
	begin(&writer, &reader);
	assert_int_equal(kill(writer.pid, SIGSTOP), 0);
	assert_false(pair_ends(&reader, 1500));
	assert_int_equal(kill(writer.pid, SIGCONT), 0);
	expect_end(&writer, 0, "", "");
	expect_end(&reader, 0, "", "");
}

static void test_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct child writer, reader, *first = i % 2 ? &writer : &reader,
					     *other = i % 2 ? &reader : &writer;

		begin(&writer, &reader);
		assert_int_equal(kill(first->pid, signals[i / 2]), 0);
		expect_end(first, 128 + signals[i / 2], "", "");
		assert_true(pair_ends(other, DEADLINE_MS));
		expect_end(other, 1, "", i % 2 ? "the writer has failed" : "the reader has failed");
		pair_expect_nothing_left();
	}
}

/* Output that cannot be written: said by the reader, and known to the writer. */
static void test_lost_output(void **state)
{
	struct child writer, reader;

	(void)state;
	pair_start_writer(&writer, &ours, &fed);
	wait_for_object("pshm_xfr");
	assert_int_equal(write(writer.in, "abc", 3), 3);
	expect_run_into("/dev/full", 1,
			"pshm_xfr_reader: standard output: No space left on device\n",
			"pshm_xfr_reader");
	assert_true(pair_ends(&writer, DEADLINE_MS));
	expect_end(&writer, 1, "", "pshm_xfr_writer: /pshm_xfr: the reader has failed\n");
	pair_expect_nothing_left();
	begin(&writer, &reader);
	close(reader.out);
	reader.out = -1;
	assert_int_equal(write(writer.in, "two\n", 4), 4);
	expect_end(&reader, 1, "", "pshm_xfr_reader: standard output: Broken pipe\n");
	assert_true(pair_ends(&writer, DEADLINE_MS));
	expect_end(&writer, 1, "", "pshm_xfr_writer: /pshm_xfr: the reader has failed\n");
	pair_expect_nothing_left();
}

struct fill {
	int pipe, size;
};

static bool is_full(void *data)
{
	const struct fill *fill = data;
	int n = 0;

	return ioctl(fill->pipe, FIONREAD, &n) == 0 && n >= fill->size;
}

/* Wait until so many bytes are in the pipe. */
static void wait_for_full(int pipe, int size)
{
	assert_true(wait_until(DEADLINE_MS, is_full, &(struct fill){pipe, size}));
}

/* The reader waits at a full pipe, and nothing that it has is lost when the writer has it all sent.
 */
static void test_slow_output(void **state)
{
	const size_t size = 1 << 20;
	_cleanup_free_ char *bytes = pair_bytes(size), *copy = malloc(size);
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, bytes, size};
	struct child writer, reader;
	size_t done = 0;
	ssize_t n;

	(void)state;
	pair_start_writer(&writer, &(struct pair){.buffer = "1M", .blocks = ours.blocks}, &setup);
	pair_start_reader(&reader, &ours, &watched);
	assert_false(pair_ends(&writer, 500));
	while (done < size && (n = read(reader.out, copy + done, size - done)) > 0)
		done += (size_t)n;
	assert_int_equal(done, size);
	assert_memory_equal(copy, bytes, size);
	expect_end(&reader, 0, "", "");
	expect_end(&writer, 0, "", "");
}

/* The same, but the writer is killed: the reader does not wait for its own output to say so. */
static void test_killed_at_full_pipe(void **state)
{
	_cleanup_free_ char *bytes = pair_bytes(1 << 20);
	const char *const buffers[] = {"1000", "1M"};
	struct child writer, reader;

	(void)state;
	for (int i = 0; i < 2; i++) {
		pair_start_writer(
			&writer, &(struct pair){.buffer = buffers[i], .blocks = ours.blocks}, &fed);
		pair_start_reader(&reader, &ours, &watched);
		assert_int_equal(write(writer.in, bytes, 60000), 60000);
		wait_for_full(reader.out, 60000);
		assert_int_equal(write(writer.in, bytes, 60000), 60000);
		assert_false(pair_ends(&reader, 200));
		child_kill(&writer);
		assert_true(pair_ends(&reader, DEADLINE_MS));
		expect_end(&reader, 1, "", "the writer has ended before");
		pair_expect_nothing_left();
	}
}

static void test_inputs(void **state)
{
	struct child writer;

	(void)state;
	start(&writer, NULL, "sh", "-c", "exec \"$@\" <&-", "sh", "pshm_xfr_writer");
	expect_end(&writer, 1, "", "pshm_xfr_writer: standard input: Bad file descriptor\n");
	start(&writer, NULL, "sh", "-c", "exec \"$@\" < /", "sh", "pshm_xfr_writer");
	expect_end(&writer, 1, "", "pshm_xfr_writer: standard input: Is a directory\n");
	pair_expect_nothing_left();
}

static void test_sizes_asked_for(void **state)
{
	static const char *const bad[] = {"", "9", "64M1", "65M", "x", "-1", "1G", "10 ", "K"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_run(2, "", pathf("\"%s\": not ", bad[i]), "pshm_xfr_writer", "-b", bad[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_run(2, "", pathf("\"%s\": not ", i == 1 ? "0" : bad[i]), "pshm_xfr_writer",
			   "-B", i == 1 ? "0" : bad[i]);
	expect_run(2, "", "not within 1 to 1024", "pshm_xfr_writer", "--blocks=1025");
	pair_transfer(&(struct pair){.buffer = "64M", .blocks = ours.blocks ? "1" : NULL}, "abc",
		      3);
}

/* -v says how much it was; not on a terminal, nothing else. */
static void test_verbose(void **state)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "abc", 3};
	struct child writer;

	(void)state;
	start(&writer, &setup, "pshm_xfr_writer", "-v");
	wait_for_object("pshm_xfr");
	expect_run(0, "abc", "pshm_xfr_reader: /pshm_xfr: 3 bytes in 1 blocks\n", "pshm_xfr_reader",
		   "--verbose");
	expect_end(&writer, 0, "", "pshm_xfr_writer: /pshm_xfr: 3 bytes in 1 blocks\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_reader_first), SANDBOXED(test_leftovers),
		SANDBOXED(test_hung_reader),  SANDBOXED(test_second),
		SANDBOXED(test_killed),       SANDBOXED(test_stopped),
		SANDBOXED(test_signals),      SANDBOXED(test_lost_output),
		SANDBOXED(test_slow_output),  SANDBOXED(test_killed_at_full_pipe),
		SANDBOXED(test_inputs),       SANDBOXED(test_sizes_asked_for),
		SANDBOXED(test_verbose),
	};
	int r;

	sandbox_enter();
	r = cmocka_run_group_tests_name("one block", tests, NULL, NULL);
	ours.blocks = "4";
	return r + cmocka_run_group_tests_name("four blocks", tests, NULL, NULL);
}
