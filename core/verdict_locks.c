/* SPDX-License-Identifier: MIT */
/* From layouts and sleepers to locks, and what their bytes say. */
#include "core/verdict_locks.h"

#include "core/array.h"

/* They are added object by object: those of the same one are the last. */
static int add_lock(struct verdicts *verdicts, const struct lock *lock)
{
	int r;

	for (size_t i = verdicts->n_locks; i-- > 0 && verdicts->locks[i].ino == lock->ino;)
		if (verdicts->locks[i].offset == lock->offset)
			return 0;
	r = array_grow(&verdicts->locks, verdicts->n_locks, sizeof(*lock));
	if (r == 0)
		verdicts->locks[verdicts->n_locks++] = *lock;
	return r;
}

int verdicts_add_layout(struct verdicts *verdicts, uint64_t ino, const struct layout *layout)
{
	int r = 0;

	for (size_t i = 0; r == 0 && layout && i < layout->n_fields; i++) {
		struct lock lock;

		if (!lock_kind_of(layout->fields[i].type) ||
		    !lock_of_layout(layout, layout->fields[i].offset, &lock))
			continue;
		lock.ino = ino;
		r = add_lock(verdicts, &lock);
	}
	return r;
}

static bool is_known(const struct verdicts *verdicts, const struct waiter *waiter)
{
	for (size_t i = verdicts->n_locks; i-- > 0 && verdicts->locks[i].ino == waiter->ino;) {
		const struct lock *lock = &verdicts->locks[i];

		if (waiter->offset >= lock->offset && waiter->offset - lock->offset < lock->size)
			return true;
	}
	return false;
}

int verdicts_add_inferred(struct verdicts *verdicts, uint64_t ino, const struct object *object)
{
	const struct snapshot *before = &verdicts->before;
	size_t n;
	const size_t *waiters = snapshot_waiters_of(before, ino, &n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct waiter *waiter = &before->waiters[waiters[i]];
		struct lock lock;

		if (waiter->place != WAITER_OBJECT || is_known(verdicts, waiter))
			continue;
		if (lock_look(waiter, object, &lock))
			r = add_lock(verdicts, &lock);
	}
	return r;
}

void verdicts_read_locks(struct verdicts *verdicts, uint64_t ino, const struct object *object,
			 bool after)
{
	for (size_t i = ARRAY_FIRST(verdicts->locks, verdicts->n_locks, ino, ino);
	     i < verdicts->n_locks && verdicts->locks[i].ino == ino; i++) {
		struct lock *lock = &verdicts->locks[i];
		unsigned char bytes[LOCK_SIZE_MAX];
		bool there;

		there = object->fd >= 0 &&
			object_read(object, lock->offset, bytes, lock->size) == 0;
		lock_read(lock->kind, bytes, there ? lock->size : 0,
			  after ? &lock->after : &lock->before);
	}
}
