/* SPDX-License-Identifier: MIT */
/* The transfer pair, with each other and with plain programs of the course's protocol. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/progs.h"
#include "tests/support.h"

#define SIZE 1096 /* of the course's struct */

static const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY};

static struct pshm_xfr *map(const char *name)
{
	return map_object(name, SIZE);
}

/* sem_wait(3) with a deadline. */
static void take(sem_t *sem)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += DEADLINE_MS / 1000;
	assert_int_equal(sem_clockwait(sem, CLOCK_MONOTONIC, &end), 0);
}

static void expect_no_object(const char *name)
{
	assert_int_equal(access(shm_path(name), F_OK), -1);
}

static void transfer(const void *bytes, size_t size, const char *name)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, bytes, size};
	struct child writer;
	struct result read;
	struct stat st;

	start(&writer, &setup, "pshm_xfr_writer", "-n", name);
	wait_for_object(name);
	assert_int_equal(stat(shm_path(name), &st), 0);
	assert_int_equal(st.st_size, SIZE);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	run(&read, program("pshm_xfr_reader"), pathf("--name=/%s", name));
	assert_int_equal(read.status, 0);
	assert_int_equal(read.err_size, 0);
	assert_int_equal(read.out_size, size);
	assert_memory_equal(read.out, bytes, size);
	result_deinit(&read);
	expect_end(&writer, 0, "", "");
	expect_no_object(name);
}

static void test_sizes(void **state)
{
	static const size_t sizes[] = {0, 1, 1023, 1024, 1025, 1024 * 1024};
	static char bytes[1024 * 1024];

	(void)state;
	for (size_t done = 0; done < sizeof(bytes);)
		done += (size_t)getrandom(bytes + done, sizeof(bytes) - done, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		transfer(bytes, sizes[i], i % 2 ? "other" : "pshm_xfr");
}

/* What comes slowly is handed over at once. */
static void test_pieces(void **state)
{
	const struct child_setup watched = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
	struct child writer, reader;

	(void)state;
	start(&writer, &fed, "pshm_xfr_writer");
	wait_for_object("pshm_xfr");
	start(&reader, &watched, "pshm_xfr_reader");
	for (int i = 0; i < 3; i++) {
		_cleanup_free_ char *line = NULL;

		assert_int_equal(dprintf(writer.in, "line %d\n", i), 7);
		line = child_line(reader.out);
		assert_non_null(line);
		assert_string_equal(line, pathf("line %d", i));
	}
	expect_end(&writer, 0, "", ""); /* which closes its input */
	expect_end(&reader, 0, "", "");
}

/* A reader that posts nothing after end of file, and comes late. */
static void test_plain_reader(void **state)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "abc", 3};
	struct pshm_xfr *xfr;
	struct child writer;

	(void)state;
	start(&writer, &setup, "pshm_xfr_writer");
	wait_for_object("pshm_xfr");
	xfr = map("pshm_xfr");
	take(&xfr->rsem);
	assert_int_equal(xfr->cnt, 3);
	assert_memory_equal(xfr->buf, "abc", 3);
	assert_int_equal(sem_post(&xfr->wsem), 0);
	take(&xfr->rsem);
	assert_int_equal(xfr->cnt, 0);
	expect_end(&writer, 0, "", "");
	expect_no_object("pshm_xfr");
	munmap(xfr, SIZE);
}

static bool has_ended(void *data)
{
	return child_ended(data);
}

/* The name stays until a reader has come, even when there is nothing to be read. */
static void test_late_reader(void **state)
{
	struct pshm_xfr *xfr;
	struct child writer;

	(void)state;
	start(&writer, NULL, "pshm_xfr_writer");
	wait_for_object("pshm_xfr");
	xfr = map("pshm_xfr");
	assert_false(wait_until(300, has_ended, &writer));
	assert_int_equal(access(shm_path("pshm_xfr"), F_OK), 0);
	take(&xfr->rsem);
	expect_end(&writer, 0, "", "");
	expect_no_object("pshm_xfr");
	munmap(xfr, SIZE);
}

static bool has_opened(void *data)
{
	return fds_count(*(pid_t *)data) == 4;
}

/* A writer that makes its object in steps, as the course's exercise has it. */
static void test_plain_writer(void **state)
{
	struct pshm_xfr *xfr;
	struct child reader;

	(void)state;
	make_object("pshm_xfr", NULL, 0);
	start(&reader, NULL, "pshm_xfr_reader");
	assert_true(wait_until(DEADLINE_MS, has_opened, &reader.pid));
	assert_int_equal(truncate(shm_path("pshm_xfr"), SIZE), 0);
	xfr = map("pshm_xfr");
	assert_int_equal(sem_init(&xfr->rsem, 1, 0), 0);
	assert_false(child_ended(&reader));
	assert_int_equal(sem_init(&xfr->wsem, 1, 1), 0);
	for (int n = 5; n >= 0; n--) {
		take(&xfr->wsem);
		memcpy(xfr->buf, "12345", (size_t)n);
		xfr->cnt = n;
		assert_int_equal(sem_post(&xfr->rsem), 0);
	}
	expect_end(&reader, 0, "123451234123121", "");
	munmap(xfr, SIZE);
}

/* Somebody has it open, but it stays as it is. */
static void test_never_ready(void **state)
{
	struct pshm_xfr *xfr;

	(void)state;
	make_object("pshm_xfr", NULL, SIZE);
	xfr = map("pshm_xfr");
	expect_run(1, "", "pshm_xfr_reader: /pshm_xfr: not a transfer object", "pshm_xfr_reader");
	munmap(xfr, SIZE);
}

static void test_hostile_count(void **state)
{
	static const int counts[] = {-1, 1029, 1 << 30, INT_MIN};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct pshm_xfr *xfr;

		put_xfr("x", 0, 1, counts[i], "text");
		xfr = map("x");
		expect_run(1, "",
			   pathf("pshm_xfr_reader: x: cnt is %d, not within 0 to 1028", counts[i]),
			   "pshm_xfr_reader", "-n", "x");
		expect_no_object("x");
		munmap(xfr, SIZE);
	}
}

/* A larger buffer is used as it is. */
static void test_other_size(void **state)
{
	struct pshm_xfr *xfr;
	struct child reader;

	(void)state;
	put_xfr("x", 0, 0, 0, "");
	assert_int_equal(truncate(shm_path("x"), 100068), 0);
	xfr = map("x");
	start(&reader, NULL, "pshm_xfr_reader", "-n", "x");
	xfr->cnt = 100001;
	sem_post(&xfr->rsem);
	expect_end(&reader, 1, "", "cnt is 100001, not within 0 to 100000");
	munmap(xfr, SIZE);
}

static void test_signal(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct child writer;

		start(&writer, &fed, "pshm_xfr_writer");
		wait_for_object("pshm_xfr");
		assert_int_equal(kill(writer.pid, signals[i]), 0);
		expect_end(&writer, 128 + signals[i], "", "");
		expect_no_object("pshm_xfr");
	}
}

/* A writer removes its own object only, and an old one that it replaces. */
static void test_own_object_only(void **state)
{
	struct child first, second;

	(void)state;
	make_object("pshm_xfr", "old", 3);
	start(&first, &fed, "pshm_xfr_writer");
	expect_run(0, "", "", "sh", "-c",
		   "until [ $(stat -c %s /dev/shm/pshm_xfr || echo 0) = 1096 ]; do :; done "
		   "2>/dev/null");
	assert_int_equal(unlink(shm_path("pshm_xfr")), 0);
	start(&second, &fed, "pshm_xfr_writer");
	wait_for_object("pshm_xfr");
	assert_int_equal(kill(first.pid, SIGTERM), 0);
	expect_end(&first, 128 + SIGTERM, "", "");
	assert_int_equal(access(shm_path("pshm_xfr"), F_OK), 0);
	child_kill(&second);
}

/* Both sides end, and both say that it has failed. */
static void test_unreadable_input(void **state)
{
	struct child writer;

	(void)state;
	start(&writer, NULL, "sh", "-c", "exec \"$@\" < /", "sh", "pshm_xfr_writer");
	wait_for_object("pshm_xfr");
	expect_run(1, "", "the writer has failed\n", "pshm_xfr_reader");
	expect_end(&writer, 1, "", "pshm_xfr_writer: standard input: Is a directory\n");
	expect_no_object("pshm_xfr");
}

static void test_lost_output(void **state)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "abc", 3};
	const struct child_setup closed = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
	struct child writer, reader;
	struct pshm_xfr *xfr;

	(void)state;
	start(&writer, &setup, "pshm_xfr_writer");
	wait_for_object("pshm_xfr");
	expect_run_into("/dev/full", 1,
			"pshm_xfr_reader: standard output: No space left on device\n",
			"pshm_xfr_reader");
	child_kill(&writer);
	put_xfr("x", 0, 0, 3, "abc");
	start(&reader, &closed, "pshm_xfr_reader", "-n", "x");
	close(reader.out);
	reader.out = -1;
	xfr = map("x");
	sem_post(&xfr->rsem);
	expect_end(&reader, 1, "", "pshm_xfr_reader: standard output: Broken pipe\n");
	munmap(xfr, SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_sizes),
		SANDBOXED(test_pieces),
		SANDBOXED(test_plain_reader),
		SANDBOXED(test_late_reader),
		SANDBOXED(test_plain_writer),
		SANDBOXED(test_never_ready),
		SANDBOXED(test_hostile_count),
		SANDBOXED(test_other_size),
		SANDBOXED(test_signal),
		SANDBOXED(test_own_object_only),
		SANDBOXED(test_unreadable_input),
		SANDBOXED(test_lost_output),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
