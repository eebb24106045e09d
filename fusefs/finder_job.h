/* SPDX-License-Identifier: MIT */
/* One object looked into: what the thread of finder.h does. */
#pragma once

#include "core/discover.h"
#include "fusefs/finder.h"
#include "fusefs/scan.h"

struct finder_job_state {
	struct finder_setup setup;
	struct discoverer *discoverer;
	struct scan *scan;     /* the latest, or NULL */
	struct viewer *viewer; /* whose job it is */
};

int finder_job_init(const struct finder_setup *setup, struct finder_job_state *ret);
void finder_job_deinit(struct finder_job_state *state);

/*
 * Find out about the object `name`, if it is `id` still (or about all, finder_ask()), and put it
 * into the table of the viewer, whose rights the thread has.
 */
void finder_job(struct finder_job_state *state, struct viewer *viewer, const char *name,
		const struct object_id *id);

/* finder_settle() for this mount. */
bool finder_settle(const struct finder_setup *setup, struct viewer *viewer, const char *name,
		   const struct object *object);
