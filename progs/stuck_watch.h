/* SPDX-License-Identifier: MIT */
/* Looking again and again, and saying what is new. */
#pragma once

#include <signal.h>

#include "progs/stuck_look.h"

/*
 * stuck_watch() - Look every `seconds` until SIGINT or SIGTERM comes, and print a finding when it
 * appears, when its word changes, and when it comes back. 0, or -errno of the first look.
 */
int stuck_watch(struct stuck *stuck, unsigned seconds, bool json);

/* What of a folder was told already. */
struct told;
struct watch {
	const struct stuck *stuck;
	bool json;
	const char *whose; /* with --all; else NULL */
	struct told *told;
	size_t n_told;
};

/* Tell what is new by the latest look. 0 or -errno: the output is gone, too. */
int watch_tell(struct watch *watch);

/* The folder is gone, and with it what was told. */
void watch_over(const struct watch *watch);
void watch_end(struct watch *watch);

/* Let SIGINT and SIGTERM wait for watch_rest(). */
void watch_block(sigset_t *ret);

/* Until the next look (clock_ns()): false where a signal has come. */
bool watch_rest(const sigset_t *signals, uint64_t until);
