/* SPDX-License-Identifier: MIT */
/* Which lock it is that a thread sleeps on: by the layout, or by its sleepers; and its name. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/lock.h"
#include "core/text.h"

/* The largest lock on each side of a word. */
#define AROUND (2 * LOCK_SIZE_MAX)

bool lock_of_layout(const struct layout *layout, uint64_t offset, struct lock *ret)
{
	for (size_t i = 0; layout && i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];
		const struct lock_kind *kind = lock_kind_of(field->type);

		if (!kind || offset < field->offset || offset - field->offset >= kind->type->size)
			continue;
		*ret = (struct lock){.offset = field->offset,
				     .size = kind->type->size,
				     .kind = kind,
				     .field = field->name};
		return true;
	}
	return false;
}

bool lock_infer(const struct waiter *waiter, const unsigned char *bytes, size_t size,
		uint64_t start, struct lock *ret)
{
	unsigned found = 0;

	for (size_t i = 0; i < n_lock_kinds; i++) {
		const struct lock_kind *kind = &lock_kinds[i];

		for (size_t k = 0; k < kind->type->n_words; k++) {
			const size_t at = kind->type->words[k];
			uint64_t offset;

			if (waiter->offset < start + at)
				continue;
			offset = waiter->offset - at;
			if (offset % 4 || offset - start > size ||
			    size - (offset - start) < kind->type->size ||
			    !kind->fits(kind, bytes + (offset - start), waiter, at))
				continue;
			found++;
			*ret = (struct lock){.ino = waiter->ino,
					     .offset = offset,
					     .size = kind->type->size,
					     .kind = kind,
					     .inferred = true};
		}
	}
	return found == 1;
}

bool lock_look(const struct waiter *waiter, const struct object *object, struct lock *ret)
{
	const uint64_t start = waiter->offset > AROUND ? waiter->offset - AROUND : 0;
	unsigned char bytes[2 * AROUND];
	ssize_t n = object_read_some(object, start, bytes, sizeof(bytes));

	return n > 0 && lock_infer(waiter, bytes, (size_t)n, start, ret);
}

const struct lock *lock_list_find(const struct lock_list *list, uint64_t offset)
{
	for (size_t i = 0; i < list->n; i++)
		if (offset >= list->locks[i].offset &&
		    offset - list->locks[i].offset < list->locks[i].size)
			return &list->locks[i];
	return NULL;
}

static bool sleeps_alike(const struct waiter *a, const struct waiter *b)
{
	return a && a->offset == b->offset && a->op == b->op && a->expected == b->expected;
}

int lock_list_infer(const struct snapshot *snapshot, const struct object *object,
		    const struct layout *layout, struct lock_list *ret)
{
	const struct waiter *tried = NULL;
	size_t n;
	const size_t *waiters = snapshot_waiters_of(snapshot, object->id.ino, &n);
	int r = 0;

	for (size_t i = 0; r == 0 && object->fd >= 0 && i < n; i++) {
		const struct waiter *waiter = &snapshot->waiters[waiters[i]];
		struct lock lock;

		if (waiter->place != WAITER_OBJECT || sleeps_alike(tried, waiter) ||
		    lock_list_find(ret, waiter->offset) ||
		    lock_of_layout(layout, waiter->offset, &lock))
			continue;
		tried = waiter;
		if (!lock_look(waiter, object, &lock))
			continue;
		r = array_grow(&ret->locks, ret->n, sizeof(lock));
		if (r == 0)
			ret->locks[ret->n++] = lock;
	}
	return r;
}

void lock_list_deinit(struct lock_list *list)
{
	free(list->locks);
	*list = (struct lock_list){0};
}

void lock_print_name(const struct lock *lock, FILE *out)
{
	if (lock->field)
		text_escape(lock->field, strlen(lock->field), out);
	else
		fprintf(out, "@%" PRIu64 " (%s, inferred)", lock->offset, lock->kind->name);
}
