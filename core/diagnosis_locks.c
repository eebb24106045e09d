/* SPDX-License-Identifier: MIT */
/* The locks of a graph: which there are, who could release each, and who might. */
#include "core/diagnosis_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"

bool diagnosis_could_open(const struct process *process, const struct diagnosis_object *object)
{
	bool member;

	if (!object)
		return true;
	/* A process of root's could open anything; but it is no reason to doubt everything. */
	if (process->uid == 0 || process->uid == object->uid)
		return process->uid == object->uid;
	if (object->acl) /* The group's bits are its mask, acl(5). */
		return object->mode & 0022;
	member = process->gid == object->gid || process->n_groups > PROCESS_GROUPS;
	for (unsigned i = 0; !member && i < process->n_groups; i++)
		member = process->groups[i] == object->gid;
	return object->mode & (member ? 0020 : 0002);
}

bool graph_might_open(const struct graph_process *process, const struct diagnosis_object *object)
{
	if (process->cut && object && !object->late && !object->name)
		return false;
	return process->unread && diagnosis_could_open(process->process, object);
}

static int compare_places(uint64_t ino_a, uint64_t a, uint64_t ino_b, uint64_t b)
{
	if (ino_a != ino_b)
		return ino_a < ino_b ? -1 : 1;
	return (a > b) - (a < b);
}

/* Of equal places the one that is known comes first. */
static int compare_locks(const void *left, const void *right)
{
	const struct graph_lock *a = left, *b = right;
	int r = compare_places(a->ino, a->offset, b->ino, b->offset);

	return r ? r : (b->lock != NULL) - (a->lock != NULL);
}

/* The lock, of the first n, that has this word; GRAPH_NONE: none. */
static size_t find_lock(const struct graph *graph, size_t n, uint64_t ino, uint64_t offset)
{
	size_t low = 0, high = n;
	const struct graph_lock *lock;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct graph_lock *at = &graph->locks[middle];

		if (compare_places(at->ino, at->offset, ino, offset) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return GRAPH_NONE;
	lock = &graph->locks[low - 1];
	if (lock->ino != ino || lock->hidden ||
	    offset - lock->offset >= (lock->lock ? lock->lock->size : 1))
		return GRAPH_NONE;
	return low - 1;
}

static void sort_locks(struct graph *graph)
{
	size_t n = 0;

	qsort(graph->locks, graph->n_locks, sizeof(*graph->locks), compare_locks);
	for (size_t i = 0; i < graph->n_locks; i++)
		if (n == 0 || compare_places(graph->locks[n - 1].ino, graph->locks[n - 1].offset,
					     graph->locks[i].ino, graph->locks[i].offset) != 0)
			graph->locks[n++] = graph->locks[i];
	graph->n_locks = n;
}

/* Words that are slept on, in none of the locks that were given. */
static void add_words(struct graph *graph)
{
	const struct snapshot *after = graph->question->after;
	const size_t given = graph->n_locks;

	for (size_t i = 0; i < after->n_waiters; i++) {
		const struct waiter *waiter = &after->waiters[i];

		if (waiter->place == WAITER_OBJECT &&
		    find_lock(graph, given, waiter->ino, waiter->offset) == GRAPH_NONE)
			graph->locks[graph->n_locks++] =
				(struct graph_lock){.ino = waiter->ino, .offset = waiter->offset};
	}
}

static bool hides(const struct graph *graph, const struct graph_process *process)
{
	if (process->unread && process->late)
		return true;
	for (size_t i = 0; i < process->n; i++)
		if (graph->threads[process->first + i].does == DOES_HIDE)
			return true;
	return false;
}

/* Where it may not be told on what threads sleep, or there was no time to look at them, it might be
 * on any object of their process. */
static void add_hidden(struct graph *graph)
{
	for (size_t i = 0; i < graph->n_holds; i++) {
		const struct graph_hold *hold = &graph->holds[i];

		if (hides(graph, &graph->processes[hold->process]))
			graph->locks[graph->n_locks++] = (struct graph_lock){
				.ino = hold->ino, .offset = UINT64_MAX, .hidden = true};
	}
}

static void find_holds(const struct graph *graph, struct graph_lock *lock)
{
	size_t end = lock->first = ARRAY_FIRST(graph->holds, graph->n_holds, ino, lock->ino);

	while (end < graph->n_holds && graph->holds[end].ino == lock->ino)
		end++;
	lock->n = end - lock->first;
}

static bool not_all_seen(const struct diagnosis_question *question)
{
	return question->hides || question->before->n_unfinished || question->after->n_unfinished ||
	       question->before->n_unplaced || question->after->n_unplaced;
}

/* Might somebody who could not be looked at release it? */
static bool might_be_released(const struct graph *graph, const struct graph_lock *lock)
{
	if (not_all_seen(graph->question) || lock->late)
		return true;
	for (size_t i = 0; i < graph->n_processes; i++)
		if (graph_might_open(&graph->processes[i], lock->object))
			return true;
	for (size_t i = 0; i < lock->n; i++)
		if (graph->processes[graph->holds[lock->first + i].process].unread)
			return true;
	return false;
}

static bool has_changed(const struct lock *lock)
{
	return lock->before.size != lock->after.size ||
	       memcmp(lock->before.bytes, lock->after.bytes, lock->after.size) != 0;
}

/*
 * The owner among the threads that have the object: the number is that of its own pid namespace.
 * Another one's number, or that of a thread without the object, is not its.
 */
static void find_owner(const struct graph *graph, struct graph_lock *lock)
{
	lock->gone = true;
	for (size_t i = 0; i < lock->n; i++) {
		const struct graph_process *process =
			&graph->processes[graph->holds[lock->first + i].process];

		for (size_t k = process->first; k < process->first + process->n; k++) {
			const struct thread *thread = graph->threads[k].thread;

			if (thread->own == 0) {
				lock->maybe = true;
			} else if (thread->own == lock->lock->after.owner) {
				lock->twice |= !lock->gone;
				lock->gone = false;
				lock->owner = k;
			}
		}
	}
	lock->maybe |= lock->twice;
}

static void complete_lock(const struct graph *graph, struct graph_lock *lock)
{
	lock->owner = GRAPH_NONE;
	lock->object = diagnosis_object_find(graph->question->objects, graph->question->n_objects,
					     lock->ino);
	lock->beyond = graph->question->ino && graph->question->ino != lock->ino;
	find_holds(graph, lock);
	lock->late = lock->object ? lock->object->late : graph->question->late;
	lock->maybe = lock->hidden || might_be_released(graph, lock);
	lock->moved = lock->lock && !lock->late && has_changed(lock->lock);
	lock->owned = lock->lock && !lock->moved && lock->lock->after.state == LOCK_OWNED;
	if (lock->owned)
		find_owner(graph, lock);
}

static void assign_waiters(struct graph *graph)
{
	const struct snapshot *after = graph->question->after;

	for (size_t i = 0; i < after->n_waiters; i++) {
		const struct waiter *waiter = &after->waiters[i];

		graph->lock_of[i] = GRAPH_NONE;
		if (waiter->place != WAITER_OBJECT)
			continue;
		graph->lock_of[i] = find_lock(graph, graph->n_locks, waiter->ino, waiter->offset);
		if (graph->lock_of[i] != GRAPH_NONE)
			graph->locks[graph->lock_of[i]].waiters++;
	}
	for (size_t i = 0; i < graph->n_threads; i++) {
		const struct graph_thread *thread = &graph->threads[i];

		for (size_t k = 0; !thread->moved && k < thread->n; k++) {
			const size_t lock = graph->lock_of[thread->first + k];

			if (lock != GRAPH_NONE)
				graph->locks[lock].sleepers +=
					after->waiters[thread->first + k].state == WAITER_ASLEEP;
		}
	}
}

int graph_add_locks(struct graph *graph)
{
	const struct diagnosis_question *question = graph->question;
	const size_t n_waiters = question->after->n_waiters;

	graph->locks =
		calloc(question->n_locks + n_waiters + graph->n_holds + 1, sizeof(*graph->locks));
	graph->lock_of = calloc(n_waiters + 1, sizeof(*graph->lock_of));
	if (!graph->locks || !graph->lock_of)
		return -ENOMEM;
	for (size_t i = 0; i < question->n_locks; i++)
		graph->locks[graph->n_locks++] =
			(struct graph_lock){.ino = question->locks[i].ino,
					    .offset = question->locks[i].offset,
					    .lock = &question->locks[i]};
	sort_locks(graph);
	add_words(graph);
	add_hidden(graph);
	sort_locks(graph);
	for (size_t i = 0; i < graph->n_locks; i++)
		complete_lock(graph, &graph->locks[i]);
	assign_waiters(graph);
	return 0;
}
