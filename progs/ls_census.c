/* SPDX-License-Identifier: MIT */
/* Sorting a snapshot by object: 50,000 objects are looked up without a walk for each. */
#include "progs/ls_census.h"

#include <errno.h>
#include <stdlib.h>

#include "core/array.h"

static int compare(const void *left, const void *right)
{
	const struct census_row *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

/* Sorts them, and leaves one of each; a process may hold an object in many ways. */
static size_t sort_unique(struct census_row *rows, size_t n)
{
	size_t kept = 0;

	qsort(rows, n, sizeof(*rows), compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || compare(&rows[kept - 1], &rows[i]) != 0)
			rows[kept++] = rows[i];
	return kept;
}

static void take_holders(struct census *census)
{
	const struct snapshot *snapshot = census->snapshot;

	for (size_t i = 0; i < snapshot->n_holders; i++)
		census->holders[census->n_holders++] = (struct census_row){
			.ino = snapshot->holders[i].ino, .process = snapshot->holders[i].process};
	census->n_holders = sort_unique(census->holders, census->n_holders);
}

static void take_sleepers(struct census *census)
{
	const struct snapshot *snapshot = census->snapshot;

	for (size_t i = 0; i < snapshot->n_processes; i++)
		census->blind[i] = snapshot->processes[i].cut;
	for (size_t i = 0; i < snapshot->n_waiters; i++) {
		const struct waiter *waiter = &snapshot->waiters[i];

		if (waiter->place == WAITER_UNKNOWN)
			census->blind[waiter->process] = true;
		if (waiter->place == WAITER_OBJECT)
			census->sleepers[census->n_sleepers++] =
				(struct census_row){waiter->ino, waiter->process, waiter->tid, i};
	}
	census->n_sleepers = sort_unique(census->sleepers, census->n_sleepers);
}

int census_make(const struct snapshot *snapshot, struct census *ret)
{
	*ret = (struct census){
		.snapshot = snapshot,
		.holders = calloc(snapshot->n_holders + 1, sizeof(*ret->holders)),
		.sleepers = calloc(snapshot->n_waiters + 1, sizeof(*ret->sleepers)),
		.blind = calloc(snapshot->n_processes + 1, sizeof(*ret->blind)),
	};
	if (!ret->holders || !ret->sleepers || !ret->blind) {
		census_deinit(ret);
		return -ENOMEM;
	}
	take_holders(ret);
	take_sleepers(ret);
	return 0;
}

void census_deinit(struct census *census)
{
	free(census->holders);
	free(census->sleepers);
	free(census->blind);
	*census = (struct census){0};
}

static size_t count_of(const struct census_row *rows, size_t n, uint64_t ino)
{
	size_t count = 0;

	while (count < n && rows[count].ino == ino)
		count++;
	return count;
}

/* Of its group's members we know nothing: an ACL's mask stands in the group's bits, too. */
static bool may_open(uid_t uid, const struct statx *st)
{
	if (!(st->stx_mask & STATX_MODE) || uid == st->stx_uid)
		return true;
	return uid != 0 && (st->stx_mode & 0066) != 0;
}

static bool is_unsure(const struct census *census, const struct statx *st)
{
	const struct snapshot *snapshot = census->snapshot;

	for (size_t i = 0; i < snapshot->n_denied; i++)
		if (may_open(snapshot->denied[i].uid, st))
			return true;
	return snapshot->hides || snapshot->n_unfinished > 0;
}

struct crowd census_find(const struct census *census, const struct statx *st)
{
	const uint64_t ino = st->stx_ino;
	const size_t holder = ARRAY_FIRST(census->holders, census->n_holders, ino, ino);
	const size_t sleeper = ARRAY_FIRST(census->sleepers, census->n_sleepers, ino, ino);
	const bool unsure = is_unsure(census, st);
	struct crowd crowd = {
		.more_holders = unsure,
		.more_sleepers = unsure,
		.holders = census->holders + holder,
		.sleepers = census->sleepers + sleeper,
		.n_holders = count_of(census->holders + holder, census->n_holders - holder, ino),
		.n_sleepers =
			count_of(census->sleepers + sleeper, census->n_sleepers - sleeper, ino),
	};

	for (size_t i = 0; i < crowd.n_holders; i++)
		crowd.more_sleepers =
			crowd.more_sleepers || census->blind[crowd.holders[i].process];
	return crowd;
}
