/* SPDX-License-Identifier: MIT */
/* Since when a thread sleeps: watched from snapshot to snapshot, else by the scheduler's clock. */
#include "core/process_since.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"

/* Of one object only: a sleep that no snapshot has had for so long (ns) is forgotten. */
#define UNSEEN_MAX (INT64_C(600) * 1000000000)

struct since_table {
	pthread_mutex_t lock; /* a snapshot may have more than one thread */
	struct sleep *sleeps; /* the first n_sorted by compare(), then those new in this snapshot */
	size_t n, n_sorted;
	int64_t looked; /* when the latest whole snapshot began, or 0 */
};

int since_table_new(struct since_table **ret)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	pthread_mutex_init(&(*ret)->lock, NULL);
	return 0;
}

void since_table_free(struct since_table *table)
{
	if (!table)
		return;
	pthread_mutex_destroy(&table->lock);
	free(table->sleeps);
	free(table);
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By thread, and its count of runs: what is asked for before the word is known. */
static int compare_blocked(const void *a, const void *b)
{
	const struct sleep *x = a, *y = b;
	int r = order((uint64_t)x->tid, (uint64_t)y->tid);

	if (!r)
		r = order(x->started, y->started);
	return r ? r : order(x->runs, y->runs);
}

static int compare_tid(const void *a, const void *b)
{
	const struct sleep *x = a, *y = b;

	return order((uint64_t)x->tid, (uint64_t)y->tid);
}

static int compare(const void *a, const void *b)
{
	const struct sleep *x = a, *y = b;
	int r = compare_blocked(a, b);

	return r ? r : order(x->address, y->address);
}

/* One of the sorted ones; the lock is held. */
static struct sleep *find(struct since_table *table, const struct sleep *like,
			  int (*by)(const void *a, const void *b))
{
	return table->n_sorted ? bsearch(like, table->sleeps, table->n_sorted, sizeof(*like), by)
			       : NULL;
}

static int remember(struct since_table *table, const struct sleep *sleep)
{
	int r = array_grow(&table->sleeps, table->n, sizeof(*table->sleeps));

	if (r < 0)
		return r;
	table->sleeps[table->n++] = *sleep;
	return 0;
}

/* The lock is held. */
static bool recognise(struct since_table *table, int64_t now, struct sleep *sleep)
{
	struct sleep *known = find(table, sleep, compare);

	if (!known)
		return false;
	known->seen = now;
	if (sleep->lasting) {
		known->lasting = true;
		known->call = sleep->call;
	}
	sleep->since = known->since;
	sleep->about = known->about;
	return true;
}

/* The lock is held, where there is a table. */
static int watch(struct since_table *table, int64_t now, struct sleep *sleep)
{
	if (table && recognise(table, now, sleep))
		return 0;
	sleep->seen = now;
	sleep->about = sleep->since && !(table && table->looked && sleep->since >= table->looked);
	if (!sleep->since)
		sleep->since = now;
	return table ? remember(table, sleep) : 0;
}

int since_watch(struct since_table *table, int64_t now, struct sleep *sleep)
{
	int r;

	if (!table)
		return watch(NULL, now, sleep);
	pthread_mutex_lock(&table->lock);
	r = watch(table, now, sleep);
	pthread_mutex_unlock(&table->lock);
	return r;
}

bool since_known(struct since_table *table, int64_t now, struct sleep *sleep)
{
	bool known;

	if (!table)
		return false;
	pthread_mutex_lock(&table->lock);
	known = recognise(table, now, sleep);
	pthread_mutex_unlock(&table->lock);
	return known;
}

bool since_has(struct since_table *table, pid_t tid)
{
	bool has;

	if (!table)
		return false;
	pthread_mutex_lock(&table->lock);
	has = find(table, &(struct sleep){.tid = tid}, compare_tid);
	pthread_mutex_unlock(&table->lock);
	return has;
}

bool since_recall(struct since_table *table, pid_t tid, uint64_t started, uint64_t runs,
		  struct call *ret)
{
	const struct sleep like = {.tid = tid, .started = started, .runs = runs};
	const struct sleep *known;
	bool lasting;

	if (!table)
		return false;
	pthread_mutex_lock(&table->lock);
	known = find(table, &like, compare_blocked);
	lasting = known && known->lasting;
	if (lasting)
		*ret = known->call;
	pthread_mutex_unlock(&table->lock);
	return lasting;
}

void since_sweep(struct since_table *table, int64_t now, bool whole)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct sleep *sleep = &table->sleeps[i];

		if (sleep->seen == now || (!whole && now - sleep->seen < UNSEEN_MAX))
			table->sleeps[kept++] = *sleep;
	}
	table->n = kept;
	table->n_sorted = kept;
	if (kept)
		qsort(table->sleeps, kept, sizeof(*table->sleeps), compare);
	if (whole)
		table->looked = now;
}
