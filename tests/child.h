/* SPDX-License-Identifier: MIT */
/* Running programs: with pipes or their output in memory, with a deadline, and never forgotten. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a standard stream of a child is. */
enum stream {
	STREAM_NULL,    /* /dev/null */
	STREAM_PIPE,    /* a pipe; our end is in struct child */
	STREAM_MEMORY,  /* a file in memory: for child_finish(); as stdin, setup->input */
	STREAM_INHERIT, /* the test's own */
};

struct child_setup {
	enum stream in, out, err;
	const void *input; /* for in = STREAM_MEMORY */
	size_t input_size;
	const char *folder; /* where it starts, or NULL: here */
	uid_t user;         /* see as_user(); 0: as the test */
};

struct child {
	pid_t pid;        /* 0: there is none (any more) */
	int in, out, err; /* our ends of the pipes, or the memory; else -1 */
};

/* What a program did. */
struct result {
	int status;      /* its exit status, or 128 + the signal that ended it */
	char *out, *err; /* any bytes, with a NUL behind them; "" where it was no STREAM_MEMORY */
	size_t out_size, err_size;
};

/*
 * child_start() - Start argv[0] (searched in PATH) with NULL-terminated argv.
 *
 * It inherits no other descriptors, and default signal actions. Fails the test where it cannot be
 * started. setup NULL: no stdin, output and errors in memory.
 */
void child_start(struct child *ret, const char *const argv[], const struct child_setup *setup);

/* A copy of the test itself, which is to end by _exit(2): true in it, false in the test. */
bool child_fork(struct child *ret);

/* Start a shell in a mount namespace of its own, and wait until it says "ready". */
void child_start_shell(struct child *ret, const char *script);

/*
 * child_finish() - Wait for the child's end, collect its output and close everything.
 *
 * One that goes on for more than DEADLINE_MS is killed and fails the test. ret may be NULL; else
 * the caller frees it with result_deinit().
 */
void child_finish(struct child *child, struct result *ret);

/* Has it ended? It stays to be collected by child_finish(). */
bool child_ended(const struct child *child);

/* What it has written to a STREAM_MEMORY (child->out, child->err) so far; the caller frees it. */
char *child_said(int memory, size_t *ret_size);

/* The next line from a pipe without its newline (to be freed), or NULL at its end or deadline. */
char *child_line(int pipe);

/* Until it has ended, or the time has passed. */
void child_wait_us(pid_t pid, uint64_t us);

/* Kill it, if it still runs, and close everything. Harmless on a zeroed or a finished child. */
void child_kill(struct child *child);

/* Kill all that were started and not finished: for a test that failed on the way. */
void children_kill(void);

/* Start the program, wait, and collect: run(&result, "cat", path). */
#define run(ret, ...) run_argv((ret), (const char *const[]){__VA_ARGS__, NULL}, NULL)
void run_argv(struct result *ret, const char *const argv[], const struct child_setup *setup);
void result_deinit(struct result *result);

/*
 * The path of one of our programs; see pathf() for how long it lives. They are those of this build,
 * or with PSHM_PROGS=FOLDER in the environment those that are there.
 */
const char *program(const char *name);
