/* SPDX-License-Identifier: MIT */
/* The holders and the waiters of a snapshot by object: who asks for each of many must not walk all
 * for each. */
#include <errno.h>
#include <stdlib.h>

#include "core/process_scan.h"

/* One of the arrays of a snapshot. */
struct items {
	const struct snapshot *snapshot;
	uint64_t (*ino)(const struct snapshot *snapshot, size_t i);
};

static uint64_t holder_ino(const struct snapshot *snapshot, size_t i)
{
	return snapshot->holders[i].ino;
}

static uint64_t waiter_ino(const struct snapshot *snapshot, size_t i)
{
	return snapshot->waiters[i].ino;
}

static int compare(const void *left, const void *right, void *data)
{
	const size_t *a = left, *b = right;
	const struct items *items = data;
	const uint64_t x = items->ino(items->snapshot, *a), y = items->ino(items->snapshot, *b);

	return x == y ? (*a > *b) - (*a < *b) : (x > y) - (x < y);
}

static int make_index(struct items *items, size_t n, size_t **ret)
{
	size_t *index = calloc(n + 1, sizeof(*index));

	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		index[i] = i;
	if (n)
		qsort_r(index, n, sizeof(*index), compare, items);
	free(*ret);
	*ret = index;
	return 0;
}

int snapshot_index(struct snapshot *snapshot)
{
	struct items holders = {snapshot, holder_ino}, waiters = {snapshot, waiter_ino};
	int r = make_index(&holders, snapshot->n_holders, &snapshot->by_object);

	return r < 0 ? r : make_index(&waiters, snapshot->n_waiters, &snapshot->waiters_by_object);
}

/* Where the first that is not below `ino` is. */
static size_t first_of(const struct items *items, const size_t *index, size_t n, uint64_t ino)
{
	size_t low = 0, high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (items->ino(items->snapshot, index[middle]) < ino)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const size_t *find(const struct items *items, const size_t *index, size_t n, uint64_t ino,
			  size_t *ret_n)
{
	const size_t first = first_of(items, index, n, ino);
	size_t end = first;

	while (end < n && items->ino(items->snapshot, index[end]) == ino)
		end++;
	*ret_n = end - first;
	return n ? index + first : index; /* an empty snapshot may have none */
}

const size_t *snapshot_holders_of(const struct snapshot *snapshot, uint64_t ino, size_t *ret_n)
{
	const struct items items = {snapshot, holder_ino};

	return find(&items, snapshot->by_object, snapshot->n_holders, ino, ret_n);
}

const size_t *snapshot_waiters_of(const struct snapshot *snapshot, uint64_t ino, size_t *ret_n)
{
	const struct items items = {snapshot, waiter_ino};

	return find(&items, snapshot->waiters_by_object, snapshot->n_waiters, ino, ret_n);
}

/* A process is cut after all that it holds was read: it has no thread in what is not among that. */
size_t snapshot_unfinished(const struct snapshot *snapshot, uint64_t ino)
{
	size_t count = snapshot->n_unfinished, last = SIZE_MAX, n;
	const size_t *of;

	if (ino == 0)
		return count + snapshot->n_cut;
	of = snapshot_holders_of(snapshot, ino, &n);
	for (size_t i = 0; i < n; i++) {
		const size_t process = snapshot->holders[of[i]].process;

		if (process != last)
			count += snapshot->processes[process].cut;
		last = process;
	}
	return count;
}
