/* SPDX-License-Identifier: MIT */
/* The table of what was found: a tree by object, a list by age. */
#include "core/found.h"

#include <errno.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>

enum { FOUND_MAX = 1024 };

struct found_entry {
	struct object_id id;
	struct found_entry *next; /* set after this one */
	struct found *found;
};

struct found_table {
	pthread_mutex_t lock;
	void *by_object; /* tsearch(3) */
	struct found_entry *first, *last;
	size_t n;
	uint64_t time; /* how often something was forgotten */
};

static int compare(const void *left, const void *right)
{
	const struct object_id *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return 0;
}

int found_table_new(struct found_table **ret)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	return -pthread_mutex_init(&(*ret)->lock, NULL);
}

static void free_texts(struct found *found)
{
	free((char *)(uintptr_t)found->known.evidence);
	free((char *)(uintptr_t)found->known.attribute_value);
}

void found_put(struct found *found)
{
	if (!found || __atomic_sub_fetch(&found->users, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	free_texts(found);
	free(found);
}

/* The lock is held. */
static void drop(struct found_table *table, struct found_entry *entry)
{
	struct found_entry **link = &table->first, *before = NULL;

	for (; *link != entry; link = &(*link)->next)
		before = *link;
	*link = entry->next;
	if (table->last == entry)
		table->last = before;
	tdelete(&entry->id, &table->by_object, compare);
	table->n--;
	found_put(entry->found);
	free(entry);
}

void found_table_free(struct found_table *table)
{
	if (!table)
		return;
	while (table->first)
		drop(table, table->first);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* The lock is held. Of another object of the same number nothing is known. */
static struct found_entry *find(struct found_table *table, const struct object_id *id)
{
	void *node = tfind(id, &table->by_object, compare);
	struct found_entry *entry = node ? *(struct found_entry **)node : NULL;

	return entry && object_id_equal(entry->id, *id) ? entry : NULL;
}

struct found *found_get(struct found_table *table, const struct object_id *id)
{
	struct found *found = NULL;
	struct found_entry *entry;

	if (!table)
		return NULL;
	pthread_mutex_lock(&table->lock);
	entry = find(table, id);
	if (entry) {
		found = entry->found;
		__atomic_add_fetch(&found->users, 1, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&table->lock);
	return found;
}

/* The lock is held. One that is found out again in a moment, if there is one, else the oldest. */
static void drop_one(struct found_table *table)
{
	struct found_entry *entry = table->first;

	while (entry && entry->found->known.layout)
		entry = entry->next;
	drop(table, entry ? entry : table->first);
}

/* The lock is held. What has the number already is no more. */
static int add(struct found_table *table, const struct object_id *id, struct found *found)
{
	void *node = tfind(id, &table->by_object, compare);
	struct found_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	if (node)
		drop(table, *(struct found_entry **)node);
	if (table->n == FOUND_MAX)
		drop_one(table);
	*entry = (struct found_entry){.id = *id, .found = found};
	if (!tsearch(entry, &table->by_object, compare)) {
		free(entry);
		return -ENOMEM;
	}
	*(table->last ? &table->last->next : &table->first) = entry;
	table->last = entry;
	table->n++;
	return 0;
}

uint64_t found_time(struct found_table *table)
{
	uint64_t time;

	pthread_mutex_lock(&table->lock);
	time = table->time;
	pthread_mutex_unlock(&table->lock);
	return time;
}

int found_set(struct found_table *table, const struct object_id *id, const struct found *found,
	      uint64_t time)
{
	struct found *own = malloc(sizeof(*own));
	struct found lost = *found;
	int r;

	if (!own) {
		free_texts(&lost);
		return -ENOMEM;
	}
	*own = *found;
	own->users = 1;
	pthread_mutex_lock(&table->lock);
	r = table->time == time ? add(table, id, own) : -EAGAIN;
	pthread_mutex_unlock(&table->lock);
	if (r < 0)
		found_put(own);
	return r;
}

void found_confirm(struct found_table *table, const struct object_id *id, uint64_t now)
{
	struct found_entry *entry;

	pthread_mutex_lock(&table->lock);
	entry = find(table, id);
	if (entry)
		__atomic_store_n(&entry->found->checked, now, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&table->lock);
}

void found_forget(struct found_table *table, const struct object_id *id)
{
	struct found_entry *entry;

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	table->time++;
	entry = find(table, id);
	if (entry)
		drop(table, entry);
	pthread_mutex_unlock(&table->lock);
}

void found_forget_all(struct found_table *table)
{
	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	table->time++;
	while (table->first)
		drop(table, table->first);
	pthread_mutex_unlock(&table->lock);
}
