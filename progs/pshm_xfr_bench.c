/* SPDX-License-Identifier: MIT */
/* The optional exercise: how the time of a transfer depends on BUF_SIZE. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/xfr_bench.h"

/* Options with a long form only. */
enum { BYTES = 1, ONE_CPU, NO_HEADINGS };

static const struct cli_option options[] = {
	{'s', "sizes", "SIZES", "BUF_SIZE, A,B,… (10000,5000,2000,1000,500,…,10)"},
	{BYTES, "bytes", "SIZE", "how much is sent (10000000)"},
	{'r', "runs", "N", "figures are medians of N transfers, 1 to 99 (3)"},
	{'t', "time", "MS", "what takes longer is sent in part (400); 0: all of it"},
	{ONE_CPU, "one-cpu", NULL, "both halves on one processor, not on two"},
	{'p', "plot", "FILE", "draw time against blocks into FILE, as SVG, by gnuplot"},
	{'J', "json", NULL, "print JSON"},
	{NO_HEADINGS, "noheadings", NULL, "the rows of the table alone"},
	{0},
};

static void print_ways(void)
{
	puts("\nWays:");
	for (int i = 0; i < BENCH_WAYS; i++)
		printf("  %-7s %s\n", bench_ways[i].name, bench_ways[i].help);
}

static const struct cli_program program = {
	.name = "pshm_xfr_bench",
	.usage = "",
	.summary = "Send the same bytes through shared memory in blocks of several sizes, and "
		   "compare the\ntimes.",
	.options = options,
	.help = print_ways,
};

#define DEFAULT_SIZES "10000,5000,2000,1000,500,200,100,50,20,10"

/* Rows for each way, and in it for each of the sizes. Wrong ones end the program. 0 or -ENOMEM. */
static int make_rows(struct bench *bench, const char *sizes)
{
	_cleanup_free_ char *list = strdup(sizes);
	size_t n = 0, parsed[BENCH_ROWS_MAX / BENCH_WAYS];
	char *rest = list, *word;

	while ((word = strsep(&rest, ","))) {
		if (n == sizeof(parsed) / sizeof(*parsed))
			cli_usage_error("--sizes: more than %zu", n);
		parsed[n++] = (size_t)cli_size(word, TRANSFER_BUFFER_MIN, TRANSFER_BUFFER_MAX);
	}
	bench->rows = calloc(n * BENCH_WAYS, sizeof(*bench->rows));
	if (!list || !bench->rows)
		return -ENOMEM;
	for (size_t i = 0; i < n * BENCH_WAYS; i++)
		bench->rows[bench->n_rows++] =
			(struct bench_row){.way = &bench_ways[i / n], .size = parsed[i % n]};
	return 0;
}

static long long number(char letter, long long max, long long otherwise)
{
	return cli_option(letter) ? cli_number(cli_option(letter), 10, letter == 'r', max)
				  : otherwise;
}

static bool any_failed(const struct bench *bench)
{
	for (size_t i = 0; i < bench->n_rows; i++)
		if (bench->rows[i].failed)
			return true;
	return false;
}

static int report(const struct bench *bench, struct bench_plot *plot)
{
	int r = cli_option('J') ? bench_print_json(bench)
				: bench_print_table(bench, !cli_option(NO_HEADINGS));
	int status = r < 0 ? cli_error("table", r) : CLI_OK;

	cli_flush();
	if (status == CLI_OK && plot->fd >= 0)
		status = bench_plot_draw(plot, bench);
	return any_failed(bench) ? CLI_FAILED : status;
}

static int run(struct bench *bench, size_t bytes, struct bench_plot *plot)
{
	int r = bench_files_open(bytes, &bench->files);

	if (r == 0)
		r = bench_cpus_choose(cli_option(ONE_CPU), &bench->cpus);
	if (r == 0)
		r = bench_measure(bench);
	if (r == -ECANCELED || r == -EINTR)
		return CLI_FAILED;
	return r < 0 ? cli_error(bench->object, r) : report(bench, plot);
}

int main(int argc, char *argv[])
{
	struct bench bench = {.files = BENCH_FILES_NONE};
	struct bench_plot plot = {.fd = -1};
	size_t bytes = 10000000;
	int status, r;

	cli_start(&program, argc, argv);
	snprintf(bench.object, sizeof(bench.object), "pshm_xfr_bench.%d", (int)getpid());
	bench.runs = (unsigned)number('r', BENCH_RUNS_MAX, 3);
	bench.most_ns = (uint64_t)number('t', 3600000, 400) * 1000000;
	if (cli_option(BYTES))
		bytes = (size_t)cli_size(cli_option(BYTES), 1, 1 << 30);
	r = make_rows(&bench, cli_option('s') ? cli_option('s') : DEFAULT_SIZES);
	if (r < 0)
		return cli_finish(cli_error("--sizes", r));
	bench_signals_catch();
	status = cli_option('p') ? bench_plot_open(cli_option('p'), &plot) : CLI_OK;
	if (status == CLI_OK)
		status = run(&bench, bytes, &plot);
	bench_plot_close(&plot);
	bench_files_close(&bench.files);
	free(bench.rows);
	if (bench_signal()) {
		signal(bench_signal(), SIG_DFL);
		raise(bench_signal());
	}
	return cli_finish(status);
}
