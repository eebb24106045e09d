/* SPDX-License-Identifier: MIT */
/* One look, that several requests share. */
#include "fusefs/scan.h"

#include <errno.h>
#include <stdlib.h>

void scan_get(struct scan *scan)
{
	__atomic_add_fetch(&scan->users, 1, __ATOMIC_RELAXED);
}

void scan_put(struct scan *scan)
{
	if (!scan || __atomic_sub_fetch(&scan->users, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	snapshot_deinit(&scan->single);
	verdicts_deinit(&scan->verdicts);
	free(scan);
}

/* Two looks and what is between them, or one. */
static int take(const struct verdict_question *question, struct since_table *since,
		struct scan *scan)
{
	int r;

	if (!scan->judged) {
		struct snapshot_question look = question->look;

		look.flags |= SNAPSHOT_FDS | SNAPSHOT_WAITERS;
		scan->snapshot = &scan->single;
		return snapshot_take(&look, since, &scan->single);
	}
	r = verdicts_take(question, since, &scan->verdicts);
	scan->snapshot = &scan->verdicts.after;
	scan->ino = scan->verdicts.ino;
	return r;
}

int scan_take(const struct verdict_question *question, struct since_table *since, bool judge,
	      struct scan **ret)
{
	struct scan *scan = calloc(1, sizeof(*scan));
	int r;

	if (!scan)
		return -ENOMEM;
	scan->ino = question->look.ino;
	scan->judged = judge;
	scan->users = 1;
	r = take(question, since, scan);
	if (r < 0)
		free(scan);
	else
		*ret = scan;
	return r;
}
