/* SPDX-License-Identifier: MIT */
/* What the bytes of each kind of lock say: one row a kind. */
#include "core/lock.h"

#include <linux/futex.h>
#include <string.h>

static uint32_t word(const unsigned char *bytes, size_t offset)
{
	uint32_t w;

	memcpy(&w, bytes + offset, sizeof(w));
	return w;
}

static uint32_t command(const struct waiter *waiter)
{
	return waiter->op & (uint32_t)FUTEX_CMD_MASK;
}

static bool is_private(const struct waiter *waiter)
{
	return waiter->op & FUTEX_PRIVATE_FLAG;
}

/* sem_t (semaphore.h). musl sleeps by FUTEX_WAIT, glibc by FUTEX_WAIT_BITSET. */
static void read_semaphore(const struct lock_kind *kind, const unsigned char *bytes,
			   struct lock_reading *ret)
{
	const struct semaphore s = semaphore_decode(kind->abi, bytes);

	if (s.value > SEMAPHORE_VALUE_MAX)
		return;
	ret->state = s.value > 0 ? LOCK_FREE : LOCK_HELD;
	ret->value = s.value;
	ret->recorded = s.nwaiters;
	ret->counts = true;
	ret->unshared = !s.shared;
}

static bool fits_semaphore(const struct lock_kind *kind, const unsigned char *bytes,
			   const struct waiter *waiter, size_t at)
{
	const struct semaphore s = semaphore_decode(kind->abi, bytes);

	(void)at;
	if (!semaphore_plausible(kind->abi, bytes, NULL) || s.nwaiters == 0 ||
	    s.shared == is_private(waiter))
		return false;
	if (kind->abi->inverted)
		return command(waiter) == FUTEX_WAIT && waiter->expected & 0x80000000u;
	return command(waiter) == FUTEX_WAIT_BITSET &&
	       waiter->expected == (kind->abi->value_shift ? 1u : 0u);
}

/*
 * pthread_mutex_t of glibc, 64 bit (nptl/pthreadP.h, sysdeps/nptl/bits/struct_mutex.h): lock 0,
 * count 4, owner 8, nusers 12, kind 16.
 */
#define MUTEX_ROBUST 0x10u
#define MUTEX_PI 0x20u
#define MUTEX_SHARED 0x80u
#define MUTEX_NO_ELISION 0x200u

static void read_mutex(const struct lock_kind *kind, const unsigned char *bytes,
		       struct lock_reading *ret)
{
	const uint32_t lock = word(bytes, 0), owner = word(bytes, 8), kinds = word(bytes, 16);
	const bool by_tid = kinds & (MUTEX_ROBUST | MUTEX_PI);

	(void)kind;
	if (kinds & ~(3u | MUTEX_ROBUST | MUTEX_PI | MUTEX_SHARED | MUTEX_NO_ELISION))
		return;
	ret->unshared = !(kinds & MUTEX_SHARED);
	ret->robust = kinds & MUTEX_ROBUST;
	if (ret->robust && owner == 0x7ffffffe) /* PTHREAD_MUTEX_NOTRECOVERABLE */
		ret->state = LOCK_RUINED;
	else if (lock == 0 || (by_tid && !(lock & FUTEX_TID_MASK) && lock & FUTEX_OWNER_DIED))
		ret->state = LOCK_FREE;
	else if (!by_tid && lock > 2)
		return;
	else if (by_tid ? (lock & FUTEX_TID_MASK) == 0 : owner == 0 || owner > FUTEX_TID_MASK)
		ret->state = LOCK_HELD; /* it is just being taken or given back */
	else
		ret->state = LOCK_OWNED;
	if (ret->state == LOCK_OWNED)
		ret->owner = (pid_t)(by_tid ? lock & FUTEX_TID_MASK : owner);
}

/* Its sleepers expect 2, or what a robust one has when it is contended. */
static bool fits_mutex(const struct lock_kind *kind, const unsigned char *bytes,
		       const struct waiter *waiter, size_t at)
{
	const uint32_t kinds = word(bytes, 16), users = word(bytes, 12);
	const bool robust = kinds & MUTEX_ROBUST, pi = kinds & MUTEX_PI;
	struct lock_reading reading = {0};

	(void)at;
	read_mutex(kind, bytes, &reading);
	if (reading.state == LOCK_UNTOLD || users > 1 || word(bytes, 20) > 0x7fff ||
	    (kinds & (MUTEX_SHARED | MUTEX_NO_ELISION)) == 0 ||
	    is_private(waiter) == (bool)(kinds & MUTEX_SHARED))
		return false;
	/* Only robust and PI ones are in a list of their owner's. */
	if (!robust && !pi &&
	    (word(bytes, 24) | word(bytes, 28) | word(bytes, 32) | word(bytes, 36)))
		return false;
	if (pi)
		return command(waiter) == FUTEX_LOCK_PI || command(waiter) == FUTEX_LOCK_PI2;
	if (command(waiter) != FUTEX_WAIT && command(waiter) != FUTEX_WAIT_BITSET)
		return false;
	return robust ? waiter->expected & FUTEX_WAITERS : waiter->expected == 2;
}

/*
 * pthread_rwlock_t of glibc, 64 bit (bits/struct_rwlock.h): readers 0 (count << 3; 2: a writer has
 * it, 1: its phase), writers 4, wrphase_futex 8, writers_futex 12, cur_writer 24, shared 28.
 * Who its readers are is nowhere.
 */
static void read_rwlock(const struct lock_kind *kind, const unsigned char *bytes,
			struct lock_reading *ret)
{
	const uint32_t readers = word(bytes, 0), writer = word(bytes, 24);

	(void)kind;
	ret->state = LOCK_HELD;
	ret->value = readers >> 3;
	ret->unshared = bytes[28] == 0;
	if ((readers & 3) == 3 && writer && writer <= FUTEX_TID_MASK) {
		ret->state = LOCK_OWNED;
		ret->owner = (pid_t)writer;
	}
}

static bool fits_rwlock(const struct lock_kind *kind, const unsigned char *bytes,
			const struct waiter *waiter, size_t at)
{
	(void)kind;
	if (command(waiter) != FUTEX_WAIT_BITSET || is_private(waiter) == (bytes[28] != 0) ||
	    bytes[28] > 1 || word(bytes, 48) > 2 || word(bytes, 4) > 0xffff ||
	    (word(bytes, 0) == 0 && word(bytes, 4) == 0))
		return false;
	/* On the phase it sleeps as 2 or 3, as a second writer 3; on the readers: what they are. */
	return at == 0 ? waiter->expected == word(bytes, 0) && waiter->expected & 4
		       : waiter->expected == 2 || waiter->expected == 3 ||
				 (at == 8 && waiter->expected == 1);
}

/*
 * pthread_cond_t of glibc 2.25 to 2.40, 64 bit (bits/thread-shared-types.h): wseq 0, g1_start 8,
 * g_refs 16, g_size 24, g1_orig_size 32, wrefs 36 (1: shared, 2: monotonic, then how many wait),
 * g_signals 40. Since 2.41 there are no g_refs, and all that follows lies elsewhere: no wrefs with
 * a waiter is then where it is looked for.
 */
static void read_cond(const struct lock_kind *kind, const unsigned char *bytes,
		      struct lock_reading *ret)
{
	(void)kind;
	ret->state = LOCK_HELD;
	ret->recorded = word(bytes, 36) >> 3;
	ret->unshared = !(word(bytes, 36) & 1);
}

static bool fits_cond(const struct lock_kind *kind, const unsigned char *bytes,
		      const struct waiter *waiter, size_t at)
{
	const uint32_t refs = word(bytes, 36);

	(void)kind;
	if (refs >> 3 == 0 || refs >> 3 > 0xffff || is_private(waiter) == (bool)(refs & 1) ||
	    word(bytes, 4) || word(bytes, 12) || word(bytes, 0) >> 1 < refs >> 3 ||
	    word(bytes, 24) > 0xffff || word(bytes, 28) > 0xffff)
		return false;
	/* Who waits; who signals, and waits for those that are gone. */
	return at >= 40 ? command(waiter) == FUTEX_WAIT_BITSET : command(waiter) == FUTEX_WAIT;
}

/* pthread_barrier_t of glibc (nptl/pthreadP.h): in 0, current_round 4, count 8, shared 12, out 16.
 */
static void read_barrier(const struct lock_kind *kind, const unsigned char *bytes,
			 struct lock_reading *ret)
{
	(void)kind;
	ret->state = LOCK_HELD;
	ret->unshared = word(bytes, 12) != 0x80;
}

static bool fits_barrier(const struct lock_kind *kind, const unsigned char *bytes,
			 const struct waiter *waiter, size_t at)
{
	const uint32_t in = word(bytes, 0), round = word(bytes, 4), count = word(bytes, 8);

	(void)kind;
	(void)at;
	return command(waiter) == FUTEX_WAIT && waiter->expected == round && count > 1 &&
	       count <= 0xffff && in > round && in - round < count &&
	       word(bytes, 12) == (is_private(waiter) ? 0u : 0x80u) && word(bytes, 16) <= in;
}

#define SEMAPHORE(title, form, bytes)                                                              \
	{                                                                                          \
		.name = title, .size = bytes, .read = read_semaphore, .abi = form,                 \
		.fits = fits_semaphore, .words = {0}, .n_words = 1                                 \
	}

const struct lock_kind lock_kinds[] = {
	SEMAPHORE("sem_t", &semaphore_glibc64, 32),
	SEMAPHORE("32-bit sem_t", &semaphore_glibc32, 16),
	SEMAPHORE("sem_t of musl", &semaphore_musl64, 32),
	{"pthread_mutex_t", 40, read_mutex, NULL, fits_mutex, {0}, 1},
	{"pthread_rwlock_t", 56, read_rwlock, NULL, fits_rwlock, {0, 8, 12}, 3},
	{"pthread_cond_t", 48, read_cond, NULL, fits_cond, {16, 20, 32, 40, 44}, 5},
	{"pthread_barrier_t", 32, read_barrier, NULL, fits_barrier, {4}, 1},
};

const size_t n_lock_kinds = sizeof(lock_kinds) / sizeof(lock_kinds[0]);

const struct lock_kind *lock_kind_of(const struct field_type *type)
{
	for (size_t i = 0; i < n_lock_kinds; i++)
		if (type->abi && lock_kinds[i].abi == type->abi)
			return &lock_kinds[i];
	return NULL;
}

void lock_read(const struct lock_kind *kind, const void *bytes, size_t size,
	       struct lock_reading *ret)
{
	*ret = (struct lock_reading){.state = LOCK_UNTOLD};
	if (size < kind->size)
		return;
	memcpy(ret->bytes, bytes, kind->size);
	ret->size = kind->size;
	kind->read(kind, ret->bytes, ret);
}

bool lock_of_layout(const struct layout *layout, uint64_t offset, struct lock *ret)
{
	for (size_t i = 0; layout && i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];
		const struct lock_kind *kind = lock_kind_of(field->type);

		if (!kind || offset < field->offset || offset - field->offset >= kind->size)
			continue;
		*ret = (struct lock){.offset = field->offset,
				     .size = kind->size,
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

		for (size_t k = 0; k < kind->n_words; k++) {
			const size_t at = kind->words[k];
			uint64_t offset;

			if (waiter->offset < start + at)
				continue;
			offset = waiter->offset - at;
			if (offset % 4 || offset - start > size ||
			    size - (offset - start) < kind->size ||
			    !kind->fits(kind, bytes + (offset - start), waiter, at))
				continue;
			found++;
			*ret = (struct lock){.ino = waiter->ino,
					     .offset = offset,
					     .size = kind->size,
					     .kind = kind,
					     .inferred = true};
		}
	}
	return found == 1;
}
