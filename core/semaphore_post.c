/* SPDX-License-Identifier: MIT */
/* Posting a semaphore that lies in mapped memory, as each C library does it. */
#include <errno.h>
#include <limits.h>

#include "core/semaphore.h"

/*
 * The words are changed by other programs at the same time, and may be anything: each step is one
 * compare-and-exchange of what was looked at. The order is that of sem_post(3), release.
 */
#define EXCHANGE(word, old, new)                                                                   \
	__atomic_compare_exchange_n((word), (old), (new), false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)

/* glibc, nptl/sem_post.c with 64-bit atomics: value and waiters are one word; wake if any waits. */
int semaphore_post_glibc64(void *mapped, uint32_t n, int *ret_wake)
{
	uint64_t *word = mapped, old = __atomic_load_n(word, __ATOMIC_RELAXED);

	do {
		if ((uint32_t)old > SEMAPHORE_VALUE_MAX || n > SEMAPHORE_VALUE_MAX - (uint32_t)old)
			return -EOVERFLOW;
	} while (!EXCHANGE(word, &old, old + n));
	*ret_wake = old >> 32 ? (int)n : 0;
	return 0;
}

/* The same without them: the value's word is twice the value, and its bit 0 says that any waits. */
int semaphore_post_glibc32(void *mapped, uint32_t n, int *ret_wake)
{
	uint32_t *word = mapped, old = __atomic_load_n(word, __ATOMIC_RELAXED);

	do {
		if (n > SEMAPHORE_VALUE_MAX - (old >> 1))
			return -EOVERFLOW;
	} while (!EXCHANGE(word, &old, old + 2 * n));
	*ret_wake = old & 1 ? (int)n : 0;
	return 0;
}

/*
 * musl, src/thread/sem_post.c. That zero and waiters are one state is told by -1 up to 1.2.3, later
 * by the top bit alone; in both it is wiped, and all are woken: who finds nothing marks it again.
 */
int semaphore_post_musl(void *mapped, uint32_t n, int *ret_wake)
{
	uint32_t *word = mapped, old = __atomic_load_n(word, __ATOMIC_RELAXED), value;

	do {
		value = old == UINT32_MAX ? 0 : old & SEMAPHORE_VALUE_MAX;
		if (n > SEMAPHORE_VALUE_MAX - value)
			return -EOVERFLOW;
	} while (!EXCHANGE(word, &old, value + n));
	*ret_wake = old >> 31 || __atomic_load_n(word + 1, __ATOMIC_RELAXED) ? INT_MAX : 0;
	return 0;
}
