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
	looks_deinit(&scan->looks);
	free(scan);
}

int scan_take(const struct verdict_question *question, struct since_table *since, bool judge,
	      struct scan **ret)
{
	struct verdict_question all = *question;
	struct scan *scan = calloc(1, sizeof(*scan));
	int r;

	if (!scan)
		return -ENOMEM;
	all.look.flags |= SNAPSHOT_FDS | SNAPSHOT_WAITERS;
	r = looks_take(&all, since, judge, &scan->looks);
	if (r < 0) {
		free(scan);
		return r;
	}
	scan->ino = judge ? scan->looks.verdicts.ino : question->look.ino;
	scan->users = 1;
	*ret = scan;
	return 0;
}
