/* SPDX-License-Identifier: MIT */
/* Ratios of times, and how much they can be trusted. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void give_up(const char *format, ...)
{
	int error = errno;
	va_list args;

	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(EXIT_FAILURE);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double seconds_of(struct work work)
{
	double start = now();

	for (unsigned i = 0; i < work.times; i++)
		work.fn(work.data);
	return now() - start;
}

static int compare_numbers(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

struct measure measure_of(double *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), compare_numbers);
	return (struct measure){
		.median = (samples[(n - 1) / 2] + samples[n / 2]) / 2,
		.low = samples[n / 4],
		.high = samples[n - 1 - n / 4],
		.runs = (unsigned)n,
	};
}

/* Into *ret what the runs say; is that clear enough? */
static bool is_clear(const double *samples, size_t n, struct measure *ret)
{
	double sorted[RUNS_MAX];

	memcpy(sorted, samples, n * sizeof(*sorted));
	*ret = measure_of(sorted, n);
	return n >= RUNS_MIN && ret->high - ret->low <= SPREAD_WANTED * ret->median;
}

struct measure measure_runs(double (*sample)(const void *data, bool turn), const void *data)
{
	double samples[RUNS_MAX];
	struct measure ret;
	double start = now();
	size_t n = 0;

	sample(data, true);
	do {
		samples[n] = sample(data, n % 2);
		n++;
	} while (!is_clear(samples, n, &ret) && n < RUNS_MAX &&
		 (n < RUNS_MIN || now() - start < PATIENCE_SECONDS));
	return ret;
}

struct pair {
	struct work ours, theirs;
};

/* Short works take turns until there is enough to compare: what disturbs then disturbs both. */
static double ratio(const void *data, bool turn)
{
	const struct pair *pair = data;
	double ours = 0, theirs = 0;

	do {
		if (turn)
			ours += seconds_of(pair->ours);
		theirs += seconds_of(pair->theirs);
		if (!turn)
			ours += seconds_of(pair->ours);
		turn = !turn;
	} while (ours + theirs < RUN_SECONDS);
	return ours / theirs;
}

struct measure compare(struct work ours, struct work theirs)
{
	return measure_runs(ratio, &(struct pair){ours, theirs});
}

void run_program(const void *argv)
{
	char *const *words = argv;
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r, status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	r = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	errno = r;
	if (r != 0 || waitpid(pid, &status, 0) < 0)
		give_up("%s", words[0]);
	/* 1: grep has found nothing, as it should. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
		errno = ECANCELED;
		give_up("%s: status %x", words[0], (unsigned)status);
	}
}
