/* SPDX-License-Identifier: MIT */
/* What the parts of the benchmark share: times side by side, and rows of a table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* No fewer runs than this; more, up to the other, while they differ too much. */
#define RUNS_MIN 7
#define RUNS_MAX 21

/* But no more of them once they have taken this long. */
#define PATIENCE_SECONDS 40

/* How far the middle half of the runs may lie apart, as a part of their median. */
#define SPREAD_WANTED 0.10

/* How long one run goes on at least. */
#define RUN_SECONDS 0.4

/* Something that takes time; `data` says of what, `times` how often in a row. */
struct work {
	void (*fn)(const void *data);
	const void *data;
	unsigned times;
};

/* What came out of many runs; the quartiles say how noisy they were. */
struct measure {
	double median, low, high;
	unsigned runs;
};

/*
 * measure_runs() - Take samples until they are clear: `turn` says who goes first in it.
 *
 * The first is not counted.
 */
struct measure measure_runs(double (*sample)(const void *data, bool turn), const void *data);

/*
 * compare() - How many times as long `ours` takes as `theirs`.
 *
 * One run is both, one right after the other, and who goes first takes turns; short ones go on
 * like that for RUN_SECONDS. Only the ratio of two
 * neighbours is ever used: other processes on the machine, its clock and its caches bear on both.
 */
struct measure compare(struct work ours, struct work theirs);

/* The middle of `n` numbers, which are sorted for it. */
struct measure measure_of(double *samples, size_t n);

/* Seconds that it takes, all its times. */
double seconds_of(struct work work);

/* What `work` runs a program with: argv, its output to nowhere. Ends the benchmark on failure. */
void run_program(const void *argv);

/* End the benchmark: what could not be done, and errno. */
__attribute__((format(printf, 1, 2), noreturn)) void give_up(const char *format, ...);

enum target {
	TARGET_NONE,
	AT_MOST,
	AT_LEAST,
};

/* A row of the table, printed at once: `what` in the manner of printf(3). */
__attribute__((format(printf, 5, 6))) void row_add(const struct measure *measure, const char *unit,
						   enum target target, double wanted,
						   const char *what, ...);

/* A remark below the table. */
__attribute__((format(printf, 1, 2))) void note_add(const char *format, ...);

/* What is measured on and the head of the table, as Markdown; and what goes below it. */
void report_begin(FILE *out);
void report_notes(FILE *out);

/* Put the table between the two markers of the (open, writable) file: 0, or -errno. */
int report_update(int fd);

/* A mount of a folder of /dev/shm with `count` objects that are a struct pshm_seqnum. */
struct mirror;
struct mirror *mirror_create(unsigned count, const char *options);
const char *mirror_source(const struct mirror *mirror);
const char *mirror_path(const struct mirror *mirror);
/* Resident memory of the daemon (proc(5), VmRSS), in MB of 1000 kB. */
double mirror_memory(const struct mirror *mirror);
void mirror_destroy(struct mirror *mirror);

/* The bare filesystem (bare.c), its folders made like the mirror's objects. */
struct bare;
struct bare *bare_create(const struct mirror *mirror, unsigned count);
const char *bare_path(const struct bare *bare);
void bare_destroy(struct bare *bare);

/* The parts: each measures, and adds its rows. */
void bench_field(void);
void bench_ls(void);
void bench_grep(void);
void bench_raw(void);
void bench_memory(void);
void bench_processes(void);
void bench_transfer(void);
void bench_structs(void);

/* In the crowd of bench_processes(): the verdict of this object of the folder, or (NULL) of all. */
void bench_verdicts(const char *folder, const char *object);

/* Open the path, read its first 4 KiB, and close it. */
void read_once(const void *path);
