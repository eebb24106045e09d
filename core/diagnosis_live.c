/* SPDX-License-Identifier: MIT */
/* Who is live: the least fixpoint, step by step with more that counts as live. */
#include "core/diagnosis_graph.h"

#include <stdlib.h>

static bool child_live(const struct graph *graph, pid_t pid, const struct graph_step *step)
{
	const struct graph_process *child = pid ? graph_process(graph, pid) : NULL;

	/* Of one that holds nothing, or that has changed, nothing is known: it will end. */
	if (!child && pid && graph->question->ino)
		return step->beyond;
	return !child || child->unread || child->n == 0 || child->after == GRAPH_NONE ||
	       child->live;
}

/* By its own children, where the pid that it waits for is of another pid namespace. */
static bool reap_live(const struct graph *graph, const struct graph_thread *thread,
		      const struct graph_step *step)
{
	const struct snapshot *after = graph->question->after;
	const struct graph_process *process = &graph->processes[thread->process];
	bool any = false;

	if (thread->thread->child && !process->process->nested)
		return child_live(graph, thread->thread->child, step);
	for (size_t i = 0; i < after->n_children; i++) {
		if (after->children[i].process != process->after)
			continue;
		if (child_live(graph, after->children[i].pid, step))
			return true;
		any = true;
	}
	return !any;
}

static bool sleep_live(const struct graph *graph, const struct graph_thread *thread)
{
	for (size_t i = thread->first; i < thread->first + thread->n; i++) {
		const size_t lock = graph->lock_of[i];

		if (lock == GRAPH_NONE ? graph->processes[thread->process].live
				       : graph->locks[lock].live)
			return true;
	}
	return false;
}

static bool thread_live(const struct graph *graph, const struct graph_thread *thread,
			const struct graph_step *step)
{
	if (thread->missed)
		return step->maybe;
	if (thread->stopped && !step->stopped)
		return false;
	switch (thread->does) {
	case DOES_SLEEP:
		return sleep_live(graph, thread);
	case DOES_REAP:
		return reap_live(graph, thread, step);
	case DOES_HIDE:
		return step->maybe;
	default:
		return true;
	}
}

static bool lock_live(const struct graph *graph, const struct graph_lock *lock,
		      const struct graph_step *step)
{
	if (lock->moved || (lock->beyond && step->beyond) || (lock->maybe && step->maybe) ||
	    (lock->alone && step->newcomers))
		return true;
	if (lock->owned)
		return lock->owner != GRAPH_NONE && !lock->twice &&
		       graph->threads[lock->owner].live;
	for (size_t i = 0; i < lock->n; i++) {
		const struct graph_hold *hold = &graph->holds[lock->first + i];

		if (hold->writable && graph->processes[hold->process].live)
			return true;
	}
	return false;
}

/* Until nothing more becomes live. */
static void solve(struct graph *graph, const struct graph_step *step)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < graph->n_threads; i++) {
			struct graph_thread *thread = &graph->threads[i];

			if (thread->live || !thread_live(graph, thread, step))
				continue;
			thread->step = step->verdict;
			thread->live = graph->processes[thread->process].live = more = true;
		}
		for (size_t i = 0; i < graph->n_locks; i++) {
			struct graph_lock *lock = &graph->locks[i];

			if (lock->live || !lock_live(graph, lock, step))
				continue;
			lock->live = more = true;
			lock->verdict = step->verdict;
			lock->by_scope = step->verdict == VERDICT_WAITING && step->beyond;
		}
	}
}

/* Do the process, and those that it waits for, sleep on this lock and on no other one? */
static bool sleeps_on_it(const struct graph *graph, const struct graph_lock *lock,
			 const struct graph_process *process, unsigned depth)
{
	const struct snapshot *after = graph->question->after;
	const size_t it = (size_t)(lock - graph->locks);

	if (depth > 64)
		return false;
	for (size_t i = process->first; i < process->first + process->n; i++) {
		const struct graph_thread *thread = &graph->threads[i];

		for (size_t k = thread->first; k < thread->first + thread->n; k++)
			if (graph->lock_of[k] != GRAPH_NONE && graph->lock_of[k] != it)
				return false;
		for (size_t k = 0; thread->does == DOES_REAP && k < after->n_children; k++) {
			const struct graph_process *child;

			if (after->children[k].process != process->after)
				continue;
			child = graph_process(graph, after->children[k].pid);
			if (child && child != process &&
			    !sleeps_on_it(graph, lock, child, depth + 1))
				return false;
		}
	}
	return true;
}

/* Is it not in a circle, and could a newcomer release it? Nobody but the owner of a lock can. */
static bool is_alone(const struct graph *graph, const struct graph_lock *lock)
{
	if (lock->live || lock->owned || (lock->object && !lock->object->name))
		return false;
	for (size_t i = 0; i < lock->n; i++) {
		const struct graph_hold *hold = &graph->holds[lock->first + i];

		if (hold->writable &&
		    !sleeps_on_it(graph, lock, &graph->processes[hold->process], 0))
			return false;
	}
	return true;
}

bool graph_rests(const struct graph *graph, const struct graph_lock *lock)
{
	for (size_t i = 0; i < lock->n; i++) {
		const struct graph_hold *hold = &graph->holds[lock->first + i];
		const struct graph_process *process = &graph->processes[hold->process];

		if (!hold->writable)
			continue;
		if (process->unread || process->n == 0)
			return false;
		for (size_t k = process->first; k < process->first + process->n; k++)
			if (!graph->threads[k].rests)
				return false;
	}
	return true;
}

/*
 * It is free, and a thread sleeps on it: for a moment that is so in each release, between its store
 * and its wake; but then the one who releases it, or who was woken, does not rest.
 */
static bool has_failed(const struct graph *graph, const struct graph_lock *lock)
{
	if (!lock->lock || lock->moved)
		return false;
	switch (lock->lock->after.state) {
	case LOCK_FREE:
		return lock->sleepers > 0 && graph_rests(graph, lock);
	case LOCK_RUINED:
		return true;
	case LOCK_OWNED:
		return lock->gone;
	default:
		return false;
	}
}

static void judge_lock(const struct graph *graph, struct graph_lock *lock)
{
	if (!lock->live)
		lock->verdict = VERDICT_STUCK;
	if (lock->beyond)
		lock->verdict = VERDICT_WAITING;
	else if (has_failed(graph, lock))
		lock->verdict = lock->maybe && lock->lock->after.state != LOCK_RUINED
					? VERDICT_UNKNOWN
					: VERDICT_BROKEN;
	else if (lock->waiters == 0)
		lock->verdict = lock->hidden ? VERDICT_UNKNOWN : VERDICT_OK;
}

void graph_judge(struct graph *graph)
{
	static const struct graph_step steps[] = {
		{VERDICT_WAITING, false, false, false, false},
		{VERDICT_WAITING, true, false, false, false},
		{VERDICT_UNKNOWN, true, true, false, false},
		{VERDICT_STOPPED, true, true, true, false},
		{VERDICT_ALONE, true, true, true, true},
	};

	/* A process without threads has changed while it was looked at. */
	for (size_t i = 0; i < graph->n_processes; i++)
		graph->processes[i].live =
			graph->processes[i].n == 0 && !graph->processes[i].unread;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (size_t k = 0; steps[i].newcomers && k < graph->n_locks; k++)
			graph->locks[k].alone = is_alone(graph, &graph->locks[k]);
		solve(graph, &steps[i]);
	}
	for (size_t i = 0; i < graph->n_locks; i++) {
		judge_lock(graph, &graph->locks[i]);
		graph->beyond |= graph->locks[i].by_scope && graph->locks[i].waiters > 0 &&
				 graph->locks[i].ino == graph->question->ino;
	}
}
