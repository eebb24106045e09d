/* SPDX-License-Identifier: MIT */
/* The reasons of a finding: who sleeps, who could release it, and what else one should know. */
#include "core/diagnosis_reasons.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "core/array.h"

/* Of each kind so many lines are enough to understand it; then how many more there are. */
#define MOST 8

/* Handlers of the C library's own, for pthread_cancel(3) and setuid(2) in threads: nptl(7). */
#define LIBRARY_SIGNALS (UINT64_C(1) << 31 | UINT64_C(1) << 32)

struct collector {
	const struct graph *graph;
	const struct graph_lock *lock;
	size_t index; /* of the lock */
	struct diagnosis *ret;
	size_t counts[REASON_KINDS];
	bool releasers; /* they were told of */
	int error;
};

static bool has(const struct collector *collector, enum reason_kind kind)
{
	return collector->counts[kind] > 0;
}

static void append(struct collector *collector, struct reason reason)
{
	struct diagnosis *ret = collector->ret;

	if (collector->error)
		return;
	collector->error = array_grow(&ret->reasons, ret->n_reasons, sizeof(*ret->reasons));
	if (collector->error)
		return;
	reason.lock = collector->index;
	ret->reasons[ret->n_reasons++] = reason;
}

static void add(struct collector *collector, struct reason reason)
{
	if (collector->counts[reason.kind]++ < MOST)
		append(collector, reason);
}

/* What was left out, each kind with the first of its line's own reason. */
static void add_more(struct collector *collector, enum reason_kind kind)
{
	if (collector->counts[kind] > MOST)
		append(collector, (struct reason){.kind = REASON_MORE,
						  .of = kind,
						  .count = collector->counts[kind] - MOST});
}

static const struct thread *thread_of(const struct snapshot *after, const struct waiter *waiter)
{
	for (size_t i = 0; i < after->n_threads; i++)
		if (after->threads[i].process == waiter->process &&
		    after->threads[i].tid == waiter->tid)
			return &after->threads[i];
	return NULL;
}

static void add_sleepers(struct collector *collector)
{
	const struct snapshot *after = collector->graph->question->after;

	for (size_t i = 0; i < after->n_waiters; i++) {
		const struct waiter *waiter = &after->waiters[i];

		if (collector->graph->lock_of[i] != collector->index)
			continue;
		add(collector, (struct reason){.kind = REASON_SLEEPS,
					       .process = &after->processes[waiter->process],
					       .thread = collector->counts[REASON_SLEEPS] < MOST
								 ? thread_of(after, waiter)
								 : NULL,
					       .waiter = waiter});
	}
	add_more(collector, REASON_SLEEPS);
}

struct reason reason_of_thread(const struct graph *graph, const struct graph_thread *thread)
{
	const struct snapshot *after = graph->question->after;
	struct reason reason = {.kind = REASON_CAN,
				.process = graph->processes[thread->process].process,
				.thread = thread->thread,
				.other = REASON_NONE};

	if (thread->moved) {
		reason.kind = thread->missed ? REASON_PARTLY : REASON_RAN;
		return reason;
	}
	if (thread->n > 0)
		reason.waiter = &after->waiters[thread->first];
	if (thread->stopped)
		reason.kind = REASON_STOPPED;
	else if (thread->does == DOES_HIDE)
		reason.kind = REASON_HIDDEN;
	else if (thread->does == DOES_REAP)
		reason.kind = REASON_CHILD;
	else if (thread->does == DOES_SLEEP)
		reason.kind = REASON_MEMORY;
	for (size_t i = thread->first;
	     reason.kind == REASON_MEMORY && i < thread->first + thread->n; i++) {
		if (graph->lock_of[i] == GRAPH_NONE)
			continue;
		reason.kind = REASON_WAITS;
		reason.other = graph->lock_of[i];
		reason.waiter = &after->waiters[i];
	}
	return reason;
}

bool thread_sleeps_on(const struct graph *graph, const struct graph_thread *thread, size_t lock)
{
	for (size_t i = thread->first; i < thread->first + thread->n; i++)
		if (graph->lock_of[i] == lock && !graph->question->after->waiters[i].timed)
			return !thread->moved;
	return false;
}

static void add_unread(struct collector *collector, const struct graph_process *process, bool held)
{
	add(collector, (struct reason){.kind = process->late ? REASON_PARTLY : REASON_UNREAD,
				       .process = process->process,
				       .held = held});
}

/* Of each process one line a kind; who sleeps on this very lock was named already. */
static void add_process(struct collector *collector, const struct graph_process *process)
{
	const struct graph *graph = collector->graph;
	bool told[REASON_KINDS] = {false};
	bool waiting = collector->lock->verdict == VERDICT_WAITING;

	if (process->unread)
		add_unread(collector, process, true);
	told[REASON_PARTLY] = true; /* that is why a thread was missed */
	if (process->n == 0 && !process->unread)
		add(collector, (struct reason){.kind = REASON_RAN, .process = process->process});
	for (size_t i = process->first; i < process->first + process->n; i++) {
		const struct graph_thread *thread = &graph->threads[i];
		struct reason reason = reason_of_thread(graph, thread);

		if (told[reason.kind] || thread_sleeps_on(graph, thread, collector->index) ||
		    (waiting && !(thread->live && thread->step == VERDICT_WAITING)))
			continue;
		told[reason.kind] = true;
		add(collector, reason);
	}
}

/* All that the number could be: it is one in each pid namespace. */
static void add_candidates(struct collector *collector)
{
	const struct graph *graph = collector->graph;
	const struct graph_lock *lock = collector->lock;

	for (size_t i = 0; i < lock->n; i++) {
		const struct graph_process *process =
			&graph->processes[graph->holds[lock->first + i].process];

		for (size_t k = process->first; k < process->first + process->n; k++)
			if (graph->threads[k].thread->own == lock->lock->after.owner)
				add(collector, (struct reason){.kind = REASON_MAY_OWN,
							       .process = process->process,
							       .thread = graph->threads[k].thread});
	}
	add_more(collector, REASON_MAY_OWN);
}

static bool has_nested(const struct collector *collector)
{
	const struct graph *graph = collector->graph;
	const struct graph_lock *lock = collector->lock;

	for (size_t i = 0; i < lock->n; i++)
		if (graph->processes[graph->holds[lock->first + i].process].process->nested)
			return true;
	return false;
}

static void add_owner(struct collector *collector)
{
	const struct graph *graph = collector->graph;
	const struct graph_lock *lock = collector->lock;
	const pid_t tid = lock->lock->after.owner;
	const struct graph_thread *thread;

	if (lock->owner == GRAPH_NONE || lock->twice) {
		add(collector,
		    (struct reason){.kind = lock->twice ? REASON_OWNER_TWICE : REASON_OWNER_GONE,
				    .tid = tid,
				    .held = has_nested(collector)});
		if (lock->twice)
			add_candidates(collector);
		return;
	}
	thread = &graph->threads[lock->owner];
	add(collector, (struct reason){.kind = REASON_OWNER,
				       .process = graph->processes[thread->process].process,
				       .thread = thread->thread,
				       .tid = tid});
	add(collector, reason_of_thread(graph, thread));
}

static void add_releasers(struct collector *collector)
{
	const struct graph *graph = collector->graph;
	const struct graph_lock *lock = collector->lock;

	if (lock->owned) {
		add_owner(collector);
		return;
	}
	collector->releasers = true;
	for (size_t i = 0; i < lock->n; i++) {
		const struct graph_hold *hold = &graph->holds[lock->first + i];

		if (hold->writable)
			add_process(collector, &graph->processes[hold->process]);
	}
	for (enum reason_kind kind = REASON_CAN; kind <= REASON_CHILD; kind++)
		add_more(collector, kind);
}

/* For the verdict unknown: who was not seen, and was not named among the releasers. */
static void add_unseen(struct collector *collector)
{
	const struct graph *graph = collector->graph;
	const struct graph_lock *lock = collector->lock;
	size_t at = lock->first;

	for (size_t i = 0; i < graph->n_processes; i++) {
		const struct graph_process *process = &graph->processes[i];
		const struct graph_hold *hold;

		while (at < lock->first + lock->n && graph->holds[at].process < i)
			at++;
		hold = at < lock->first + lock->n && graph->holds[at].process == i
			       ? &graph->holds[at]
			       : NULL;
		if (hold ? process->unread && !(hold->writable && collector->releasers)
			 : graph_might_open(process, lock->object))
			add_unread(collector, process, hold);
	}
}

/* … and what else was not. */
static void add_scope(struct collector *collector)
{
	const struct diagnosis_question *question = collector->graph->question;

	if (question->after->n_unfinished || question->before->n_unfinished)
		add(collector, (struct reason){.kind = REASON_UNSEEN,
					       .count = question->after->n_unfinished
								? question->after->n_unfinished
								: question->before->n_unfinished});
	if (collector->lock->late)
		add(collector, (struct reason){.kind = REASON_LATE});
	if (question->hides)
		add(collector, (struct reason){.kind = REASON_HIDEPID});
	if (question->after->n_unplaced || question->before->n_unplaced)
		add(collector,
		    (struct reason){.kind = REASON_UNPLACED, .count = question->after->n_unplaced});
}

static void add_hidden(struct collector *collector)
{
	const struct graph *graph = collector->graph;
	const struct graph_lock *lock = collector->lock;

	for (size_t i = 0; i < lock->n; i++) {
		const struct graph_process *process =
			&graph->processes[graph->holds[lock->first + i].process];

		for (size_t k = process->first; k < process->first + process->n; k++)
			if (graph->threads[k].does == DOES_HIDE)
				add(collector, reason_of_thread(graph, &graph->threads[k]));
	}
	add_more(collector, REASON_HIDDEN);
}

/* Who may have had it, and can give it back no more: the latest first. */
static void add_vanished(struct collector *collector)
{
	const struct graph_lock *lock = collector->lock;
	const struct diagnosis_question *question = collector->graph->question;

	for (size_t i = question->n_vanished; i-- > 0;)
		if (question->vanished[i].ino == lock->ino &&
		    question->vanished[i].offset == lock->offset)
			add(collector, (struct reason){.kind = REASON_VANISHED,
						       .vanished = question->vanished[i]});
}

/* What could still end it, and what is odd about it. */
static void add_caveats(struct collector *collector)
{
	const struct graph *graph = collector->graph;
	const struct graph_lock *lock = collector->lock;
	const struct lock_reading *reading = lock->lock && !lock->moved ? &lock->lock->after : NULL;
	bool bad = lock->verdict >= VERDICT_ALONE;

	if (bad && lock->verdict != VERDICT_BROKEN && (!lock->object || lock->object->name))
		add(collector, (struct reason){.kind = REASON_NAME});
	for (size_t i = 0; i < lock->n && bad; i++) {
		const struct graph_hold *hold = &graph->holds[lock->first + i];
		const struct process *process = graph->processes[hold->process].process;

		if (!hold->writable)
			add(collector, (struct reason){.kind = REASON_READS, .process = process});
		else if (process->caught & ~LIBRARY_SIGNALS)
			add(collector,
			    (struct reason){.kind = REASON_SIGNALS,
					    .process = process,
					    .signals = process->caught & ~LIBRARY_SIGNALS});
	}
	add_more(collector, REASON_READS);
	add_more(collector, REASON_SIGNALS);
	if (reading && reading->unshared)
		add(collector, (struct reason){.kind = REASON_UNSHARED});
	/* For a moment a waiter is on record and not asleep. */
	if (reading && reading->counts && reading->recorded > lock->waiters && !lock->maybe &&
	    graph_rests(graph, lock))
		add(collector, (struct reason){.kind = REASON_GHOSTS,
					       .count = reading->recorded,
					       .alive = lock->waiters});
}

static void add_failure(struct collector *collector)
{
	const struct graph_lock *lock = collector->lock;
	const enum lock_state state = lock->lock->after.state;

	if (state == LOCK_FREE)
		add(collector,
		    (struct reason){.kind = REASON_VALUE_LEFT, .count = lock->lock->after.value});
	else if (state == LOCK_RUINED)
		add(collector, (struct reason){.kind = REASON_RUINED});
	else
		add_owner(collector);
}

static void collect(struct collector *collector)
{
	const struct graph_lock *lock = collector->lock;

	add_sleepers(collector);
	if (lock->hidden)
		add_hidden(collector);
	else if (lock->verdict == VERDICT_BROKEN)
		add_failure(collector);
	else if (lock->beyond)
		add(collector, (struct reason){.kind = REASON_BEYOND});
	else if (lock->moved && lock->waiters > 0)
		add(collector, (struct reason){.kind = REASON_RAN});
	else if (lock->waiters > 0)
		add_releasers(collector);
	if (lock->verdict == VERDICT_UNKNOWN)
		add_unseen(collector);
	add_more(collector, REASON_UNREAD);
	add_more(collector, REASON_PARTLY);
	if (lock->verdict == VERDICT_UNKNOWN)
		add_scope(collector);
	if (lock->verdict >= VERDICT_ALONE && lock->verdict < VERDICT_BROKEN && !lock->owned &&
	    !has(collector, REASON_WAITS) && !has(collector, REASON_STOPPED) &&
	    !has(collector, REASON_CHILD) && !has(collector, REASON_MEMORY))
		add(collector, (struct reason){.kind = REASON_NOBODY});
	if (lock->verdict > VERDICT_WAITING && lock->verdict < VERDICT_BROKEN && !lock->hidden)
		add_vanished(collector);
	add_caveats(collector);
}

int reasons_collect(const struct graph *graph, size_t lock, struct diagnosis *ret)
{
	struct collector collector = {
		.graph = graph, .lock = &graph->locks[lock], .index = lock, .ret = ret};

	collect(&collector);
	return collector.error;
}
