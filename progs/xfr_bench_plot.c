/* SPDX-License-Identifier: MIT */
/* The picture of pshm_xfr_bench, drawn by gnuplot(1): time against the number of blocks. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/xfr_bench.h"

/* Is it where execvp(3) would find it? */
static bool has_gnuplot(void)
{
	const char *path = getenv("PATH");

	while (path) {
		const char *end = strchrnul(path, ':');
		_cleanup_free_ char *file = NULL;

		if (asprintf(&file, "%.*s%sgnuplot", (int)(end - path), path,
			     end > path ? "/" : "") < 0)
			return false;
		if (access(file, X_OK) == 0)
			return true;
		path = *end ? end + 1 : NULL;
	}
	return false;
}

int bench_plot_open(const char *path, struct bench_plot *ret)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;

	*ret = (struct bench_plot){.path = path, .fd = -1};
	if (!has_gnuplot()) {
		cli_message("--plot: gnuplot is not installed (Debian: apt install gnuplot-nox)");
		return CLI_FAILED;
	}
	ret->fd = open(path, flags | O_CREAT | O_EXCL, 0666);
	ret->made = ret->fd >= 0;
	if (ret->fd < 0 && errno == EEXIST)
		ret->fd = open(path, flags);
	return ret->fd < 0 ? cli_error(path, -errno) : CLI_OK;
}

void bench_plot_close(struct bench_plot *plot)
{
	if (plot->made)
		unlink(plot->path);
	close_fdp(&plot->fd);
	plot->fd = -1;
}

static void write_data(FILE *out, const struct bench *bench, const struct bench_way *way)
{
	fprintf(out, "$%s << END\n", way->name);
	for (size_t i = 0; i < bench->n_rows; i++) {
		const struct bench_row *row = &bench->rows[i];

		if (row->way == way && !row->failed)
			fprintf(out, "%" PRIu64 " %.9f\n", bench_row_blocks(bench, row),
				bench_row_seconds(bench, row));
	}
	fputs("END\n", out);
}

static const char settings[] =
	"set terminal svg size 720,480 background 'white' font 'sans-serif,14'\n"
	"set logscale xy\n"
	"set format xy '10^{%T}'\n"
	"set xlabel 'blocks'\n"
	"set ylabel 'seconds'\n"
	"set grid\n"
	"set autoscale xfix\n"
	"set key left top\n"
	"set pointsize 0.7\n";

static void write_script(FILE *out, const struct bench *bench)
{
	fputs(settings, out);
	fprintf(out, "set title '%zu bytes, BUF_SIZE from %zu to %zu, %s' noenhanced\n",
		bench->files.bytes, bench->rows[0].size, bench->rows[bench->n_rows - 1].size,
		bench->cpus.writer == bench->cpus.reader ? "both halves on one CPU"
							 : "writer and reader on two CPUs");
	for (int i = 0; i < BENCH_WAYS; i++)
		write_data(out, bench, &bench_ways[i]);
	fputs("plot", out);
	for (int i = 0; i < BENCH_WAYS; i++)
		fprintf(out, "%s $%s with linespoints linewidth 2 title '%s'", i ? "," : "",
			bench_ways[i].name, bench_ways[i].name);
	fputc('\n', out);
}

/* A file in memory with the script. A descriptor, or -errno. */
static int make_script(const struct bench *bench)
{
	_cleanup_close_ int fd = memfd_create("pshm_xfr_bench.gnuplot", MFD_CLOEXEC);
	_cleanup_fclose_ FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (!out)
		return -errno;
	write_script(out, bench);
	if (fflush(out) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Run it from one descriptor into the other. 0, -ECANCELED where it has failed, or -errno. */
static int run_gnuplot(int in, int out)
{
	char *const argv[] = {"gnuplot", "-d", "-", NULL}; /* the user's settings are not ours */
	posix_spawn_file_actions_t actions;
	int r, status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECANCELED;
}

/* A device or a pipe cannot be cut, and needs not. */
static int copy_into(int fd, int from)
{
	off_t size = lseek(from, 0, SEEK_END), at = 0;
	char bytes[4096];

	if (size < 0 || (ftruncate(fd, 0) < 0 && errno != EINVAL))
		return -errno;
	while (at < size) {
		ssize_t n = pread(from, bytes, sizeof(bytes), at);

		if (n > 0)
			n = write(fd, bytes, (size_t)n);
		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? n : 0;
	}
	return 0;
}

int bench_plot_draw(struct bench_plot *plot, const struct bench *bench)
{
	_cleanup_close_ int script = make_script(bench);
	_cleanup_close_ int picture = memfd_create("pshm_xfr_bench.svg", MFD_CLOEXEC);
	int r = script < 0 ? script : picture < 0 ? -errno : run_gnuplot(script, picture);

	if (r < 0) {
		cli_message("--plot: gnuplot has failed%s%s", r == -ECANCELED ? "" : ": ",
			    r == -ECANCELED ? "" : strerror(-r));
		return CLI_FAILED;
	}
	r = copy_into(plot->fd, picture);
	if (r == 0 && close(take_fd(&plot->fd)) < 0)
		r = -errno;
	plot->made = plot->made && r < 0;
	return r < 0 ? cli_error(plot->path, r) : CLI_OK;
}
