/* SPDX-License-Identifier: MIT */
/* The bytes of a sem_t, as the C libraries keep them. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Where the words of a sem_t lie. glibc (nptl/semaphoreP.h, sysdeps/nptl/internaltypes.h, struct
 * new_sem) has two forms: with 64-bit atomics 32 bytes, value and waiters side by side; without
 * them (i386) 16 bytes, the value shifted left by one, bit 0 saying that somebody waits. The shared
 * flag is FUTEX_PRIVATE_FLAG ^ private: 0x80 for a semaphore that processes share, 0 for one that
 * only the threads of one process do. musl (src/thread/sem_*.c) keeps the flag the other way round,
 * and what lies in the word when somebody waits is no value of glibc's: -1 up to musl 1.2.3, and
 * bit 31 beside the value since.
 */
struct semaphore_abi {
	const char *name; /* "glibc 64-bit" */
	size_t size;
	unsigned char alignment;   /* of its words, for atomic access */
	unsigned char value;       /* offset of the value's word */
	unsigned char value_shift; /* the value is that word >> this */
	unsigned char nwaiters;    /* offset of the recorded number of waiters */
	unsigned char pshared;     /* offset of the shared flag */
	bool inverted;             /* the flag is 0 where processes share it, else 0x80 */
	bool waiting_bit;          /* musl's value: -1 is 0, bit 31 is no part of it */
	const char *ambiguous;     /* what a flag of 0 may mean just as well, in another library */
	/*
	 * Post `n` times at once: what n calls of the library's own sem_post(3) do to the words at
	 * `mapped`, in one atomic step, but not the waking. 0 and how many sleepers on the value's
	 * word are to be woken; or -EOVERFLOW, and nothing was done.
	 */
	int (*post)(void *mapped, uint32_t n, int *ret_wake);
};

int semaphore_post_glibc64(void *mapped, uint32_t n, int *ret_wake);
int semaphore_post_glibc32(void *mapped, uint32_t n, int *ret_wake);
int semaphore_post_musl(void *mapped, uint32_t n, int *ret_wake);

extern const struct semaphore_abi semaphore_glibc64;
extern const struct semaphore_abi semaphore_glibc32;
extern const struct semaphore_abi semaphore_musl64;

struct semaphore {
	uint32_t value; /* as sem_getvalue(3) would say; above SEM_VALUE_MAX it is no glibc value */
	uint32_t nwaiters; /* as recorded: killed waiters stay in it */
	uint32_t flag;     /* the raw shared flag: SEMAPHORE_SHARED, or 0, or garbage */
	bool shared;       /* it says that processes share it */
};

#define SEMAPHORE_SHARED 0x80u
/* SEM_VALUE_MAX of glibc; sem_post(3) beyond it is EOVERFLOW. */
#define SEMAPHORE_VALUE_MAX ((uint32_t)INT_MAX)

/* What sem_getvalue(3) makes of the value's word; above SEM_VALUE_MAX it is none of this ABI. */
uint32_t semaphore_value(const struct semaphore_abi *abi, uint32_t word);

/* The words of the abi->size bytes at `bytes`, whatever they are. */
struct semaphore semaphore_decode(const struct semaphore_abi *abi, const void *bytes);

/*
 * semaphore_plausible() - Can these abi->size bytes be a semaphore that sem_init(3) made?
 *
 * Value and flag in range and the padding zero. All zero bytes are not taken for one: that is what
 * every object looks like before its program has come to sem_init; but they are one of musl's that
 * is locked. Where the answer is no, the
 * reason is written to `why` (NULL: not wanted), as words that go on from "no semaphore: ".
 */
bool semaphore_plausible(const struct semaphore_abi *abi, const void *bytes, FILE *why);

/*
 * semaphore_waited() - Do these abi->size bytes say that somebody waits, as only musl says it?
 *
 * Then they are of no semaphore of glibc; without it, `1 0 0 0` is musl's that is shared or
 * glibc's that is not, and nobody can tell.
 */
bool semaphore_waited(const struct semaphore_abi *abi, const void *bytes);
