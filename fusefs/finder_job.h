/* SPDX-License-Identifier: MIT */
/* One object looked into: what the thread of finder.h does. */
#pragma once

#include "core/discover.h"
#include "fusefs/finder.h"

struct finder_job_state {
	struct finder_setup setup;
	struct discoverer *discoverer;
	struct snapshot snapshot; /* the latest */
	bool has_snapshot;
	uint64_t ino;           /* of this object only; 0: of all */
	uint64_t started, took; /* when that was taken, and for how long; clock_ns() */
	uint64_t lately[2];     /* when the latest looks at single objects were */
	unsigned next_lately;
};

int finder_job_init(const struct finder_setup *setup, struct finder_job_state *ret);
void finder_job_deinit(struct finder_job_state *state);

/*
 * Find out about the object `name`, if it is `id` still, and put it into the table. Where the
 * latest look at processes is too old there is another one: at all, where `more` objects wait.
 */
void finder_job(struct finder_job_state *state, const char *name, const struct object_id *id,
		bool more);
