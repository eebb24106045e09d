/* SPDX-License-Identifier: MIT */
/* What procfs says about one task: who it is, what it does, how often and since when. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/process.h"

/* From stat. */
struct task {
	char comm[PROCESS_COMM_SIZE];
	char state;
	uint64_t started; /* ticks since boot */
	unsigned cpu;     /* the one it was last on */
};

/* False: it is no text of such a file. The comm in it may be any bytes, also ") R 1". */
bool task_parse(const char *stat, struct task *ret);

/* Read PREFIX/stat, where `prefix` is "." or "task/TID". 0 or -errno. */
int task_read(int dirfd, const char *prefix, struct task *ret);

/* Fills in uid, gid, groups, caught, tracer, nested and own from `status`. 0 or -errno. */
int task_status(int dirfd, struct process *ret);

/*
 * The number that the task has in its own pid namespace: the last one of NSpid in PREFIX/status,
 * whose first is that of the /proc looked at (proc(5), since Linux 4.1). 0: untold.
 */
pid_t task_own(int dirfd, const char *prefix);

/*
 * How often the thread has got a CPU: the third number of PREFIX/schedstat, or where the kernel
 * does not count that, both context switch counts of PREFIX/status. 0 where neither can be read.
 */
uint64_t task_runs(int dirfd, const char *prefix);

/*
 * When the thread was last put on a CPU, by the scheduler's clock in ns: se.exec_start of
 * PREFIX/sched, in ms with six digits. 0 where that cannot be read.
 */
uint64_t task_ran(int dirfd, const char *prefix);

/*
 * Is it a 32-bit process (`dirfd`: its entry)? Told by `auxv`, whose first pair is a small number
 * and an address, each of the process's word size. Its executable says it, too, but to open that
 * may take for ever, where it lies on a dead server.
 */
bool task_is32(int dirfd);
