/* SPDX-License-Identifier: MIT */
/* Which look is still good enough for whom. */
#include "fusefs/viewer_looks.h"

/* See VIEWER_FEW. */
#define LATELY INT64_C(1000000000)

void viewer_keep(struct viewer *viewer, struct scan *scan)
{
	struct scan **place = &viewer->looks.latest[(scan->ino != 0) + 2 * scan->looks.judged];

	scan_put(*place);
	*place = scan;
}

/* Young enough for who has asked about this object at that time? */
static bool is_fresh(int64_t max_age, const struct scan *scan, uint64_t ino, int64_t asked)
{
	int64_t took, most;

	if (!scan || (scan->ino && scan->ino != ino))
		return false;
	took = scan->looks.snapshot->ended - scan->looks.snapshot->begun;
	most = max_age ? 5 * took : 0;
	most = most > max_age ? most : max_age;
	return asked - scan->looks.snapshot->begun <= most;
}

/* One with verdicts serves who wants none, too. */
struct scan *viewer_fresh(struct viewer *viewer, int64_t max_age, uint64_t ino, bool judge,
			  int64_t asked)
{
	for (size_t i = judge ? 2 : 0; i < 4; i++) {
		struct scan *scan = viewer->looks.latest[i];

		if (!is_fresh(max_age, scan, ino, asked))
			continue;
		scan_get(scan);
		return scan;
	}
	return NULL;
}

uint64_t viewer_scope(struct viewer *viewer, uint64_t ino, int64_t now)
{
	struct viewer_looks *looks = &viewer->looks;
	unsigned others = 0;

	for (size_t i = 0; i < VIEWER_FEW; i++)
		others += looks->lately[i].ino != ino && looks->lately[i].ino &&
			  now - looks->lately[i].when < LATELY;
	looks->lately[looks->next_lately++ % VIEWER_FEW] = (struct lately){ino, now};
	return others == VIEWER_FEW ? 0 : ino;
}
