/* SPDX-License-Identifier: MIT */
/* Since when a thread sleeps: watched from snapshot to snapshot, else by the scheduler's clock. */
#pragma once

#include "core/process.h"

/* A sleep: the same thread of the same process, the same word, and it has not run in between. */
struct sleep {
	pid_t tid;
	uint64_t started; /* the thread's, as in struct process */
	uint64_t address;
	uint64_t runs;
	int64_t since;
	bool about;
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

/* The snapshot has ended: forget the sleeps that have. `whole`: it looked at all objects. */
void since_sweep(struct since_table *table, int64_t now, bool whole);
