/* SPDX-License-Identifier: MIT */
/* What is written of locks in the picture: short, for the long sentences are in `verdict`. */
#include "core/diagnosis_dot.h"

#include <inttypes.h>

/* Longer names are cut, at a character; the tooltip has all of it. */
#define NAME_MOST 40

static void print_object(const struct graph_lock *lock, size_t most, FILE *out)
{
	if (lock->object && lock->object->name)
		dot_name(lock->object->name, most, out);
	else
		fprintf(out, "%s %" PRIu64, lock->object ? "nameless object" : "object", lock->ino);
}

/* "wsem: sem_t", "@64 (sem_t, inferred)", "the word at byte 64" */
static void print_place(const struct graph_lock *at, size_t most, FILE *out)
{
	const struct lock *lock = at->lock;

	if (at->hidden) {
		fputs("a lock: which may not be told", out);
	} else if (lock && lock->field) {
		dot_name(lock->field, most, out);
		if (lock->kind)
			fprintf(out, ": %s", lock->kind->name);
	} else if (lock && lock->kind) {
		lock_print_name(lock, out);
	} else {
		fprintf(out, "the word at byte %" PRIu64, at->offset);
	}
}

void dot_lock_name(const struct picture *picture, size_t lock, FILE *out)
{
	const struct graph_lock *at = &picture->graph->locks[lock];

	print_object(at, SIZE_MAX, out);
	fputs(": ", out);
	print_place(at, SIZE_MAX, out);
}

/* The thread by our number; where it is not known which one that is, as it calls itself. */
static void print_owner(const struct graph *graph, const struct graph_lock *at, FILE *out)
{
	const struct graph_thread *owner = at->owned && !at->twice && at->owner != GRAPH_NONE
						   ? &graph->threads[at->owner]
						   : NULL;

	fputs("\nowned by thread ", out);
	if (owner)
		process_print_tid(graph->processes[owner->process].process, owner->thread->tid,
				  owner->thread->own, out);
	else
		fprintf(out, "%d", at->lock->after.owner);
}

/* What its bytes say, as far as it tells something. */
static void print_reading(const struct graph *graph, const struct graph_lock *at, FILE *out)
{
	const struct lock_reading *reading = at->lock ? &at->lock->after : NULL;

	if (at->moved)
		fputs("\nchanged while it was looked at", out);
	else if (!reading)
		return;
	else if (at->late)
		fputs("\nno time to read its bytes", out);
	else if (reading->size == 0)
		fputs("\nits bytes could not be read", out);
	else if (at->lock->kind->type->abi || reading->counts)
		fprintf(out, "\nvalue %u", reading->value);
	else if (reading->state == LOCK_OWNED)
		print_owner(graph, at, out);
	else if (reading->state == LOCK_FREE)
		fputs("\nfree", out);
	else if (reading->state == LOCK_HELD && reading->value)
		fprintf(out, "\n%u readers", reading->value);
}

static const char *broken_how(const struct graph_lock *at)
{
	switch (at->lock ? at->lock->after.state : LOCK_UNTOLD) {
	case LOCK_FREE:
		return ": free, and yet a thread sleeps";
	case LOCK_RUINED:
		return ": not recoverable";
	default:
		return ": its owner is gone";
	}
}

/* A few words more than the one. */
static const char *verdict_how(const struct picture *picture, size_t lock)
{
	const struct graph_lock *at = &picture->graph->locks[lock];
	const struct picture_node *node = &picture->nodes[picture_lock(picture, lock)];

	switch (at->verdict) {
	case VERDICT_BROKEN:
		return broken_how(at);
	case VERDICT_STUCK:
		return node->circle != GRAPH_NONE ? ": in a circle"
		       : node->released           ? ": nobody who could\nrelease it can run"
						  : ": nobody else has it";
	case VERDICT_STOPPED:
		return ": so is who could release it";
	case VERDICT_ALONE:
		return at->alone ? ": all who have it sleep on it" : ": behind one that is";
	case VERDICT_UNKNOWN:
		return ": not all could be looked at";
	default:
		return "";
	}
}

/* The last one that it stands for. */
static const struct graph_lock *last_member(const struct picture *picture, size_t lock)
{
	const size_t node = picture_lock(picture, lock);
	size_t last = lock;

	for (size_t i = lock; i < picture->graph->n_locks; i++)
		if (picture->nodes[picture_lock(picture, i)].group == node)
			last = i;
	return &picture->graph->locks[last];
}

/* "49 locks, one for each: sem_t, bytes 64…3136, inferred" */
static void print_places(const struct picture *picture, size_t lock, FILE *out)
{
	const struct graph_lock *at = &picture->graph->locks[lock];
	const struct lock *its = at->lock;

	fprintf(out, "%zu locks, one for each:\n%s",
		picture->nodes[picture_lock(picture, lock)].members,
		its && its->kind ? its->kind->name : "words");
	fprintf(out, ", bytes %" PRIu64 "…%" PRIu64 "%s", at->offset,
		last_member(picture, lock)->offset, its && its->inferred ? ", inferred" : "");
}

void dot_lock(const struct picture *picture, size_t lock, FILE *out)
{
	const struct graph_lock *at = &picture->graph->locks[lock];

	print_object(at, NAME_MOST, out);
	fputc('\n', out);
	if (picture->nodes[picture_lock(picture, lock)].members > 1)
		print_places(picture, lock, out);
	else
		print_place(at, NAME_MOST, out);
	print_reading(picture->graph, at, out);
	if (at->verdict != VERDICT_WAITING)
		fprintf(out, "\n%s%s", verdict_word(at->verdict), verdict_how(picture, lock));
}

void dot_hub(const struct picture *picture, size_t lock, FILE *out)
{
	fputs("any other\nthat has ", out);
	print_object(&picture->graph->locks[lock], NAME_MOST, out);
}
