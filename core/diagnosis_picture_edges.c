/* SPDX-License-Identifier: MIT */
/* Who waits for which lock, and who could release that. */
#include "core/diagnosis_picture.h"

#include <errno.h>
#include <stdlib.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/diagnosis_reasons.h"

static int add_edge(struct picture *picture, struct picture_edge edge)
{
	int r = array_grow(&picture->edges, picture->n_edges, sizeof(*picture->edges));

	if (r < 0)
		return r;
	picture->edges[picture->n_edges++] = edge;
	picture->nodes[edge.from].shown = picture->nodes[edge.to].shown = true;
	if (edge.kind != EDGE_WAITS && edge.kind != EDGE_MAY)
		picture->nodes[edge.to].matters = true;
	if (edge.kind == EDGE_OWNS || edge.kind == EDGE_RELEASES)
		picture->nodes[edge.from].released = true;
	return 0;
}

static int add_wait(struct picture *picture, const struct graph_thread *thread, size_t waiter)
{
	const struct graph *graph = picture->graph;
	const struct waiter *at = &graph->question->after->waiters[waiter];
	const size_t lock = graph->lock_of[waiter];

	if (lock == GRAPH_NONE)
		return 0;
	return add_edge(picture, (struct picture_edge){
					 .kind = EDGE_WAITS,
					 .from = thread->process,
					 .to = picture_lock(picture, lock),
					 .threads = 1,
					 .waiter = at,
					 .state = at->state,
					 .timed = at->timed,
					 .since = at->since,
					 .about = at->since_about,
					 .dead = !thread->live &&
						 graph->locks[lock].verdict == VERDICT_STUCK,
				 });
}

static int add_waits(struct picture *picture)
{
	const struct graph *graph = picture->graph;
	int r = 0;

	for (size_t i = 0; r == 0 && i < graph->n_threads; i++) {
		const struct graph_thread *thread = &graph->threads[i];

		for (size_t k = 0; r == 0 && k < thread->n; k++)
			r = add_wait(picture, thread, thread->first + k);
	}
	return r;
}

/* Of whom it may not be told on which word they sleep. */
static int add_hidden(struct picture *picture, size_t lock)
{
	const struct graph *graph = picture->graph;
	const struct graph_lock *at = &graph->locks[lock];
	int r = 0;

	for (size_t i = 0; i < at->n; i++) {
		const size_t process = graph->holds[at->first + i].process;
		const struct graph_process *holder = &graph->processes[process];

		for (size_t k = 0; r == 0 && k < holder->n; k++)
			if (graph->threads[holder->first + k].does == DOES_HIDE)
				r = add_edge(picture, (struct picture_edge){
							      .kind = EDGE_MAY,
							      .from = process,
							      .to = picture_lock(picture, lock),
							      .threads = 1});
	}
	return r;
}

/* How able somebody is to release a lock. */
enum ability {
	ABLE_NOT,
	ABLE_ONE_DAY, /* it is blocked itself; or may not be looked at */
	ABLE_LIVE,    /* it is blocked, but will go on */
	ABLE_NOW,
};

static enum ability thread_ability(const struct graph *graph, const struct graph_thread *thread)
{
	const enum reason_kind kind = reason_of_thread(graph, thread).kind;

	if (kind == REASON_CAN || kind == REASON_RAN)
		return ABLE_NOW;
	return thread->live && thread->step == VERDICT_WAITING ? ABLE_LIVE : ABLE_ONE_DAY;
}

/* … the lock (GRAPH_NONE: any lock of the object). */
static enum ability hold_ability(const struct graph *graph, const struct graph_hold *hold,
				 size_t lock)
{
	const struct graph_process *process = &graph->processes[hold->process];
	enum ability ability = ABLE_NOT;

	if (!hold->writable)
		return ABLE_NOT;
	if (process->unread)
		ability = ABLE_ONE_DAY;
	else if (process->n == 0)
		ability = ABLE_NOW;
	for (size_t i = process->first; i < process->first + process->n; i++) {
		const struct graph_thread *thread = &graph->threads[i];

		if (lock != GRAPH_NONE && thread_sleeps_on(graph, thread, lock))
			continue;
		if (thread_ability(graph, thread) > ability)
			ability = thread_ability(graph, thread);
	}
	return ability;
}

/* Of the lock's holders those are shown that are as able to release it as the ablest. */
static enum ability best_ability(const struct graph *graph, const struct graph_lock *at,
				 size_t lock)
{
	enum ability best = ABLE_ONE_DAY;

	for (size_t i = at->first; i < at->first + at->n; i++) {
		const enum ability ability = hold_ability(graph, &graph->holds[i], lock);

		if (ability > best)
			best = ability;
	}
	return best;
}

/* Is there a question who could release it, and are all its holders the answer? */
static bool is_open(const struct graph_lock *lock)
{
	return lock->waiters > 0 && !lock->owned && !lock->hidden &&
	       lock->verdict != VERDICT_BROKEN;
}

static int add_owner(struct picture *picture, size_t lock)
{
	const struct graph *graph = picture->graph;
	const struct graph_lock *at = &graph->locks[lock];

	if (!at->owned || at->waiters == 0 || at->owner == GRAPH_NONE || at->twice)
		return 0;
	return add_edge(picture, (struct picture_edge){.kind = EDGE_OWNS,
						       .from = picture_lock(picture, lock),
						       .to = graph->threads[at->owner].process,
						       .dead = at->verdict == VERDICT_STUCK});
}

static int add_releasers(struct picture *picture, size_t lock)
{
	const struct graph *graph = picture->graph;
	const struct graph_lock *at = &graph->locks[lock];
	const enum ability best = best_ability(graph, at, lock);
	int r = 0;

	for (size_t i = at->first; r == 0 && i < at->first + at->n; i++)
		if (hold_ability(graph, &graph->holds[i], lock) >= best)
			r = add_edge(picture,
				     (struct picture_edge){.kind = EDGE_RELEASES,
							   .from = picture_lock(picture, lock),
							   .to = graph->holds[i].process,
							   .dead = at->verdict == VERDICT_STUCK});
	return r;
}

/* From the locks, first to end, of one object to who has it: by way of one hub. */
static int add_hub(struct picture *picture, size_t first, size_t end, enum ability best)
{
	const struct graph *graph = picture->graph;
	const struct graph_lock *at = &graph->locks[first];
	const size_t hub = picture_hub(picture, first);
	bool dead = false;
	int r = 0;

	for (size_t i = first; r == 0 && i < end; i++) {
		if (!is_open(&graph->locks[i]))
			continue;
		dead |= graph->locks[i].verdict == VERDICT_STUCK;
		picture->nodes[picture_lock(picture, i)].hub = hub;
		r = add_edge(picture, (struct picture_edge){.kind = EDGE_RELEASES,
							    .from = picture_lock(picture, i),
							    .to = hub,
							    .dead = graph->locks[i].verdict ==
								    VERDICT_STUCK});
	}
	for (size_t i = at->first; r == 0 && i < at->first + at->n; i++)
		if (hold_ability(graph, &graph->holds[i], GRAPH_NONE) >= best)
			r = add_edge(picture, (struct picture_edge){.kind = EDGE_RELEASES,
								    .from = hub,
								    .to = graph->holds[i].process,
								    .dead = dead});
	return r;
}

/* A hub is for where it saves more than half of the arrows. */
static int add_object(struct picture *picture, size_t first, size_t end)
{
	const struct graph *graph = picture->graph;
	const struct graph_lock *at = &graph->locks[first];
	const enum ability best = best_ability(graph, at, GRAPH_NONE);
	size_t locks = 0, holders = 0;
	int r = 0;

	for (size_t i = first; i < end; i++)
		locks += is_open(&graph->locks[i]);
	for (size_t i = at->first; i < at->first + at->n; i++)
		holders += hold_ability(graph, &graph->holds[i], GRAPH_NONE) >= best;
	if (locks * holders > 2 * (locks + holders))
		r = add_hub(picture, first, end, best);
	for (size_t i = first; r == 0 && i < end; i++) {
		const struct graph_lock *lock = &graph->locks[i];

		if (lock->waiters > 0 || lock->verdict != VERDICT_OK)
			picture->nodes[picture_lock(picture, i)].shown = true;
		if (lock->hidden)
			r = add_hidden(picture, i);
		else if (lock->owned)
			r = add_owner(picture, i);
		else if (is_open(lock) &&
			 picture->nodes[picture_lock(picture, i)].hub == GRAPH_NONE)
			r = add_releasers(picture, i);
	}
	return r;
}

static int add_objects(struct picture *picture)
{
	const struct graph *graph = picture->graph;
	int r = 0;

	for (size_t i = 0, end = 0; r == 0 && i < graph->n_locks; i = end) {
		while (end < graph->n_locks && graph->locks[end].ino == graph->locks[i].ino)
			end++;
		r = add_object(picture, i, end);
	}
	return r;
}

static int add_child(struct picture *picture, const struct graph_thread *thread, pid_t pid)
{
	const struct graph *graph = picture->graph;
	const struct graph_process *child = pid ? graph_process(graph, pid) : NULL;

	if (!child)
		return 0;
	return add_edge(picture, (struct picture_edge){.kind = EDGE_REAPS,
						       .from = thread->process,
						       .to = (size_t)(child - graph->processes),
						       .threads = 1,
						       .dead = !thread->live});
}

/* As the diagnosis does: by its own children where it counts processes otherwise than we. */
static int add_children(struct picture *picture, const struct graph_thread *thread)
{
	const struct graph *graph = picture->graph;
	const struct graph_process *process = &graph->processes[thread->process];
	const struct snapshot *after = graph->question->after;
	int r = 0;

	if (thread->thread->child && !process->process->nested)
		return add_child(picture, thread, thread->thread->child);
	for (size_t i = 0; r == 0 && i < after->n_children; i++)
		if (after->children[i].process == process->after)
			r = add_child(picture, thread, after->children[i].pid);
	return r;
}

/* Of those who are waited for and themselves wait for children; and of these. */
static int add_reaps(struct picture *picture)
{
	const struct graph *graph = picture->graph;
	_cleanup_free_ bool *done = calloc(graph->n_processes + 1, sizeof(*done));
	int r = done ? 0 : -ENOMEM;

	for (bool more = true; r == 0 && more;) {
		more = false;
		for (size_t i = 0; r == 0 && i < graph->n_processes; i++) {
			const struct graph_process *process = &graph->processes[i];

			if (done[i] || !picture->nodes[i].matters)
				continue;
			done[i] = more = true;
			for (size_t k = process->first; r == 0 && k < process->first + process->n;
			     k++)
				if (graph->threads[k].does == DOES_REAP)
					r = add_children(picture, &graph->threads[k]);
		}
	}
	return r;
}

int picture_add_edges(struct picture *picture)
{
	int r = add_waits(picture);

	if (r == 0)
		r = add_objects(picture);
	return r == 0 ? add_reaps(picture) : r;
}
