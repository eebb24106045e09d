/* SPDX-License-Identifier: MIT */
/* The looks at processes that are kept for a viewer. The scanner's lock is held for all of these.
 */
#pragma once

#include <stdbool.h>

#include "fusefs/scan.h"
#include "fusefs/viewer.h"

/* The place for the look takes over the one user that it has. */
void viewer_keep(struct viewer *viewer, struct scan *scan);

/*
 * viewer_fresh() - A look that is young enough for who asked about `ino` (0: all) at `asked`, by
 * max_age (ns) or five times its own duration; `judge`: one with verdicts. NULL, or to be given
 * back by scan_put().
 */
struct scan *viewer_fresh(struct viewer *viewer, int64_t max_age, uint64_t ino, bool judge,
			  int64_t asked);

/* The object that is to be looked at for who asks about `ino` now: of one after another, all. */
uint64_t viewer_scope(struct viewer *viewer, uint64_t ino, int64_t now);
