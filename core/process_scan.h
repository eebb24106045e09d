/* SPDX-License-Identifier: MIT */
/* The step of a snapshot: one process. What it needs is in struct scan; two threads take two. */
#pragma once

#include "core/process.h"
#include "core/process_cgroup.h"
#include "core/process_clock.h"
#include "core/process_fds.h"
#include "core/process_file.h"
#include "core/process_maps.h"

struct scan {
	const struct snapshot_question *question;
	struct since_table *since;
	struct snapshot *ret;
	struct numbers tids;
	struct maps maps; /* of the process looked at, as what follows */
	struct fds fds;
	struct mounts mounts;
	struct cgroup_memo cgroup;
	struct clocks clocks;
	/* The process looked at. */
	pid_t pid;
	int entry;  /* its /proc/PID: says ESRCH when it has ended, also where the number came back
		     */
	int reader; /* the entry to read it by: the same, or that of a living thread */
	pid_t reader_id;      /* whose that is */
	int error;            /* what could not be read of it */
	int64_t until;        /* its share of the time, as question->deadline; 0: all */
	signed char is32;     /* -1: not asked yet */
	struct mapping slept; /* in which the last sleeper's word was: the next one's often is */
};

/*
 * scan_process() - Add what there is to know about this process.
 *
 * Returns 0, also when it has ended meanwhile or holds nothing; -ENOMEM, -EMFILE, -ENFILE: what was
 * found is not all that there is.
 */
int scan_process(struct scan *scan, pid_t pid);

/* The threads of the process that was added last: waiters, run counts. 0 or -ENOMEM. */
int scan_threads(struct scan *scan, struct process *process);

/* Where a thread of this process, whose threads are in scan->tids, reaps: the children that it has.
 * 0 or -ENOMEM.
 */
int scan_children(struct scan *scan, size_t process);

/* The snapshot is complete: make snapshot_holders_of() and _waiters_of() possible. 0 or -ENOMEM. */
int snapshot_index(struct snapshot *snapshot);

/* Has the process looked at had its share? */
bool scan_late(const struct scan *scan);
