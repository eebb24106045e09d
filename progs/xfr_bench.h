/* SPDX-License-Identifier: MIT */
/* What the files of pshm_xfr_bench share. */
#pragma once

#include <stdio.h>

#include "core/transfer.h"

enum { BENCH_ROWS_MAX = 96, BENCH_RUNS_MAX = 99 };

/* A way in which the blocks go from one process to the other. */
struct bench_way {
	const char *name; /* one word */
	const char *help;
	/* How many blocks of this size the object has; 0: the course's single one. */
	unsigned (*blocks)(size_t size);
	/* What is there before both halves begin, and after: 0 or -errno. Both may be NULL. */
	int (*open)(size_t size);
	void (*close)(void);
	void (*send)(const struct transfer_setup *setup, struct transfer_result *ret);
	void (*receive)(const struct transfer_setup *setup, struct transfer_result *ret);
};

enum { BENCH_WAYS = 3 };
extern const struct bench_way bench_ways[BENCH_WAYS];

/* The input, and the output, which has its pages already: new ones cost more than the transfer. */
struct bench_files {
	size_t bytes;
	int input, output; /* files in memory without a name */
	char *content;     /* what the input has */
	char *written;     /* the output, mapped */
};

#define BENCH_FILES_NONE                                                                           \
	(struct bench_files)                                                                       \
	{                                                                                          \
		.input = -1, .output = -1                                                          \
	}

/* Random bytes. 0 or -errno; the caller gives `ret` to bench_files_close() in either case. */
int bench_files_open(size_t bytes, struct bench_files *ret);
void bench_files_close(struct bench_files *files);

/* The input has its first `part` bytes only, and the output has zeros. 0 or -errno. */
int bench_files_rewind(struct bench_files *files, size_t part);

/* Has the output these bytes of the input? */
bool bench_files_equal(const struct bench_files *files, size_t part);

/* Which processor each half is bound to. */
struct bench_cpus {
	int writer, reader; /* equal: both to the same one */
};

/* Two of those that this process may run on, of two cores where there are; or one. 0 or -errno. */
int bench_cpus_choose(bool one, struct bench_cpus *ret);

/* Bind this process. 0 or -errno. */
int bench_cpus_bind(int cpu);

/* What one transfer took. */
struct bench_sample {
	uint64_t bytes, blocks;
	uint64_t ns;       /* from the moment the halves have met until both have done all */
	uint64_t switches; /* voluntary ones, of both halves (getrusage(2), ru_nvcsw) */
	uint64_t cpu_ns;   /* of both */
};

struct bench_row {
	const struct bench_way *way;
	size_t size; /* of a block: BUF_SIZE */
	size_t part; /* so many bytes of the input are sent */
	bool failed; /* the output was not the input: there are no figures */
	struct bench_sample samples[BENCH_RUNS_MAX];
	struct bench_sample median; /* the sample that has the median time */
};

struct bench {
	char object[32]; /* the name in /dev/shm */
	struct bench_files files;
	struct bench_cpus cpus;
	unsigned runs;
	uint64_t most_ns; /* how long a transfer may take by about; 0: as long as it takes */
	struct bench_row *rows;
	size_t n_rows;
};

/*
 * bench_signals_catch() - SIGHUP, SIGINT and SIGTERM, where they are not ignored, end both halves.
 *
 * Whoever waits for these gets -EINTR then.
 */
void bench_signals_catch(void);

/* The signal that has come, or 0. */
int bench_signal(void);

/*
 * bench_run() - Send the first `part` bytes, by two processes of our own.
 *
 * 0; -EBADMSG: the output is not the input; -EINTR: by a signal; -ECANCELED: it has failed, and why
 * has been said; or -errno. No process and no object is left.
 */
int bench_run(struct bench *bench, const struct bench_row *row, size_t part,
	      struct bench_sample *ret);

/* Fill in the rows' figures, each run through all rows. As bench_run(); bad output is a message. */
int bench_measure(struct bench *bench);

/* Figures for the whole input: what was sent, times the whole by the part. */
uint64_t bench_row_blocks(const struct bench *bench, const struct bench_row *row);
double bench_row_seconds(const struct bench *bench, const struct bench_row *row);
double bench_row_switches(const struct bench *bench, const struct bench_row *row);

/* Print the table, or JSON, on standard output. 0 or -ENOMEM. */
int bench_print_table(const struct bench *bench, bool headings);
int bench_print_json(const struct bench *bench);

/* A picture of the times. */
struct bench_plot {
	const char *path;
	int fd;
	bool made; /* there was no such file */
};

/* Can it be drawn into this file? Else a message. Returns the exit status. */
int bench_plot_open(const char *path, struct bench_plot *ret);

/* Draw it, with or without the message; unless it is drawn, no new file is left. */
int bench_plot_draw(struct bench_plot *plot, const struct bench *bench);
void bench_plot_close(struct bench_plot *plot);
