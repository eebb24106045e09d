/* SPDX-License-Identifier: MIT */
/*
 * Our halves with anybody's: tests/plain_xfr.c, built in several ways. With PSHM_PROGS=FOLDER in
 * the environment of `meson test` they are another folder's halves instead of ours.
 */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/pair.h"
#include "tests/progs.h"
#include "tests/support.h"

static const struct {
	const char *name;
	const char *buffer; /* for our writer: a reader may not map more than this */
	size_t size;
} builds[] = {
	{"gcc-O0-10", "10", 10},          {"gcc-O2-10", "10", 10},
	{"gcc-O2-100", "100", 100},       {"gcc-O0-1024", NULL, 1024},
	{"gcc-O2-1024", NULL, 1024},      {"gcc-O2-4096", "4096", 4096},
	{"gcc-O0-10000", "10000", 10000}, {"gcc-O2-10000", "10000", 10000},
};

#define N_BUILDS (sizeof(builds) / sizeof(builds[0]))

/* Sizes around the ends of blocks, with all byte values. */
static void transfer_all(const struct pair *pair, size_t block)
{
	const size_t many = (block < 64 * 1024 ? 150 : 5) * block + 7;
	const size_t sizes[] = {0, 1, block - 1, block, block + 1, 3 * block, many};
	_cleanup_free_ char *bytes = pair_bytes(many);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		pair_transfer(pair, bytes, sizes[i]);
}

static void test_plain_readers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_BUILDS; i++)
		transfer_all(&(struct pair){NULL, builds[i].name, builds[i].buffer},
			     builds[i].size);
}

static void test_plain_writers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_BUILDS; i++)
		transfer_all(&(struct pair){builds[i].name, NULL, NULL}, builds[i].size);
}

static void test_ours(void **state)
{
	static const struct {
		const char *buffer;
		size_t size;
	} rows[] = {{"10", 10},         {"1000", 1000},       {NULL, 1024},
		    {"32767", 32767},   {"32K", 32 * 1024},   {"64K", 64 * 1024},
		    {"100000", 100000}, {"128K", 128 * 1024}, {"1M", 1 << 20}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		transfer_all(&(struct pair){.buffer = rows[i].buffer}, rows[i].size);
}

/* A plain half that works comes and goes while ours waits at a pipe: at once, not block by block.
 */
static void test_pauses(void **state)
{
	static const struct pair pairs[] = {
		{NULL, "gcc-O2-1024", NULL}, {"gcc-O2-1024", NULL, NULL}, {NULL, NULL, NULL}};
	const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY},
				 watched = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct child writer, reader;

		pair_start_writer(&writer, &pairs[i], &fed);
		pair_start_reader(&reader, &pairs[i], &watched);
		for (int n = 0; n < 3; n++) {
			_cleanup_free_ char *line = NULL;

			assert_int_equal(dprintf(writer.in, "line %d\n", n), 7);
			line = child_line(reader.out);
			assert_non_null(line);
			assert_string_equal(line, pathf("line %d", n));
		}
		expect_end(&writer, 0, "", "");
		expect_end(&reader, 0, "", "");
	}
}

/* A plain half is killed while ours waits for it in a semaphore, and at its input or output. */
static void test_plain_dies(void **state)
{
	const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY},
				 watched = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
	struct child writer, reader;

	(void)state;
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *line = NULL;

		pair_start_writer(&writer, &(struct pair){"gcc-O2-1024", NULL, NULL}, &fed);
		pair_start_reader(&reader, &(struct pair){0}, &watched);
		assert_int_equal(write(writer.in, "x\n", 2), 2);
		line = child_line(reader.out);
		child_kill(&writer);
		expect_end(&reader, 1, "", "pshm_xfr_reader: /pshm_xfr: the writer has ended");
		pair_expect_nothing_left();
	}
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *line = NULL;

		pair_start_writer(&writer, &(struct pair){0}, &fed);
		pair_start_reader(&reader, &(struct pair){NULL, "gcc-O2-1024", NULL}, &watched);
		assert_int_equal(write(writer.in, "x\n", 2), 2);
		line = child_line(reader.out);
		child_kill(&reader);
		if (i == 0) /* else it goes on waiting for its input */
			assert_int_equal(write(writer.in, "y\n", 2), 2);
		assert_true(pair_ends(&writer, DEADLINE_MS));
		expect_end(&writer, 1, "", "pshm_xfr_writer: /pshm_xfr: the reader has ended");
		pair_expect_nothing_left();
	}
}

/* A plain half that our own leaves is not left asleep: its write(2) or its sem_post(3) fails. */
static void test_plain_told(void **state)
{
	const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY},
				 watched = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	(void)state;
	for (int i = 0; i < 3; i++) {
		_cleanup_free_ char *line = NULL, *again = NULL;
		struct child writer, reader;

		pair_start_writer(&writer, &(struct pair){0}, &fed);
		pair_start_reader(&reader, &(struct pair){NULL, "gcc-O2-1024", NULL}, &watched);
		assert_int_equal(write(writer.in, "x\n", 2), 2);
		line = child_line(reader.out);
		assert_int_equal(kill(writer.pid, signals[i]), 0);
		expect_end(&reader, 1, "", "plain-xfr: write: Bad address\n");
		expect_end(&writer, 128 + signals[i], "", "");
		pair_start_writer(&writer, &(struct pair){"gcc-O2-1024", NULL, NULL}, &fed);
		pair_start_reader(&reader, &(struct pair){0}, &watched);
		assert_int_equal(write(writer.in, "x\n", 2), 2);
		again = child_line(reader.out);
		assert_int_equal(kill(reader.pid, signals[i]), 0);
		expect_end(&reader, 128 + signals[i], "", "");
		assert_int_equal(write(writer.in, "y\n", 2), 2);
		expect_end(&writer, 1, "", "plain-xfr: sem_post: Value too large");
		pair_expect_nothing_left();
	}
}

/* A plain second half: it has no lock, but it maps the object. */
static void test_plain_first(void **state)
{
	const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY};
	static const struct pair pairs[] = {{"gcc-O2-1024", "gcc-O2-1024", NULL},
					    {NULL, "gcc-O2-1024", NULL}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct child writer, reader;

		pair_start_writer(&writer, &pairs[i], &fed);
		pair_start_reader(&reader, &pairs[i], NULL);
		wait_for_sleeper("pshm_xfr", 32);
		expect_run(1, "",
			   pathf("pshm_xfr_reader: /pshm_xfr: in use: process %d is its reader\n",
				 reader.pid),
			   "pshm_xfr_reader");
		expect_run(1, "",
			   pathf("pshm_xfr_writer: /pshm_xfr: in use: process %d is its writer\n",
				 writer.pid),
			   "pshm_xfr_writer");
		expect_end(&writer, 0, "", "");
		expect_end(&reader, 0, "", "");
	}
}

/* Another C library's semaphores: refused, and said. */
static void test_musl(void **state)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "abc", 3};
	struct child writer, reader;

	(void)state;
	pair_start_writer(&writer, &(struct pair){0}, &setup);
	pair_start_reader(&reader, &(struct pair){NULL, "musl-O2-1024", NULL}, NULL);
	expect_end(&writer, 1, "", "the reader is of another kind (musl 64-bit)");
	child_kill(&reader);
	pair_start_writer(&writer, &(struct pair){"musl-O2-1024", NULL, NULL}, &setup);
	wait_for_object("pshm_xfr");
	expect_run(1, "", "the writer is of another kind (musl 64-bit)", "pshm_xfr_reader");
	child_kill(&writer);
	assert_int_equal(unlink(shm_path("pshm_xfr")), 0);
	pair_transfer(&(struct pair){"musl-O2-1024", "musl-O2-1024", NULL}, "abc", 0);
}

/* What 32-bit programs do to the bytes: their own object, and waiting in ours. */
static void test_32_bit(void **state)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "abc", 3};
	struct pshm_xfr32 *xfr;
	struct child writer;

	(void)state;
	put_xfr32("pshm_xfr", 0, 1, 3, "abc");
	xfr = map_object("pshm_xfr", sizeof(*xfr));
	expect_run(1, "", "the writer is of another kind (glibc 32-bit)", "pshm_xfr_reader");
	munmap(xfr, sizeof(*xfr));
	assert_int_equal(unlink(shm_path("pshm_xfr")), 0);
	pair_start_writer(&writer, &(struct pair){0}, &setup);
	wait_for_object("pshm_xfr");
	wait_for_sleeper("pshm_xfr", 0);
	xfr = map_object("pshm_xfr", sizeof(*xfr));
	xfr->rsem.word[0] |= 1; /* somebody waits */
	xfr->rsem.word[3]++;    /* so many */
	expect_end(&writer, 1, "", "the reader is of another kind (glibc 32-bit)");
	munmap(xfr, sizeof(*xfr));
	pair_expect_nothing_left();
}

/* With a flag that is none of its own, sem_post(3) of glibc ends the program: it is not called. */
static void test_damaged_semaphore(void **state)
{
	static const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY};
	struct child writer;
	struct pshm_xfr *xfr;
	uint32_t *words;

	(void)state;
	pair_start_writer(&writer, &(struct pair){0}, &fed);
	wait_for_object("pshm_xfr");
	xfr = map_object("pshm_xfr", sizeof(*xfr));
	assert_int_equal(write(writer.in, "one\n", 4), 4);
	assert_int_equal(sem_wait(&xfr->rsem), 0);
	words = (uint32_t *)&xfr->rsem;
	words[1] = 1;
	words[2] = 0x1111;
	assert_int_equal(sem_post(&xfr->wsem), 0);
	assert_int_equal(write(writer.in, "two\n", 4), 4);
	assert_true(pair_ends(&writer, DEADLINE_MS));
	expect_end(&writer, 1, "", "/pshm_xfr: damaged");
	munmap(xfr, sizeof(*xfr));
	pair_expect_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_plain_readers), SANDBOXED(test_plain_writers),
		SANDBOXED(test_ours),          SANDBOXED(test_pauses),
		SANDBOXED(test_plain_dies),    SANDBOXED(test_plain_told),
		SANDBOXED(test_plain_first),   SANDBOXED(test_musl),
		SANDBOXED(test_32_bit),        SANDBOXED(test_damaged_semaphore),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
