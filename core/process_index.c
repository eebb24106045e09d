/* SPDX-License-Identifier: MIT */
/* The holders of a snapshot by object: who asks for each of many must not walk all for each. */
#include <errno.h>
#include <stdlib.h>

#include "core/process_scan.h"

static int compare(const void *left, const void *right, void *data)
{
	const size_t *a = left, *b = right;
	const struct holder *holders = data;
	const uint64_t x = holders[*a].ino, y = holders[*b].ino;

	return x == y ? (*a > *b) - (*a < *b) : (x > y) - (x < y);
}

int snapshot_index(struct snapshot *snapshot)
{
	free(snapshot->by_object);
	snapshot->by_object = calloc(snapshot->n_holders + 1, sizeof(*snapshot->by_object));
	if (!snapshot->by_object)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_holders; i++)
		snapshot->by_object[i] = i;
	if (snapshot->n_holders)
		qsort_r(snapshot->by_object, snapshot->n_holders, sizeof(*snapshot->by_object),
			compare, snapshot->holders);
	return 0;
}

/* Where the first that is not below `ino` is. */
static size_t first_of(const struct snapshot *snapshot, uint64_t ino)
{
	size_t low = 0, high = snapshot->n_holders;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (snapshot->holders[snapshot->by_object[middle]].ino < ino)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const size_t *snapshot_holders_of(const struct snapshot *snapshot, uint64_t ino, size_t *ret_n)
{
	const size_t first = first_of(snapshot, ino);
	size_t end = first;

	while (end < snapshot->n_holders && snapshot->holders[snapshot->by_object[end]].ino == ino)
		end++;
	*ret_n = end - first;
	return snapshot->by_object + first;
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
