/* SPDX-License-Identifier: MIT */
/* Decoding the locks of pthreads, and telling them from garbage. */
#include "core/pthreads.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

static uint32_t word(const void *bytes, size_t offset)
{
	uint32_t w;

	memcpy(&w, (const char *)bytes + offset, sizeof(w));
	return w;
}

static uint64_t double_word(const void *bytes, size_t offset)
{
	return word(bytes, offset) | (uint64_t)word(bytes, offset + 4) << 32;
}

__attribute__((format(printf, 2, 3))) static bool refuse(FILE *why, const char *format, ...)
{
	va_list args;

	if (!why)
		return false;
	va_start(args, format);
	vfprintf(why, format, args);
	va_end(args);
	return false;
}

#define MUTEX_TYPE 0x3u
#define MUTEX_ROBUST 0x10u
#define MUTEX_PI 0x20u
#define MUTEX_SHARED 0x80u
#define MUTEX_ELISION 0x300u /* with, or without */

/* PTHREAD_MUTEX_INCONSISTENT, PTHREAD_MUTEX_NOTRECOVERABLE: in the place of an owner. */
#define INCONSISTENT 0x7fffffffu
#define NOT_RECOVERABLE 0x7ffffffeu

/* Robust and PI ones have their owner's number in the word itself, where the kernel looks. */
static void decode_by_tid(uint32_t lock, uint32_t owner, struct mutex *ret)
{
	const uint32_t tid = lock & FUTEX_TID_MASK;

	ret->owner = tid;
	if (ret->robust && owner == NOT_RECOVERABLE)
		ret->state = MUTEX_NOT_RECOVERABLE;
	else if (lock == 0)
		ret->state = MUTEX_UNLOCKED;
	else if (lock & FUTEX_OWNER_DIED)
		ret->state = tid ? MUTEX_INCONSISTENT : MUTEX_OWNER_DIED;
	else if (ret->robust && owner == INCONSISTENT)
		ret->state = MUTEX_INCONSISTENT;
	else
		ret->state = lock & FUTEX_WAITERS ? MUTEX_CONTENDED : MUTEX_LOCKED;
	if (ret->state == MUTEX_OWNER_DIED)
		ret->owner = owner <= TID_MAX ? owner : 0;
}

static void decode_plain(uint32_t lock, uint32_t owner, struct mutex *ret)
{
	ret->state = lock == 0 ? MUTEX_UNLOCKED : lock == 1 ? MUTEX_LOCKED : MUTEX_CONTENDED;
	ret->owner = lock ? owner : 0;
}

static bool mutex_is_locked(const struct mutex *mutex)
{
	return mutex->state == MUTEX_LOCKED || mutex->state == MUTEX_CONTENDED ||
	       mutex->state == MUTEX_INCONSISTENT;
}

static bool mutex_kind(uint32_t kind, struct mutex *ret, FILE *why)
{
	if (kind == UINT32_MAX)
		return refuse(why, "it was destroyed (pthread_mutex_destroy)");
	if (kind & ~(MUTEX_TYPE | MUTEX_ROBUST | MUTEX_PI | MUTEX_SHARED | MUTEX_ELISION))
		return refuse(why, "%#x is no kind of mutex that is known", kind);
	*ret = (struct mutex){.type = kind & MUTEX_TYPE,
			      .robust = kind & MUTEX_ROBUST,
			      .pi = kind & MUTEX_PI,
			      .shared = kind & MUTEX_SHARED};
	return true;
}

bool mutex_decode(const void *bytes, struct mutex *ret, FILE *why)
{
	const uint32_t lock = word(bytes, 0), owner = word(bytes, 8);
	bool by_tid, marked;

	if (!mutex_kind(word(bytes, 16), ret, why))
		return false;
	by_tid = ret->robust || ret->pi;
	marked = ret->robust && (owner == INCONSISTENT || owner == NOT_RECOVERABLE);
	if (by_tid ? (lock & FUTEX_TID_MASK) > TID_MAX : lock > 2)
		return refuse(why, "%#x is no state of such a mutex", lock);
	if (owner > TID_MAX && !marked)
		return refuse(why, "its owner %u is no thread's number", owner);
	/* Only those that are the kernel's business are in a list of their owner's. */
	if (!by_tid && (double_word(bytes, 24) || double_word(bytes, 32)))
		return refuse(why, "it is in a list of robust mutexes, and is not robust");
	if (by_tid)
		decode_by_tid(lock, owner, ret);
	else
		decode_plain(lock, owner, ret);
	/* Only recursive ones count; the rest leave there what they like. */
	if (mutex_is_locked(ret))
		ret->count = ret->type == PTHREAD_MUTEX_RECURSIVE ? word(bytes, 4) : 1;
	return true;
}

/* How many of a group are to be woken; who gives up before his group's turn makes it less than 0.
 */
static bool is_group(uint32_t size)
{
	return size <= TID_MAX || size >= -TID_MAX;
}

static uint32_t group_size(uint32_t size)
{
	return size <= TID_MAX ? size : 0;
}

/* Of those on record, no more than all wait to be woken. */
static bool groups_fit(const void *bytes, size_t sizes, uint32_t refs)
{
	return group_size(word(bytes, sizes)) + group_size(word(bytes, sizes + 4)) <= refs >> 3;
}

/* What both forms begin with. The bytes are not all of one instant: g1_start may be ahead. */
static bool is_sequence(const void *bytes)
{
	return double_word(bytes, 8) >> 1 <= (double_word(bytes, 0) >> 1) + TID_MAX;
}

/* As glibc 2.25 to 2.40 has it. */
static bool is_cond(const void *bytes)
{
	return is_sequence(bytes) && word(bytes, 36) >> 3 <= TID_MAX && is_group(word(bytes, 24)) &&
	       is_group(word(bytes, 28)) && word(bytes, 16) >> 1 <= TID_MAX &&
	       word(bytes, 20) >> 1 <= TID_MAX && (word(bytes, 32) & 3) != 3 &&
	       word(bytes, 32) >> 2 <= TID_MAX && word(bytes, 40) >> 1 <= TID_MAX &&
	       word(bytes, 44) >> 1 <= TID_MAX;
}

static bool is_newer_cond(const void *bytes)
{
	return is_sequence(bytes) && word(bytes, 28) >> 3 <= TID_MAX && is_group(word(bytes, 16)) &&
	       is_group(word(bytes, 20)) && groups_fit(bytes, 16, word(bytes, 28)) &&
	       (word(bytes, 24) & 3) != 3 && word(bytes, 24) >> 2 <= TID_MAX &&
	       double_word(bytes, 40) == 0;
}

bool cond_decode(const void *bytes, struct cond *ret, FILE *why)
{
	const uint32_t refs = word(bytes, 36);
	const bool older = is_cond(bytes);

	*ret = (struct cond){.newer = (!older || !groups_fit(bytes, 24, refs)) &&
				      is_newer_cond(bytes)};
	if (ret->newer)
		return true;
	if (!older)
		return refuse(why, "its counters do not fit together");
	ret->nwaiters = refs >> 3;
	ret->shared = refs & 1;
	ret->monotonic = refs & 2;
	return true;
}

#define RWLOCK_WRPHASE 1u
#define RWLOCK_WRLOCKED 2u
#define RWLOCK_HANDOVER 0x80000000u

static bool rwlock_plausible(const void *bytes, FILE *why)
{
	const uint32_t shared = word(bytes, 28), kind = word(bytes, 48);

	if (shared > 1)
		return refuse(why, "its shared flag is neither 0 nor 1 but %#x", shared);
	if (kind > 2)
		return refuse(why, "%#x is no kind of rwlock", kind);
	if (word(bytes, 24) > TID_MAX)
		return refuse(why, "its writer %u is no thread's number", word(bytes, 24));
	if ((word(bytes, 4) & ~RWLOCK_HANDOVER) > TID_MAX)
		return refuse(why, "%#x writers cannot be", word(bytes, 4));
	/* READER_OVERFLOW; what is slept on is 1, with 2 where somebody sleeps. */
	if (word(bytes, 0) >> 31 || word(bytes, 8) > 3 || word(bytes, 12) > 3)
		return refuse(why, "its words are no state of a rwlock");
	if (double_word(bytes, 16) || double_word(bytes, 40))
		return refuse(why, "its padding is not zero");
	return true;
}

bool rwlock_decode(const void *bytes, struct rwlock *ret, FILE *why)
{
	const uint32_t readers = word(bytes, 0);
	const bool phase = readers & RWLOCK_WRPHASE, writer = readers & RWLOCK_WRLOCKED;

	if (!rwlock_plausible(bytes, why))
		return false;
	*ret = (struct rwlock){.state = RWLOCK_UNLOCKED,
			       .owner = word(bytes, 24),
			       .readers = phase && writer ? 0 : readers >> 3,
			       .kind = word(bytes, 48),
			       .shared = word(bytes, 28)};
	if (ret->readers > 0)
		ret->state = RWLOCK_READ;
	else if (writer)
		ret->state = RWLOCK_WRITTEN;
	return true;
}

#define BARRIER_SHARED 0x80u
#define BARRIER_MAX (UINT32_MAX / 2) /* BARRIER_IN_THRESHOLD */

/* How far a counter is ahead of another; the bytes are not all of one instant. */
static bool is_ahead(uint32_t a, uint32_t b, uint32_t *ret)
{
	*ret = a - b <= TID_MAX ? a - b : 0;
	return a - b <= TID_MAX || b - a <= TID_MAX;
}

bool barrier_decode(const void *bytes, struct barrier *ret, FILE *why)
{
	const uint32_t in = word(bytes, 0), round = word(bytes, 4), shared = word(bytes, 12);
	const uint32_t out = word(bytes, 16);

	*ret = (struct barrier){.count = word(bytes, 8), .shared = shared == BARRIER_SHARED};
	if (shared != 0 && shared != BARRIER_SHARED)
		return refuse(why, "its shared flag is neither 0 nor 0x80 but %#x", shared);
	if (ret->count == 0)
		return refuse(why, "its count is 0 (not yet initialised?)");
	if (ret->count > BARRIER_MAX)
		return refuse(why, "its count %#x is above the largest", ret->count);
	/* More than it waits for may come at once, and then it opens more than once. */
	if (round % ret->count || !is_ahead(in, round, &ret->arrived) ||
	    (out > in && out - in > TID_MAX))
		return refuse(why, "its counters do not fit together");
	return true;
}

bool spinlock_decode(const void *bytes, struct spinlock *ret, FILE *why)
{
	const int32_t value = (int32_t)word(bytes, 0);

	if (value > 1 || value < -(int32_t)TID_MAX)
		return refuse(why, "%d is no state of a spinlock", value);
	*ret = (struct spinlock){.locked = value < 1, .spinners = value < 0 ? (uint32_t)-value : 0};
	return true;
}
