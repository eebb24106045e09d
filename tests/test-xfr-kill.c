/* SPDX-License-Identifier: MIT */
/*
 * One half of a transfer is killed (SIGKILL) at a random moment: the other, which is ours, ends
 * within a second, nothing wrong has been written, and the next run works.
 *
 * PSHM_KILLS=N: so many for each side; PSHM_SEED=N: those of an earlier run.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "tests/faults.h"
#include "tests/pair.h"
#include "tests/progs.h"
#include "tests/reliability.h"
#include "tests/support.h"

enum {
	KILLS = 8,
	SOON_MS = 1000,  /* the promise */
	LATE_MS = 10000, /* the machine may be busy */
	BYTES = 4 << 20,
};

/* What is transferred, and by whom; `us` is how long it has taken undisturbed. */
static struct kind {
	struct pair pair;
	size_t size;
	bool kills_writer, kills_reader;
	uint64_t us;
} kinds[] = {
	{{.buffer = "10"}, 20000, true, true},
	{{.buffer = NULL}, 1 << 20, true, true},
	{{.buffer = "64K"}, BYTES, true, true},
	{{.buffer = "1M"}, BYTES, true, true},
	{{.blocks = "4"}, BYTES, true, true},
	{{.blocks = "1024", .buffer = "100"}, 1 << 20, true, true},
	{{.blocks = "1", .buffer = "10"}, 20000, true, true},
	{{.writer = "gcc-O2-1024"}, 500000, true, false},
	{{.reader = "gcc-O2-1024"}, 500000, false, true},
	{{.writer = "gcc-O2-10000"}, 1 << 20, true, false},
	{{.reader = "gcc-O2-10000", .buffer = "10000"}, 1 << 20, false, true},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static char *bytes;
static unsigned late, waited, whole;

static struct child_setup input(const struct kind *kind)
{
	return (struct child_setup){STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, bytes, kind->size};
}

static void expect_prefix(const char *out, size_t size, const struct kind *kind)
{
	assert_true(size <= kind->size);
	assert_memory_equal(out, bytes, size);
}

/* The survivor had not met the other side, and still waits for one: this one will do. */
static void complete(const struct kind *kind, struct child *survivor, bool writer)
{
	const struct child_setup setup = input(kind);
	struct child other, *reader = writer ? &other : survivor;
	struct result result;

	waited++;
	if (writer)
		start(&other, NULL, "pshm_xfr_reader");
	else
		start(&other, &setup, "pshm_xfr_writer");
	child_finish(reader, &result);
	assert_int_equal(result.status, 0);
	assert_int_equal(result.out_size, kind->size);
	expect_prefix(result.out, result.out_size, kind);
	result_deinit(&result);
	expect_end(writer ? survivor : &other, 0, "", "");
}

/* Collect the survivor, which has ended; `out` is what the reader wrote, by whoever was killed. */
static void judge(const struct kind *kind, struct child *survivor, bool writer, const char *out,
		  size_t size)
{
	struct result result;

	child_finish(survivor, &result);
	if (!writer) {
		out = result.out;
		size = result.out_size;
	}
	expect_prefix(out, size, kind);
	if (result.status == 0) {
		whole++;
		assert_int_equal(size, kind->size);
		assert_int_equal(result.err_size, 0);
	} else {
		assert_int_equal(result.status, 1);
		if (!strstr(result.err,
			    writer ? "the reader has ended before" : "the writer has ended before"))
			fail_msg("%s", result.err);
	}
	result_deinit(&result);
}

static void kill_one(const struct kind *kind, bool kills_writer, uint64_t us)
{
	const struct child_setup setup = input(kind);
	struct child writer, reader, *victim = kills_writer ? &writer : &reader,
				     *survivor = kills_writer ? &reader : &writer;
	_cleanup_free_ char *out = NULL;
	size_t size = 0;
	uint64_t killed;

	pair_start_writer(&writer, &kind->pair, &setup);
	pair_start_reader(&reader, &kind->pair, NULL);
	child_wait_us(victim->pid, us);
	kill(victim->pid, SIGKILL);
	pair_ends(victim, DEADLINE_MS);
	killed = clock_ns();
	if (!kills_writer)
		out = child_said(reader.out, &size);
	if (!pair_ends(survivor, SOON_MS) && !pair_ends(survivor, size > 0 ? LATE_MS : 0))
		complete(kind, survivor, !kills_writer);
	else
		judge(kind, survivor, !kills_writer, out, size);
	late += clock_ns() - killed > SOON_MS * 1000000ull;
	child_finish(victim, NULL);
}

/* How long does it take, from the start of the reader on? */
static void measure(struct kind *kind)
{
	const struct child_setup setup = input(kind);
	struct child writer, reader;
	uint64_t begun;

	pair_start_writer(&writer, &kind->pair, &setup);
	pair_start_reader(&reader, &kind->pair, NULL);
	begun = clock_ns();
	pair_ends(&reader, DEADLINE_MS);
	kind->us = (clock_ns() - begun) / 1000 + 1;
	child_finish(&reader, NULL);
	child_finish(&writer, NULL);
}

static void kill_side(bool kills_writer)
{
	const char *kills = getenv("PSHM_KILLS");
	const unsigned n = kills ? (unsigned)strtoul(kills, NULL, 10) : KILLS;

	for (unsigned done = 0; done < n;) {
		const struct kind *kind = &kinds[fault_pick(N_KINDS)];
		uint64_t us = fault_pick((unsigned)(kind->us + kind->us / 8));

		if (!(kills_writer ? kind->kills_writer : kind->kills_reader))
			continue;
		kill_one(kind, kills_writer, us);
		pair_transfer(&(struct pair){0}, bytes, 3000); /* over what is left */
		done++;
	}
	print_message("%u killed: %u the transfer was over, %u had not met, %u noticed late\n", n,
		      whole, waited, late);
	/* Those that had not met are waited for a second. */
	assert_true(late - waited <= n / 10);
	reliability_row("faults",
			kills_writer ? "kill -9 of pshm_xfr_writer, at a random moment"
				     : "kill -9 of pshm_xfr_reader, at a random moment",
			pathf("%u times", n), "the other ends within 1 s, nothing wrong is written",
			"the transfer was over: %u; they had not met: %u; noticed later: %u; no "
			"wrong byte, and each next transfer worked",
			whole, waited, late - waited);
	late = waited = whole = 0;
}

static void test_kill_writer(void **state)
{
	(void)state;
	kill_side(true);
}

static void test_kill_reader(void **state)
{
	(void)state;
	kill_side(false);
}

static int set_up(void **state)
{
	(void)state;
	bytes = pair_bytes(BYTES);
	for (size_t i = 0; i < N_KINDS; i++)
		measure(&kinds[i]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(bytes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_kill_writer),
		SANDBOXED(test_kill_reader),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
