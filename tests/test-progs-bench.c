/* SPDX-License-Identifier: MIT */
/* pshm_xfr_bench: what it counts, in which form it says it, and that nothing of it stays. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/json.h"
#include "tests/pair.h"
#include "tests/progs.h"
#include "tests/support.h"

#define PLOT SANDBOX_WORK "/times.svg"

static const struct {
	const char *way;
	int size, blocks; /* of 20,000 bytes */
} wanted[] = {
	{"plain", 1000, 20},  {"plain", 10, 2000},  {"plain", 3000, 7},
	{"ours", 1000, 20},   {"ours", 10, 2000},   {"ours", 3000, 7},
	{"blocks", 1000, 20}, {"blocks", 10, 2000}, {"blocks", 3000, 7},
};
enum { N_WANTED = sizeof(wanted) / sizeof(wanted[0]) };

#define SMALL "--sizes=1000,10,3000", "--bytes=20000"

static void test_table(void **state)
{
	struct result result;
	char *line, *rest;

	(void)state;
	run(&result, program("pshm_xfr_bench"), SMALL, "--time=0", "--noheadings");
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	rest = result.out;
	for (int i = 0; i < N_WANTED; i++) {
		double seconds, rate, us, cpu, sent;
		int size, blocks, switches;
		char way[16];

		line = strsep(&rest, "\n");
		assert_int_equal(sscanf(line, "%15s %d %d %lf %lf %lf %d %lf %lf", way, &size,
					&blocks, &seconds, &rate, &us, &switches, &cpu, &sent),
				 9);
		assert_string_equal(way, wanted[i].way);
		assert_int_equal(size, wanted[i].size);
		assert_int_equal(blocks, wanted[i].blocks);
		/* A busy machine's rate may be less than a digit. */
		assert_true(rate >= 0 && us > 0 && switches >= 0 && sent == 100);
	}
	assert_string_equal(rest, "");
	result_deinit(&result);
	pair_expect_nothing_left();
}

/* Where the halves run is said with the figures. */
static void test_placement(void **state)
{
	struct result result;

	(void)state;
	run(&result, program("pshm_xfr_bench"), SMALL, "-r1", "--one-cpu");
	assert_int_equal(result.status, 0);
	assert_ptr_equal(strstr(result.out, "20000 bytes; both halves on CPU "), result.out);
	assert_non_null(strstr(result.out, "; medians of 1; Linux "));
	assert_non_null(strstr(result.out, "\nWAY    BUF_SIZE BLOCKS SECONDS "));
	result_deinit(&result);
	run(&result, "sh", "-c",
	    "taskset -c $(taskset -cp $$ | grep -o '[0-9]*$') \"$0\" -r1 -s10 "
	    "--bytes=1000",
	    program("pshm_xfr_bench"));
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "both halves on CPU "));
	result_deinit(&result);
}

static int64_t number(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	assert_true(json_object_object_get_ex(object, key, &value));
	assert_true(json_object_is_type(value, json_type_int));
	return json_object_get_int64(value);
}

static void test_json(void **state)
{
	_cleanup_json_ struct json_object *top = NULL;
	struct json_object *rows = NULL, *value = NULL;
	struct result result;

	(void)state;
	run(&result, program("pshm_xfr_bench"), SMALL, "--runs=2", "-t", "0", "-J");
	assert_int_equal(result.status, 0);
	assert_ptr_equal(strchr(result.out, '\n'), result.out + result.out_size - 1);
	top = json_tokener_parse(result.out);
	assert_int_equal(number(top, "bytes"), 20000);
	assert_int_equal(number(top, "runs"), 2);
	assert_true(number(top, "writer_cpu") >= 0 && number(top, "reader_cpu") >= 0);
	assert_true(json_object_object_get_ex(top, "rows", &rows));
	assert_int_equal(json_object_array_length(rows), N_WANTED);
	for (size_t i = 0; i < N_WANTED; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		assert_int_equal(number(row, "buf_size"), wanted[i].size);
		assert_int_equal(number(row, "blocks"), wanted[i].blocks);
		assert_true(json_object_object_get_ex(row, "way", &value));
		assert_string_equal(json_object_get_string(value), wanted[i].way);
		assert_true(json_object_object_get_ex(row, "seconds", &value));
		assert_true(json_object_is_type(value, json_type_double));
	}
	result_deinit(&result);
}

/* What takes too long is sent in part; the number of blocks is that of all. */
static void test_part(void **state)
{
	struct result result;
	double sent;
	int blocks;

	(void)state;
	run(&result, program("pshm_xfr_bench"), "-s10", "--bytes=16M", "-r1", "-t1");
	assert_int_equal(result.status, 0);
	assert_int_equal(sscanf(strstr(result.out, "\nplain"),
				"\nplain 10 %d %*f %*f %*f %*d %*f %lf", &blocks, &sent),
			 2);
	assert_int_equal(blocks, ((16 << 20) + 9) / 10);
	assert_true(sent > 0 && sent < 100);
	assert_non_null(strstr(result.out, "\nSENT% of the input was sent;"));
	result_deinit(&result);
}

static void test_plot(void **state)
{
	_cleanup_free_ char *svg = NULL;

	(void)state;
	expect_run_into("/dev/null", 0, "", "pshm_xfr_bench", SMALL, "-r1", "--plot=" PLOT);
	assert_int_equal(read_file(PLOT, &svg, NULL), 0);
	assert_non_null(strstr(svg, "<svg "));
	for (int i = 0; i < N_WANTED; i++)
		assert_non_null(strstr(svg, wanted[i].way));
	assert_non_null(strstr(svg, "</svg>\n"));
	assert_true(strlen(svg) < 60000);
}

/* A gnuplot of one's own in PATH. */
static void put_gnuplot(const char *script)
{
	_cleanup_close_ int fd =
		open(SANDBOX_WORK "/gnuplot", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	assert_int_equal(write(fd, script, strlen(script)), strlen(script));
}

#define BENCH_IN(path) "PATH=" path " exec \"$PSHM_PROGS\"/pshm_xfr_bench -s10 --bytes=10 -r1 "

static void test_plot_fails(void **state)
{
	(void)state;
	expect_run(1, "", "pshm_xfr_bench: --plot: gnuplot is not installed", "sh", "-c",
		   BENCH_IN("/proc") "-p " PLOT);
	put_gnuplot("#!/bin/sh\ncat\necho no >&2\nexit 3\n");
	expect_run_into("/dev/null", 1, "no\npshm_xfr_bench: --plot: gnuplot has failed\n", "sh",
			"-c", BENCH_IN(SANDBOX_WORK ":$PATH") "-p " PLOT);
	assert_int_equal(access(PLOT, F_OK), -1);
	expect_run(1, "", "pshm_xfr_bench: /none/x: No such file or directory\n", "pshm_xfr_bench",
		   "-p", "/none/x");
	expect_run(1, "", "pshm_xfr_bench: /mnt: Is a directory\n", "pshm_xfr_bench", "-p", "/mnt");
}

static void test_usage(void **state)
{
	(void)state;
	expect_run(2, "", "\"9\": not within 10 to 67108864 bytes", "pshm_xfr_bench", "-s",
		   "100,9");
	expect_run(2, "", "\"\": not a size", "pshm_xfr_bench", "--sizes=");
	expect_run(2, "", "\"\": not a size", "pshm_xfr_bench", "--sizes=10,");
	expect_run(2, "", "--sizes: more than 32", "pshm_xfr_bench", "-s",
		   "10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,10,"
		   "10,10,10,10,10,10,10");
	expect_run(2, "", "\"0\": not within 1 to 1073741824 bytes", "pshm_xfr_bench", "--bytes=0");
	expect_run(2, "", "\"0\": not within 1 to 99", "pshm_xfr_bench", "--runs", "0");
	expect_run(2, "", "\"1s\": not a number", "pshm_xfr_bench", "-t", "1s");
}

/* The blocks of 64 MiB do not fit into this /dev/shm. */
static void test_full(void **state)
{
	(void)state;
	expect_run(1, "", ": No space left on device\n", "pshm_xfr_bench", "-s64M", "--bytes=1",
		   "-r1", "-t0");
	pair_expect_nothing_left();
	expect_run_into("/dev/full", 1,
			"pshm_xfr_bench: standard output: No space left on device\n",
			"pshm_xfr_bench", "-s10", "--bytes=1", "-r1");
}

static bool has_object(void *data)
{
	_cleanup_free_ char *names = list_names("/dev/shm");

	(void)data;
	return strstr(names, "pshm_xfr_bench.");
}

static bool has_none(void *data)
{
	return !has_object(data);
}

/* The child's children, as a line of pids with blanks behind them; there are two when they run. */
static void read_children(pid_t pid, char ret[64])
{
	_cleanup_fclose_ FILE *file = fopen(pathf("/proc/%d/task/%d/children", pid, pid), "re");

	if (!file || !fgets(ret, 64, file))
		ret[0] = '\0';
}

static bool has_halves(void *data)
{
	int first, second;
	char line[64];

	read_children(*(pid_t *)data, line);
	return sscanf(line, "%d %d", &first, &second) == 2;
}

/* So many short transfers, in all ways, that it is ended in one of them. */
static void start_many(struct child *ret)
{
	start(ret, NULL, "pshm_xfr_bench", "-s", "64K,1000", "--bytes=1M", "-r99", "-t0");
}

/* One long one. */
static void start_plain(struct child *ret)
{
	start(ret, NULL, "pshm_xfr_bench", "-s10", "--bytes=32M", "-r1", "-t0");
	assert_true(wait_until(DEADLINE_MS, has_halves, &ret->pid));
}

static void test_signal(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	(void)state;
	for (int i = 0; i < 9; i++) {
		struct child bench;

		start_many(&bench);
		assert_true(wait_until(DEADLINE_MS, has_object, NULL));
		assert_int_equal(kill(bench.pid, signals[i % 3]), 0);
		expect_end(&bench, 128 + signals[i % 3], "", "");
		pair_expect_nothing_left();
	}
	for (int i = 0; i < 3; i++) {
		struct child bench;

		start_plain(&bench);
		assert_int_equal(kill(bench.pid, signals[i]), 0);
		expect_end(&bench, 128 + signals[i], "", "");
	}
}

/* No one can tidy up behind it but the halves. */
static void test_killed(void **state)
{
	struct child bench;

	(void)state;
	start_many(&bench);
	assert_true(wait_until(DEADLINE_MS, has_object, NULL));
	assert_int_equal(kill(bench.pid, SIGKILL), 0);
	expect_end(&bench, 128 + SIGKILL, "", "");
	assert_true(wait_until(DEADLINE_MS, has_none, NULL));
}

static void test_half_killed(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct child bench;
		int pids[2];
		char line[64];

		start_plain(&bench);
		read_children(bench.pid, line);
		assert_int_equal(sscanf(line, "%d %d", &pids[0], &pids[1]), 2);
		assert_int_equal(kill(pids[i], SIGKILL), 0);
		expect_end(&bench, 1, "", "was ended by signal 9 (Killed)\n");
		pair_expect_nothing_left();
	}
}

/* What was shown, up to `end`: the kernel hands it over in pieces. */
static void read_terminal(int terminal, const char *end, char *ret, size_t size)
{
	struct pollfd ready = {.fd = terminal, .events = POLLIN};
	size_t n = 0;

	while (n < strlen(end) || strcmp(ret + n - strlen(end), end) != 0) {
		ssize_t more;

		assert_int_equal(poll(&ready, 1, 10000), 1);
		more = read(terminal, ret + n, size - 1 - n);
		assert_true(more > 0);
		n += (size_t)more;
		ret[n] = '\0';
	}
}

/* A terminal sees how far it is. */
static void test_progress(void **state)
{
	_cleanup_close_ int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	_cleanup_close_ int kept = -1;
	struct result result;
	char shown[4096];

	(void)state;
	assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
	kept = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	run(&result, "sh", "-c", "exec \"$0\" -s10 --bytes=10 -r1 2>\"$1\"",
	    program("pshm_xfr_bench"), ptsname(terminal));
	assert_int_equal(result.status, 0);
	read_terminal(terminal, "left\r\033[K", shown, sizeof(shown));
	assert_non_null(strstr(shown, "\r\033[K[#####                         ] ours, 10 bytes, "));
	result_deinit(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_table),  SANDBOXED(test_placement),   SANDBOXED(test_json),
		SANDBOXED(test_part),   SANDBOXED(test_plot),        SANDBOXED(test_plot_fails),
		SANDBOXED(test_usage),  SANDBOXED(test_full),        SANDBOXED(test_signal),
		SANDBOXED(test_killed), SANDBOXED(test_half_killed), SANDBOXED(test_progress),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
