/* SPDX-License-Identifier: MIT */
/* The bytes of the locks of pthreads, as glibc keeps them on x86-64. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* No thread has a higher number: PID_MAX_LIMIT of linux/threads.h. */
#define TID_MAX ((uint32_t)4194304)

/*
 * Each …_decode() takes the bytes of one lock, of which there are as many as its type has, and says
 * whether they can be one; why not goes to `why` (NULL: not wanted), as words that go on from "no
 * pthread_mutex_t: ". All zero is one, but for a barrier: it is what the static initialisers make.
 * A lock that is in use may be read between two steps of its library: that is no reason to refuse
 * it.
 */

/* sysdeps/nptl/bits/struct_mutex.h, nptl/pthreadP.h: lock 0, count 4, owner 8, nusers 12, kind 16,
 * spins 20, list 24. */
struct mutex {
	enum mutex_state {
		MUTEX_UNLOCKED,
		MUTEX_LOCKED,
		MUTEX_CONTENDED,       /* locked, and somebody waits, or has waited */
		MUTEX_OWNER_DIED,      /* robust: who locks it next gets EOWNERDEAD */
		MUTEX_INCONSISTENT,    /* robust: who has it got that, and has not mended it yet */
		MUTEX_NOT_RECOVERABLE, /* robust: ENOTRECOVERABLE for ever */
	} state;
	uint32_t owner; /* as that thread calls itself; of OWNER_DIED who died; 0: none is told */
	uint32_t count; /* how often its owner has it: 0 or 1, of a recursive one more */
	uint32_t type;  /* PTHREAD_MUTEX_NORMAL to PTHREAD_MUTEX_ADAPTIVE_NP, 0 to 3 */
	bool robust;
	bool pi;     /* PTHREAD_PRIO_INHERIT */
	bool shared; /* PTHREAD_PROCESS_SHARED */
};

bool mutex_decode(const void *bytes, struct mutex *ret, FILE *why);

/*
 * sysdeps/nptl/bits/thread-shared-types.h. glibc 2.25 to 2.40: wseq 0, g1_start 8, g_refs 16,
 * g_size 24, g1_orig_size 32, wrefs 36 (1: shared, 2: monotonic, 4: being destroyed, then how many
 * wait), g_signals 40. Since 2.41 there are no g_refs: g_size is at 16, wrefs at 28, and the last
 * two words are always zero.
 */
struct cond {
	bool newer;        /* it is of glibc 2.41 or later: no more is known of it */
	uint32_t nwaiters; /* on record: those killed while they waited stay in it */
	bool monotonic;    /* the clock of its timed waits */
	bool shared;
};

bool cond_decode(const void *bytes, struct cond *ret, FILE *why);

/*
 * sysdeps/nptl/bits/struct_rwlock.h: readers 0 (count << 3; 4: one waits, 2: a writer has or wants
 * it, 1: the writers' phase), writers 4, wrphase_futex 8, writers_futex 12, cur_writer 24, shared
 * 28, flags 48. Who its readers are is nowhere; and not all who wait are on record.
 */
struct rwlock {
	enum rwlock_state { RWLOCK_UNLOCKED, RWLOCK_READ, RWLOCK_WRITTEN } state;
	uint32_t owner;   /* the writer that has it, as that thread calls itself; 0: none */
	uint32_t readers; /* that have it; in a writers' phase none, whoever waits */
	uint32_t kind;    /* PTHREAD_RWLOCK_PREFER_READER_NP and so on, 0 to 2 */
	bool shared;
};

bool rwlock_decode(const void *bytes, struct rwlock *ret, FILE *why);

/* nptl/pthreadP.h, struct pthread_barrier: in 0, current_round 4, count 8, shared 12 (0x80), out
 * 16; the rest is never written. */
struct barrier {
	uint32_t count;   /* how many make it open */
	uint32_t arrived; /* since it was open last; those killed while they waited stay in it */
	bool shared;
};

bool barrier_decode(const void *bytes, struct barrier *ret, FILE *why);

/* nptl/pthread_spin_init.c, sysdeps/x86_64/nptl/pthread_spin_lock.S: 1 is free, and each who wants
 * it takes one away. */
struct spinlock {
	bool locked;
	uint32_t spinners; /* that have tried since it was taken; those killed stay in it */
};

bool spinlock_decode(const void *bytes, struct spinlock *ret, FILE *why);
