/* SPDX-License-Identifier: MIT */
/* Two looks in one graph: what differs between them has run, and is live. */
#include "core/diagnosis_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"

/* How struct thread and struct waiter begin. */
struct head {
	size_t process;
	pid_t tid;
};

_Static_assert(offsetof(struct thread, tid) == offsetof(struct head, tid) &&
		       offsetof(struct waiter, tid) == offsetof(struct head, tid),
	       "both begin with whose they are");

/* Pointers to threads or to waiters, by process and tid. */
struct index {
	const struct head **items;
	size_t n;
};

static int compare_heads(const void *left, const void *right)
{
	const struct head *a = *(const struct head *const *)left;
	const struct head *b = *(const struct head *const *)right;

	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	return (a > b) - (a < b);
}

static int index_init(const void *items, size_t n, size_t size, struct index *ret)
{
	ret->n = n;
	ret->items = calloc(n + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ret->items[i] = (const void *)((const char *)items + i * size);
	qsort(ret->items, n, sizeof(*ret->items), compare_heads);
	return 0;
}

/* Where those of the process begin, from the thread `tid` on. */
static size_t index_find(const struct index *index, size_t process, pid_t tid)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct head *head = index->items[middle];

		if (head->process < process || (head->process == process && head->tid < tid))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* One look, indexed. */
struct side {
	const struct snapshot *snapshot;
	struct index threads, waiters;
};

static int side_init(const struct snapshot *snapshot, struct side *ret)
{
	int r = index_init(snapshot->threads, snapshot->n_threads, sizeof(struct thread),
			   &ret->threads);

	ret->snapshot = snapshot;
	if (r == 0)
		r = index_init(snapshot->waiters, snapshot->n_waiters, sizeof(struct waiter),
			       &ret->waiters);
	return r;
}

static void side_deinit(struct side *side)
{
	free(side->threads.items);
	free(side->waiters.items);
}

/* The thread `at` of the process, or NULL where it has no more. */
static const struct thread *side_thread(const struct side *side, size_t process, size_t at)
{
	const struct thread *thread;

	if (process == GRAPH_NONE || at >= side->threads.n)
		return NULL;
	thread = (const struct thread *)side->threads.items[at];
	return thread->process == process ? thread : NULL;
}

/* The words that the thread sleeps on: the first of them and how many. */
static const struct waiter *sleeps_of(const struct side *side, const struct thread *thread,
				      size_t *ret_n)
{
	const size_t first = index_find(&side->waiters, thread->process, thread->tid);
	size_t end = first;

	while (end < side->waiters.n && side->waiters.items[end]->process == thread->process &&
	       side->waiters.items[end]->tid == thread->tid)
		end++;
	*ret_n = end - first;
	return end > first ? (const struct waiter *)side->waiters.items[first] : NULL;
}

static bool same_sleeps(const struct waiter *a, const struct waiter *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].place != b[i].place || a[i].state != b[i].state || a[i].ino != b[i].ino ||
		    a[i].offset != b[i].offset || a[i].address != b[i].address ||
		    a[i].timed != b[i].timed || a[i].expected != b[i].expected)
			return false;
	return true;
}

/* Was it blocked in the same call all the time? A run count of 0 tells nothing. */
static bool same_thread(const struct thread *a, const struct thread *b)
{
	return a && b && a->runs && a->runs == b->runs && a->state == b->state &&
	       a->call == b->call && a->reaps == b->reaps && a->child == b->child;
}

/* A copy that may be written to is a page of its own: nobody else's wake reaches it. */
static bool is_own_copy(const struct snapshot *snapshot, const struct waiter *waiter)
{
	for (size_t i = 0; i < snapshot->n_holders; i++) {
		const struct holder *holder = &snapshot->holders[i];

		if (holder->process == waiter->process && holder->kind == HOLDER_MAPPING &&
		    waiter->address >= holder->start && waiter->address < holder->end)
			return holder->writable && !holder->shared;
	}
	return false;
}

/* On memory that others have, and that was not looked at, it might be woken: it counts as live. */
static enum thread_does sleep_kind(const struct snapshot *snapshot, const struct waiter *waiters,
				   size_t n)
{
	enum thread_does does = DOES_SLEEP;

	for (size_t i = 0; i < n; i++) {
		const enum waiter_place place = waiters[i].place;

		if (waiters[i].timed || place == WAITER_ELSEWHERE || place == WAITER_UNMAPPED ||
		    (place == WAITER_COPY && !is_own_copy(snapshot, &waiters[i])))
			return DOES_RUN;
		if (place == WAITER_UNKNOWN)
			does = DOES_HIDE;
	}
	return does;
}

static void describe_thread(struct graph_thread *ret, const struct side *before,
			    const struct side *after, const struct thread *was,
			    const struct thread *is)
{
	const struct process *process;
	size_t n_was = 0, n_is = 0;
	const struct waiter *slept = was ? sleeps_of(before, was, &n_was) : NULL;
	const struct waiter *sleeps = is ? sleeps_of(after, is, &n_is) : NULL;

	ret->thread = is ? is : was;
	ret->first = sleeps ? (size_t)(sleeps - after->snapshot->waiters) : 0;
	ret->n = n_is;
	ret->moved = !same_thread(was, is) || n_was != n_is || !same_sleeps(slept, sleeps, n_is);
	if (ret->moved)
		return;
	process = &after->snapshot->processes[is->process];
	ret->stopped = is->state == 'T' || is->state == 't' || process->frozen;
	ret->rests = is->state == 'S' && is->call && !process->frozen;
	if (sleeps)
		ret->does = sleep_kind(after->snapshot, sleeps, n_is);
	else if (is->reaps)
		ret->does = DOES_REAP;
}

/* Might it have threads that are not in this look, for want of time? */
static bool side_late(const struct side *side, size_t process)
{
	const struct snapshot *snapshot = side->snapshot;

	return process == GRAPH_NONE ? snapshot->n_unfinished > 0
				     : snapshot->processes[process].error == -ETIMEDOUT;
}

/* Its threads, of both looks. */
static void add_threads(struct graph *graph, struct graph_process *process,
			const struct side *before, const struct side *after)
{
	size_t b = process->before == GRAPH_NONE ? 0
						 : index_find(&before->threads, process->before, 0);
	size_t a =
		process->after == GRAPH_NONE ? 0 : index_find(&after->threads, process->after, 0);

	process->first = graph->n_threads;
	for (;;) {
		const struct thread *was = side_thread(before, process->before, b);
		const struct thread *is = side_thread(after, process->after, a);
		struct graph_thread *thread = &graph->threads[graph->n_threads];

		if (!was && !is)
			break;
		if (was && is && was->tid != is->tid) {
			if (was->tid < is->tid)
				is = NULL;
			else
				was = NULL;
		}
		b += was != NULL;
		a += is != NULL;
		thread->process = (size_t)(process - graph->processes);
		describe_thread(thread, before, after, was, is);
		thread->missed = (!was && side_late(before, process->before)) ||
				 (!is && side_late(after, process->after));
		graph->n_threads++;
	}
	process->n = graph->n_threads - process->first;
}

/* What is not known of it by this look. */
static void note_unread(struct graph_process *ret, const struct side *side, size_t at)
{
	const struct process *process = at == GRAPH_NONE ? NULL : &side->snapshot->processes[at];
	const bool late = side_late(side, at), whole = !late && !(process && process->error);

	ret->unread |= !whole;
	ret->late &= whole || late;
	ret->cut &= whole || (process && process->cut);
}

static void add_process(struct graph *graph, const struct side *before, const struct side *after,
			size_t was, size_t is)
{
	struct graph_process *process = &graph->processes[graph->n_processes++];
	const struct process *b = was == GRAPH_NONE ? NULL : &before->snapshot->processes[was];
	const struct process *a = is == GRAPH_NONE ? NULL : &after->snapshot->processes[is];

	process->process = a ? a : b;
	process->before = was;
	process->after = is;
	process->late = process->cut = true;
	note_unread(process, before, was);
	note_unread(process, after, is);
	add_threads(graph, process, before, after);
}

/* Both looks have them by pid; one of another start is another one. */
static void add_processes(struct graph *graph, const struct side *before, const struct side *after)
{
	const struct snapshot *bs = before->snapshot, *as = after->snapshot;
	size_t b = 0, a = 0;

	while (b < bs->n_processes || a < as->n_processes) {
		const struct process *was = b < bs->n_processes ? &bs->processes[b] : NULL;
		const struct process *is = a < as->n_processes ? &as->processes[a] : NULL;
		bool use_was = was && (!is || was->pid <= is->pid);
		bool use_is = is && (!was || is->pid <= was->pid);

		if (use_was && use_is && was->started != is->started)
			use_is = false;
		add_process(graph, before, after, use_was ? b : GRAPH_NONE,
			    use_is ? a : GRAPH_NONE);
		b += use_was;
		a += use_is;
	}
}

static int compare_holds(const void *left, const void *right)
{
	const struct graph_hold *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->process > b->process) - (a->process < b->process);
}

/* A mapping of MAP_PRIVATE changes nothing that others see. */
static void add_holds_of(struct graph *graph, const struct snapshot *snapshot,
			 const size_t *process_of)
{
	for (size_t i = 0; i < snapshot->n_holders; i++) {
		const struct holder *holder = &snapshot->holders[i];

		graph->holds[graph->n_holds++] = (struct graph_hold){
			.ino = holder->ino,
			.process = process_of[holder->process],
			.writable =
				holder->writable && (holder->kind == HOLDER_FD || holder->shared),
		};
	}
}

static void unite_holds(struct graph *graph)
{
	size_t n = 0;

	qsort(graph->holds, graph->n_holds, sizeof(*graph->holds), compare_holds);
	for (size_t i = 0; i < graph->n_holds; i++) {
		if (n > 0 && compare_holds(&graph->holds[n - 1], &graph->holds[i]) == 0)
			graph->holds[n - 1].writable |= graph->holds[i].writable;
		else
			graph->holds[n++] = graph->holds[i];
	}
	graph->n_holds = n;
}

static int add_holds(struct graph *graph)
{
	const struct snapshot *before = graph->question->before, *after = graph->question->after;
	_cleanup_free_ size_t *of_before = calloc(before->n_processes + 1, sizeof(size_t));
	_cleanup_free_ size_t *of_after = calloc(after->n_processes + 1, sizeof(size_t));

	if (!of_before || !of_after)
		return -ENOMEM;
	for (size_t i = 0; i < graph->n_processes; i++) {
		const struct graph_process *process = &graph->processes[i];

		if (process->before != GRAPH_NONE)
			of_before[process->before] = i;
		if (process->after != GRAPH_NONE)
			of_after[process->after] = i;
	}
	add_holds_of(graph, before, of_before);
	add_holds_of(graph, after, of_after);
	unite_holds(graph);
	return 0;
}

static int allocate(struct graph *graph)
{
	const struct snapshot *before = graph->question->before, *after = graph->question->after;

	graph->processes =
		calloc(before->n_processes + after->n_processes + 1, sizeof(*graph->processes));
	graph->threads = calloc(before->n_threads + after->n_threads + 1, sizeof(*graph->threads));
	graph->holds = calloc(before->n_holders + after->n_holders + 1, sizeof(*graph->holds));
	return graph->processes && graph->threads && graph->holds ? 0 : -ENOMEM;
}

int graph_init(const struct diagnosis_question *question, struct graph *ret)
{
	struct side before = {0}, after = {0};
	int r;

	*ret = (struct graph){.question = question};
	r = allocate(ret);
	if (r == 0)
		r = side_init(question->before, &before);
	if (r == 0)
		r = side_init(question->after, &after);
	if (r == 0) {
		add_processes(ret, &before, &after);
		r = add_holds(ret);
	}
	if (r == 0)
		r = graph_add_locks(ret);
	side_deinit(&before);
	side_deinit(&after);
	return r;
}

void graph_deinit(struct graph *graph)
{
	free(graph->processes);
	free(graph->threads);
	free(graph->holds);
	free(graph->locks);
	free(graph->lock_of);
	*graph = (struct graph){0};
}

const struct graph_process *graph_process(const struct graph *graph, pid_t pid)
{
	size_t low = 0, high = graph->n_processes;

	/* The last one of that number: the one that is still there. */
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (graph->processes[middle].process->pid <= pid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || graph->processes[low - 1].process->pid != pid)
		return NULL;
	return &graph->processes[low - 1];
}
