/* SPDX-License-Identifier: MIT */
/* The rows of pshm_xfr_bench: how much of the input each sends, how often, and the median. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "progs/cli.h"
#include "progs/xfr_bench.h"

/* How far it is, on a terminal's standard error. */
struct progress {
	bool shown;
	size_t done, all; /* transfers; the search for a part counts as one */
	uint64_t begun;
};

static void show(const struct progress *progress, const struct bench_row *row)
{
	enum { WIDTH = 30 };
	const int full = (int)(progress->done * WIDTH / progress->all);
	uint64_t left = 0;

	if (!progress->shown)
		return;
	if (progress->done)
		left = (clock_ns() - progress->begun) / progress->done *
		       (progress->all - progress->done) / 1000000000;
	fprintf(stderr, CLI_CLEAR_LINE "[%-*.*s] %s, %zu bytes", WIDTH, full,
		"##############################", row->way->name, row->size);
	if (progress->done)
		fprintf(stderr, ", %d:%02d left", (int)(left / 60), (int)(left % 60));
	fflush(stderr);
}

static void hide(const struct progress *progress)
{
	if (progress->shown)
		fputs(CLI_CLEAR_LINE, stderr);
}

static size_t whole_blocks(const struct bench_row *row, double bytes)
{
	const size_t blocks = (size_t)bytes / row->size;

	return (blocks ? blocks : 1) * row->size;
}

/* How much can be sent in the time that there is: more and more, until that can be told. */
static int find_part(struct bench *bench, struct bench_row *row)
{
	enum { FIRST_BLOCKS = 64, GROWTH = 8 };
	const size_t bytes = bench->files.bytes;
	struct bench_sample sample;
	double wanted = (double)(FIRST_BLOCKS * row->size);

	row->part = bytes;
	if (!bench->most_ns)
		return 0;
	for (;;) {
		const size_t part = wanted < (double)bytes ? whole_blocks(row, wanted) : bytes;
		int r = bench_run(bench, row, part, &sample);

		if (r < 0)
			return r;
		wanted = (double)bench->most_ns / (double)(sample.ns + 1) * (double)part;
		if (part == bytes || wanted < (double)(GROWTH * part))
			break;
		wanted = (double)(GROWTH * part);
	}
	if (wanted < (double)bytes)
		row->part = whole_blocks(row, wanted);
	return 0;
}

/* Output that is wrong is this row's matter alone. */
static int settle(struct bench_row *row, int error)
{
	if (error != -EBADMSG)
		return error;
	cli_message("%s, blocks of %zu bytes: the output is not the input", row->way->name,
		    row->size);
	row->failed = true;
	return 0;
}

/* One step for each row that has not failed; `run` < 0: find out how much it sends. */
static int go_round(struct bench *bench, struct progress *progress, int run)
{
	for (size_t i = 0; i < bench->n_rows; i++) {
		struct bench_row *row = &bench->rows[i];
		int r = 0;

		show(progress, row);
		if (!row->failed)
			r = settle(row,
				   run < 0 ? find_part(bench, row)
					   : bench_run(bench, row, row->part, &row->samples[run]));
		if (r < 0)
			return r;
		progress->done++;
	}
	return 0;
}

static int compare_samples(const void *left, const void *right)
{
	const struct bench_sample *a = left, *b = right;

	return (a->ns > b->ns) - (a->ns < b->ns);
}

int bench_measure(struct bench *bench)
{
	struct progress progress = {.shown = isatty(STDERR_FILENO) == 1,
				    .all = bench->n_rows * (bench->runs + 1),
				    .begun = clock_ns()};
	int r = 0;

	for (int run = -1; r == 0 && run < (int)bench->runs; run++)
		r = go_round(bench, &progress, run);
	hide(&progress);
	for (size_t i = 0; r == 0 && i < bench->n_rows; i++) {
		struct bench_row *row = &bench->rows[i];

		qsort(row->samples, bench->runs, sizeof(*row->samples), compare_samples);
		row->median = row->samples[(bench->runs - 1) / 2];
	}
	return r;
}

static double whole_by_part(const struct bench *bench, const struct bench_row *row)
{
	return (double)bench->files.bytes / (double)row->part;
}

uint64_t bench_row_blocks(const struct bench *bench, const struct bench_row *row)
{
	if (row->part == bench->files.bytes)
		return row->median.blocks;
	return (bench->files.bytes + row->size - 1) / row->size;
}

double bench_row_seconds(const struct bench *bench, const struct bench_row *row)
{
	return (double)row->median.ns / 1e9 * whole_by_part(bench, row);
}

double bench_row_switches(const struct bench *bench, const struct bench_row *row)
{
	return (double)row->median.switches * whole_by_part(bench, row);
}
