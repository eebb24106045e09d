/* SPDX-License-Identifier: MIT */
/* One look at processes, that several requests share. */
#pragma once

#include "core/verdict.h"

/* One look, or two with what follows from them: shared, and not changed any more. */
struct scan {
	struct looks looks;
	uint64_t ino; /* of this object only; 0: of all */
	unsigned users;
};

/*
 * scan_take() - Look at question->look.ino (0: at all); `judge`: twice, with verdicts.
 *
 * Its one user is the caller: scan_put(). 0 or as verdicts_take().
 */
int scan_take(const struct verdict_question *question, struct since_table *since, bool judge,
	      struct scan **ret);

void scan_get(struct scan *scan);
void scan_put(struct scan *scan);
