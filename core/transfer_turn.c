/* SPDX-License-Identifier: MIT */
#include "core/transfer_turn.h"

#include <sched.h>

#include "core/clock.h"

enum {
	CREDIT_MAX = 16,
	GAIN = 2,
	TRIAL_MIN = 16,
	TRIAL_MAX = 4096,
	SOON = 2,          /* microseconds */
	PAUSING = 60,      /* microseconds */
	YIELDS = 100,      /* at most */
	SLOW_YIELD = 20000 /* nanoseconds: somebody else has run */
};

static bool credit_allows(struct credit *credit)
{
	if (credit->left > 0)
		return true;
	if (++credit->skipped < credit->every)
		return false;
	credit->skipped = 0;
	return true;
}

/* A trial that fails makes the next one come later: on a busy machine one costs milliseconds. */
static void credit_settle(struct credit *credit, bool worth, int loss)
{
	if (worth) {
		credit->left = credit->left + GAIN < CREDIT_MAX ? credit->left + GAIN : CREDIT_MAX;
		credit->every = TRIAL_MIN;
	} else if (credit->left > 0) {
		credit->left = credit->left > loss ? credit->left - loss : 0;
	} else if (credit->every < TRIAL_MAX) {
		credit->every *= 2;
	}
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/* A pause takes 10 to 140 cycles, by processor. */
static unsigned measure_pause(void)
{
	enum { TIMES = 500 };
	uint64_t begun = clock_ns(), took;

	for (int i = 0; i < TIMES; i++)
		pause_briefly();
	took = clock_ns() - begun;
	return took ? (unsigned)(TIMES * 1000 / took) + 1 : TIMES;
}

void turn_init(struct turn *turn)
{
	cpu_set_t allowed;

	*turn = (struct turn){
		.alone = sched_getaffinity(0, sizeof(allowed), &allowed) == 0 &&
			 CPU_COUNT(&allowed) == 1,
		.microsecond = measure_pause(),
		.pausing = {.left = CREDIT_MAX, .every = TRIAL_MIN},
		.yielding = {.left = CREDIT_MAX, .every = TRIAL_MIN},
	};
}

void turn_meet(struct turn *turn, pid_t peer)
{
	cpu_set_t ours, theirs;

	if (turn->alone && sched_getaffinity(0, sizeof(ours), &ours) == 0 &&
	    sched_getaffinity(peer, sizeof(theirs), &theirs) == 0)
		turn->alone = CPU_EQUAL(&ours, &theirs);
}

static bool take_sem(void *sem)
{
	return sem_trywait(sem) == 0;
}

static bool pause_until(bool (*taken)(void *data), void *data, unsigned pauses)
{
	for (unsigned i = 0; i < pauses; i++) {
		if (taken(data))
			return true;
		pause_briefly();
	}
	return false;
}

bool turn_soon(struct turn *turn, sem_t *sem)
{
	return pause_until(take_sem, sem, turn->alone ? 1 : SOON * turn->microsecond);
}

static bool yield_until(struct turn *turn, bool (*taken)(void *data), void *data)
{
	for (int i = 0; i < YIELDS; i++) {
		uint64_t begun = clock_ns();
		bool done;

		sched_yield();
		done = taken(data);
		if (done || clock_ns() - begun > SLOW_YIELD) {
			credit_settle(&turn->yielding, done, CREDIT_MAX / 2);
			return done;
		}
	}
	credit_settle(&turn->yielding, false, 1);
	return false;
}

bool turn_spin_for(struct turn *turn, bool (*taken)(void *data), void *data)
{
	if (taken(data))
		return true;
	if (!turn->alone && credit_allows(&turn->pausing)) {
		bool done = pause_until(taken, data, PAUSING * turn->microsecond);

		credit_settle(&turn->pausing, done, 1);
		if (done)
			return true;
	}
	return credit_allows(&turn->yielding) && yield_until(turn, taken, data);
}

bool turn_spin(struct turn *turn, sem_t *sem)
{
	return turn_spin_for(turn, take_sem, sem);
}
