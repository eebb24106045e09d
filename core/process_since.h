/* SPDX-License-Identifier: MIT */
/* Since when a thread sleeps: watched from snapshot to snapshot, else by the scheduler's clock. */
#pragma once

#include "core/process.h"
#include "core/process_wait.h"

/* A sleep: the same thread of the same process, the same word, and it has not run in between. */
struct sleep {
	pid_t tid;
	uint64_t started; /* the thread's, as in struct process */
	uint64_t runs;
	uint64_t address;
	int64_t since;
	bool about;
	bool lasting; /* `runs` was read before `call` was: this is its call until it runs */
	struct call call;
	int64_t seen; /* by the latest snapshot that had it */
};

/*
 * since_watch() - Say since when this sleep is, and remember it: fills in since and about.
 *
 * `sleep->since` is what the scheduler's clock says, or 0: then it is since it was first seen. What
 * that clock says of a sleep that began before anybody looked is not exact: SIGSTOP and SIGCONT
 * begin it anew. `now` is the beginning of the snapshot (CLOCK_MONOTONIC, ns). `table` may be NULL.
 * Returns 0 or -ENOMEM.
 */
int since_watch(struct since_table *table, int64_t now, struct sleep *sleep);

/* The same for a sleep that the table has, for which no clock is asked; false: it has it not. */
bool since_known(struct since_table *table, int64_t now, struct sleep *sleep);

/* Has the table a sleep of such a thread? */
bool since_has(struct since_table *table, pid_t tid);

/*
 * since_recall() - The call in which a thread still is that has not run since.
 *
 * A thread that was found asleep in a call, and is asleep with the same count of runs, has not left
 * it: its call and its wchan need not be read again. The count is to be read after the state: one
 * of context switches (task_runs()) stays the same while it runs. Only lasting ones are told.
 */
bool since_recall(struct since_table *table, pid_t tid, uint64_t started, uint64_t runs,
		  struct call *ret);

/* The snapshot has ended: forget the sleeps that have. `whole`: it looked at all objects. */
void since_sweep(struct since_table *table, int64_t now, bool whole);
