/* SPDX-License-Identifier: MIT */
/* Situations: semaphores and sleepers as other C libraries make them, word by word. */
#include "tests/actor.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc without 64-bit atomics (sem_waitcommon.c): value << 1 and a bit "waiters", flag, -, count.
 */
struct sem32 {
	uint32_t value, flag, padding, waiters;
};

#define LOAD(word) __atomic_load_n(&(word), __ATOMIC_SEQ_CST)
#define EXCHANGE(word, old, new)                                                                   \
	__atomic_compare_exchange_n(&(word), &(old), (new), false, __ATOMIC_SEQ_CST,               \
				    __ATOMIC_SEQ_CST)

/* __sem_wait_32_finish(): the last waiter takes the bit away; who came meanwhile sets it again. */
static void wait32_finish(struct sem32 *sem)
{
	uint32_t guess = LOAD(sem->waiters), v;

	if (guess == 1)
		__atomic_fetch_and(&sem->value, ~1u, __ATOMIC_SEQ_CST);
	if (__atomic_fetch_sub(&sem->waiters, 1, __ATOMIC_SEQ_CST) <= 1 || guess != 1)
		return;
	v = __atomic_fetch_or(&sem->value, 1, __ATOMIC_SEQ_CST) >> 1;
	for (; v > 0; v--)
		syscall(SYS_futex, &sem->value, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void wait32(void *data)
{
	struct sem32 *sem = data;

	__atomic_fetch_add(&sem->waiters, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		uint32_t v = LOAD(sem->value);

		while (!(v & 1) && !EXCHANGE(sem->value, v, v | 1))
			;
		if (v >> 1 == 0) {
			syscall(SYS_futex, &sem->value, FUTEX_WAIT, 1, NULL, NULL, 0);
			v = LOAD(sem->value);
		}
		while (v >> 1 != 0) {
			if (EXCHANGE(sem->value, v, v - 2)) {
				wait32_finish(sem);
				return;
			}
		}
	}
}

void play_sem32_wait(char **arguments)
{
	struct sleepers sleepers = {.wait = wait32};
	struct sem32 *sem;
	char *name = NULL;

	actor_must(asprintf(&name, "/sem.%s", arguments[0]) > 0, "asprintf");
	sem = actor_map(name, sizeof(*sem));
	sem->flag = 0x80;
	sleepers.sem = sem;
	play_sleepers(&sleepers, actor_number(arguments[1]));
	shm_unlink(name);
	free(name);
}

/* musl, src/thread/sem_*.c: the word of those who wait is -1 up to 1.2.3, 0x80000000 since. */
static uint32_t musl_waiting;

static bool musl_trywait(_Atomic uint32_t *word)
{
	uint32_t value = word[0];

	while (value != UINT32_MAX && (value & INT_MAX) > 0)
		if (atomic_compare_exchange_strong(&word[0], &value, value - 1))
			return true;
	return false;
}

static void musl_wait(void *sem)
{
	_Atomic uint32_t *word = sem;

	while (!musl_trywait(word)) {
		uint32_t zero = 0;

		word[1]++;
		atomic_compare_exchange_strong(&word[0], &zero, musl_waiting);
		syscall(SYS_futex, word, FUTEX_WAIT, musl_waiting, NULL, NULL, 0);
		word[1]--;
	}
}

static int musl_post(void *sem)
{
	_Atomic uint32_t *word = sem;
	uint32_t value = word[0], waiters = word[1];

	word[0] = (value == UINT32_MAX ? 0 : value & (waiters > 1 ? UINT32_MAX : INT_MAX)) + 1;
	syscall(SYS_futex, word, FUTEX_WAKE, waiters > 1 ? 1 : INT_MAX, NULL, NULL, 0);
	return 0;
}

void play_sem_musl(char **arguments)
{
	struct sleepers sleepers = {.wait = musl_wait, .post = musl_post};
	_Atomic uint32_t *word = actor_map(arguments[0], 8 * sizeof(*word));

	word[0] = (uint32_t)actor_number(arguments[1]);
	musl_waiting = (uint32_t)actor_number(arguments[2]);
	sleepers.sem = word;
	play_sleepers(&sleepers, 0);
	shm_unlink(arguments[0]);
}
