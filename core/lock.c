/* SPDX-License-Identifier: MIT */
/* What the bytes of each kind of lock say: one row a kind. */
#include "core/lock.h"

#include <linux/futex.h>
#include <string.h>

#include "core/pthreads.h"

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
	const struct semaphore s = semaphore_decode(kind->type->abi, bytes);

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
	const struct semaphore_abi *abi = kind->type->abi;
	const struct semaphore s = semaphore_decode(abi, bytes);

	(void)at;
	if (!semaphore_plausible(abi, bytes, NULL) || s.nwaiters == 0 ||
	    s.shared == is_private(waiter))
		return false;
	if (abi->inverted)
		return command(waiter) == FUTEX_WAIT && waiter->expected & 0x80000000u;
	return command(waiter) == FUTEX_WAIT_BITSET &&
	       waiter->expected == (abi->value_shift ? 1u : 0u);
}

/* Who has just taken it, or is about to give it back, may not be told yet or any more. */
static void read_mutex(const struct lock_kind *kind, const unsigned char *bytes,
		       struct lock_reading *ret)
{
	struct mutex mutex;

	(void)kind;
	if (!mutex_decode(bytes, &mutex, NULL))
		return;
	ret->unshared = !mutex.shared;
	ret->robust = mutex.robust;
	if (mutex.state == MUTEX_NOT_RECOVERABLE)
		ret->state = LOCK_RUINED;
	else if (mutex.state == MUTEX_UNLOCKED || mutex.state == MUTEX_OWNER_DIED)
		ret->state = LOCK_FREE;
	else
		ret->state = mutex.owner ? LOCK_OWNED : LOCK_HELD;
	if (ret->state == LOCK_OWNED)
		ret->owner = (pid_t)mutex.owner;
}

/*
 * Its sleepers expect 2, or what a robust one has when it is contended. Who is in pthread_cond_wait
 * is among its users, too. A kind of 0, as the static initialiser makes it, would say too little.
 */
static bool fits_mutex(const struct lock_kind *kind, const unsigned char *bytes,
		       const struct waiter *waiter, size_t at)
{
	struct mutex mutex;

	(void)kind;
	(void)at;
	if (!mutex_decode(bytes, &mutex, NULL) || word(bytes, 12) > TID_MAX ||
	    word(bytes, 20) > 0x7fff || (word(bytes, 16) & 0x280) == 0 ||
	    is_private(waiter) == mutex.shared)
		return false;
	if (mutex.pi)
		return command(waiter) == FUTEX_LOCK_PI || command(waiter) == FUTEX_LOCK_PI2;
	if (command(waiter) != FUTEX_WAIT && command(waiter) != FUTEX_WAIT_BITSET)
		return false;
	return mutex.robust ? waiter->expected & FUTEX_WAITERS : waiter->expected == 2;
}

/* Who its readers are is nowhere. */
static void read_rwlock(const struct lock_kind *kind, const unsigned char *bytes,
			struct lock_reading *ret)
{
	struct rwlock rwlock;

	(void)kind;
	if (!rwlock_decode(bytes, &rwlock, NULL))
		return;
	ret->state = LOCK_HELD;
	ret->value = rwlock.readers;
	ret->unshared = !rwlock.shared;
	if (rwlock.state == RWLOCK_WRITTEN && rwlock.owner) {
		ret->state = LOCK_OWNED;
		ret->owner = (pid_t)rwlock.owner;
	}
}

static bool fits_rwlock(const struct lock_kind *kind, const unsigned char *bytes,
			const struct waiter *waiter, size_t at)
{
	struct rwlock rwlock;

	(void)kind;
	if (!rwlock_decode(bytes, &rwlock, NULL) || command(waiter) != FUTEX_WAIT_BITSET ||
	    is_private(waiter) == rwlock.shared || (word(bytes, 0) == 0 && word(bytes, 4) == 0))
		return false;
	/* On the phase it sleeps as 2 or 3, as a second writer 3; on the readers: what they are. */
	return at == 0 ? waiter->expected == word(bytes, 0) && waiter->expected & 4
		       : waiter->expected == 2 || waiter->expected == 3 ||
				 (at == 8 && waiter->expected == 1);
}

static void read_cond(const struct lock_kind *kind, const unsigned char *bytes,
		      struct lock_reading *ret)
{
	struct cond cond;

	(void)kind;
	if (!cond_decode(bytes, &cond, NULL) || cond.newer)
		return;
	ret->state = LOCK_HELD;
	ret->recorded = cond.nwaiters;
	ret->unshared = !cond.shared;
}

static bool fits_cond(const struct lock_kind *kind, const unsigned char *bytes,
		      const struct waiter *waiter, size_t at)
{
	struct cond cond;

	(void)kind;
	if (!cond_decode(bytes, &cond, NULL) || cond.newer || cond.nwaiters == 0 ||
	    is_private(waiter) == cond.shared || word(bytes, 4) || word(bytes, 12) ||
	    word(bytes, 0) >> 1 < cond.nwaiters)
		return false;
	/* Who waits; who signals, and waits for those that are gone. */
	return at >= 40 ? command(waiter) == FUTEX_WAIT_BITSET : command(waiter) == FUTEX_WAIT;
}

static void read_barrier(const struct lock_kind *kind, const unsigned char *bytes,
			 struct lock_reading *ret)
{
	struct barrier barrier;

	(void)kind;
	if (!barrier_decode(bytes, &barrier, NULL))
		return;
	ret->state = LOCK_HELD;
	ret->unshared = !barrier.shared;
}

static bool fits_barrier(const struct lock_kind *kind, const unsigned char *bytes,
			 const struct waiter *waiter, size_t at)
{
	struct barrier barrier;

	(void)kind;
	(void)at;
	return barrier_decode(bytes, &barrier, NULL) && command(waiter) == FUTEX_WAIT &&
	       waiter->expected == word(bytes, 4) && barrier.count > 1 && barrier.count <= 0xffff &&
	       barrier.arrived > 0 && barrier.arrived < barrier.count &&
	       is_private(waiter) != barrier.shared && word(bytes, 16) <= word(bytes, 0);
}

const struct lock_kind lock_kinds[] = {
	{"sem_t", &type_sem, read_semaphore, fits_semaphore},
	{"32-bit sem_t", &type_sem32, read_semaphore, fits_semaphore},
	{"sem_t of musl", &type_sem_musl, read_semaphore, fits_semaphore},
	{"pthread_mutex_t", &type_mutex, read_mutex, fits_mutex},
	{"pthread_rwlock_t", &type_rwlock, read_rwlock, fits_rwlock},
	{"pthread_cond_t", &type_cond, read_cond, fits_cond},
	{"pthread_barrier_t", &type_barrier, read_barrier, fits_barrier},
};

const size_t n_lock_kinds = sizeof(lock_kinds) / sizeof(lock_kinds[0]);

const struct lock_kind *lock_kind_of(const struct field_type *type)
{
	for (size_t i = 0; i < n_lock_kinds; i++)
		if (lock_kinds[i].type == type)
			return &lock_kinds[i];
	return NULL;
}

const struct semaphore_abi *lock_semaphore(const struct lock *lock)
{
	return lock && lock->kind ? lock->kind->type->abi : NULL;
}

void lock_read(const struct lock_kind *kind, const void *bytes, size_t size,
	       struct lock_reading *ret)
{
	*ret = (struct lock_reading){.state = LOCK_UNTOLD};
	if (size < kind->type->size)
		return;
	memcpy(ret->bytes, bytes, kind->type->size);
	ret->size = kind->type->size;
	kind->read(kind, ret->bytes, ret);
}
