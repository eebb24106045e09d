/* SPDX-License-Identifier: MIT */
/* Who has an object and who sleeps in it: the rows of a snapshot, sorted once for all objects. */
#pragma once

#include <sys/stat.h>

#include "core/diagnosis.h"
#include "core/discover.h"

/* A process, or a thread of it, that has to do with the object `ino`. */
struct census_row {
	uint64_t ino;
	size_t process; /* index in snapshot.processes */
	pid_t tid;
	size_t waiter; /* index in snapshot.waiters; of a holder 0 */
};

struct census {
	const struct snapshot *snapshot;
	struct census_row *holders;  /* each process once an object, by object and PID */
	struct census_row *sleepers; /* each thread once an object, by object and PID */
	size_t n_holders, n_sleepers;
	const struct diagnosis *diagnosis; /* or NULL: none was asked for */
	/* Asked what the objects are, until `deadline` (clock_ns()); or NULL. */
	struct discoverer *discoverer;
	int procfd;
	uint64_t deadline;
	bool *blind; /* by process: on which word a thread of it sleeps cannot be told */
};

/* Those of one object. */
struct crowd {
	const struct census_row *holders, *sleepers;
	size_t n_holders, n_sleepers;
	bool more_holders;  /* there may be: who could not be looked at may have it */
	bool more_sleepers; /* there may be: for that, or because one of the holders is blind */
};

/* 0 or -ENOMEM. The snapshot must outlive ret, which the caller gives back with census_deinit(). */
int census_make(const struct snapshot *snapshot, struct census *ret);
void census_deinit(struct census *census);

/*
 * census_find() - Those of the object of which statx(2) has said `st`, if only its inode number.
 *
 * Of the users whose processes could not be looked at, only those matter that may open it: its
 * owner, and others if its mode lets anyone but him; root may always, and would never leave us sure
 * of anything, so that it matters as an owner only. Where processes are not even listed, all
 * matter.
 */
struct crowd census_find(const struct census *census, const struct statx *st);
