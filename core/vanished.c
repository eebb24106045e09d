/* SPDX-License-Identifier: MIT */
/* Holders from look to look: those that are missing are looked up in /proc. */
#include "core/vanished.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/process_file.h"
#include "core/process_task.h"

/* A signalling semaphore is 0 most of the time, and those who used it come and go. */
#define MOST_OF_ONE 4
#define MOST 1000

/* A process had an object that has a semaphore. */
struct had {
	uint64_t ino;
	struct object_id id; /* of the object, as far as it is known */
	pid_t pid, inner;
	uint64_t started;
	char comm[PROCESS_COMM_SIZE];
	int64_t ended; /* 0: it had it in the latest look; else it was missed first then, and what
			  the locks say was not to be learnt since */
};

struct vanished_table {
	struct had *had;
	size_t n_had;
	struct vanished *items; /* oldest first */
	size_t n;
};

int vanished_table_new(struct vanished_table **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void vanished_table_free(struct vanished_table *table)
{
	if (!table)
		return;
	free(table->had);
	free(table->items);
	free(table);
}

static int compare(const void *left, const void *right)
{
	const struct had *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->started > b->started) - (a->started < b->started);
}

/* The first lock of the look from this object on. */
static size_t first_lock(const struct vanished_look *look, uint64_t ino)
{
	return ARRAY_FIRST(look->locks, look->n_locks, ino, ino);
}

static bool is_semaphore(const struct lock *lock)
{
	return lock_semaphore(lock) && lock->after.size > 0;
}

static bool has_semaphore(const struct vanished_look *look, uint64_t ino)
{
	for (size_t i = first_lock(look, ino); i < look->n_locks && look->locks[i].ino == ino; i++)
		if (is_semaphore(&look->locks[i]))
			return true;
	return false;
}

static const struct diagnosis_object *find_object(const struct vanished_look *look, uint64_t ino)
{
	return diagnosis_object_find(look->objects, look->n_objects, ino);
}

/* Inode numbers come back, on some filesystems; of an object without a name no more is known. */
static bool is_another(const struct vanished_look *look, uint64_t ino, struct object_id id)
{
	const struct diagnosis_object *object = find_object(look, ino);

	if (!object)
		return look->ino == 0 && !names_find(look->names, ino);
	return object->id.btime_sec && id.btime_sec && !object_id_equal(object->id, id);
}

/* Who has what now, each once, in an array that has room for `more` behind them. */
static int list_had(const struct vanished_look *look, size_t more, struct had **ret, size_t *ret_n)
{
	const struct snapshot *snapshot = look->snapshot;
	struct had *had = calloc(snapshot->n_holders + more + 1, sizeof(*had));
	size_t n = 0, kept = 0;

	if (!had)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_holders; i++) {
		const struct holder *holder = &snapshot->holders[i];
		const struct process *process = &snapshot->processes[holder->process];
		const struct diagnosis_object *object = find_object(look, holder->ino);

		if (!object || !has_semaphore(look, holder->ino))
			continue;
		had[n] = (struct had){.ino = holder->ino,
				      .id = object->id,
				      .pid = process->pid,
				      .inner = process_inner(process, process->own),
				      .started = process->started};
		memcpy(had[n++].comm, process->comm, sizeof(had->comm));
	}
	qsort(had, n, sizeof(*had), compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || compare(&had[kept - 1], &had[i]) != 0)
			had[kept++] = had[i];
	*ret = had;
	*ret_n = kept;
	return 0;
}

/* A zombie has let go of all that it had, and so has one of whose number another is now. */
static bool has_ended(int procfd, const struct had *had)
{
	char number[16];
	struct task task;
	int r;

	snprintf(number, sizeof(number), "%d", had->pid);
	r = task_read(procfd, number, &task);
	if (r < 0)
		return process_gone(r);
	return task.started != had->started || strchr("ZXx", task.state);
}

static void forget(struct vanished_table *table, size_t i)
{
	memmove(&table->items[i], &table->items[i + 1], (--table->n - i) * sizeof(*table->items));
}

static int remember(struct vanished_table *table, const struct had *had, uint64_t offset)
{
	struct vanished vanished = {.ino = had->ino,
				    .offset = offset,
				    .id = had->id,
				    .pid = had->pid,
				    .inner = had->inner,
				    .ended = had->ended};
	size_t same = 0, oldest = 0;
	int r;

	memcpy(vanished.comm, had->comm, sizeof(vanished.comm));
	for (size_t i = table->n; i-- > 0;) {
		if (table->items[i].ino != had->ino || table->items[i].offset != offset)
			continue;
		same++;
		oldest = i;
	}
	if (same >= MOST_OF_ONE)
		forget(table, oldest);
	else if (table->n >= MOST)
		forget(table, 0);
	r = array_grow(&table->items, table->n, sizeof(*table->items));
	if (r == 0)
		table->items[table->n++] = vanished;
	return r;
}

/* It has ended: what do the semaphores say that it may have had? */
static int judge(struct vanished_table *table, const struct vanished_look *look,
		 const struct had *had)
{
	int r = 0;

	for (size_t i = first_lock(look, had->ino);
	     r == 0 && i < look->n_locks && look->locks[i].ino == had->ino; i++)
		if (is_semaphore(&look->locks[i]) && look->locks[i].after.value == 0)
			r = remember(table, had, look->locks[i].offset);
	return r;
}

/* Those that are above 0 were released since, or never taken. */
static void forget_released(struct vanished_table *table, const struct vanished_look *look)
{
	for (size_t i = table->n; i-- > 0;) {
		const struct vanished *item = &table->items[i];
		bool released = is_another(look, item->ino, item->id);

		for (size_t k = first_lock(look, item->ino);
		     k < look->n_locks && look->locks[k].ino == item->ino; k++)
			released = released || (look->locks[k].offset == item->offset &&
						is_semaphore(&look->locks[k]) &&
						look->locks[k].after.value > 0);
		if (released)
			forget(table, i);
	}
}

/* One that is not among those who have it now: it stays in the list (true) where it was not looked
 * at, or has ended and what the locks say is not known. */
static bool miss(struct vanished_table *table, const struct vanished_look *look, struct had *had,
		 int *ret)
{
	if (look->ino && look->ino != had->ino)
		return true;
	if (is_another(look, had->ino, had->id) || (!had->ended && !has_ended(look->procfd, had)))
		return false;
	if (!had->ended)
		had->ended = look->snapshot->begun;
	if (!has_semaphore(look, had->ino))
		return true;
	*ret = judge(table, look, had);
	return false;
}

/* Behind the `n` that have something now, of whom there is room for more: who is kept besides. */
static int keep_others(struct vanished_table *table, const struct vanished_look *look,
		       struct had *now, size_t n, size_t *ret_n)
{
	size_t kept = n, waiting = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < table->n_had; i++) {
		struct had *had = &table->had[i];

		if (bsearch(had, now, n, sizeof(*now), compare) || !miss(table, look, had, &r))
			continue;
		waiting += had->ended != 0;
		if (!had->ended || waiting <= MOST)
			now[kept++] = *had;
	}
	*ret_n = kept;
	return r;
}

int vanished_watch(struct vanished_table *table, const struct vanished_look *look)
{
	struct had *now;
	size_t n;
	int r = list_had(look, table->n_had, &now, &n);

	if (r < 0)
		return r;
	forget_released(table, look);
	r = keep_others(table, look, now, n, &n);
	free(table->had);
	table->had = now;
	table->n_had = n;
	return r;
}

int vanished_list(const struct vanished_table *table, struct vanished **ret, size_t *ret_n)
{
	*ret = calloc(table->n + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	if (table->n > 0)
		memcpy(*ret, table->items, table->n * sizeof(**ret));
	*ret_n = table->n;
	return 0;
}
