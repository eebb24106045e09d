/* SPDX-License-Identifier: MIT */
/* Waiting for a semaphore without sleeping, for as long as that is faster. */
#pragma once

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether something has been worth its time of late. */
struct credit {
	int left;
	unsigned skipped; /* how often it was not tried for want of it */
	unsigned every;   /* after how many times it is tried all the same */
};

struct turn {
	bool alone;           /* there is one processor only to run on, for both sides */
	unsigned microsecond; /* so many pauses take about one */
	struct credit pausing, yielding;
};

void turn_init(struct turn *turn);

/* The other side is this process: each of them may be bound to a processor of its own. */
void turn_meet(struct turn *turn, pid_t peer);

/* Has it been posted, or is it within the next few microseconds? Then it is taken. */
bool turn_soon(struct turn *turn, sem_t *sem);

/*
 * turn_spin() - Take the semaphore, if it is posted within some 60 microseconds.
 *
 * To sleep costs a wake-up of this processor, 40 microseconds where it idles in a virtual machine;
 * to pause costs 0.1. On one processor the other side does not run meanwhile, so there only
 * sched_yield(2) helps; and where others want the processor that is the slowest of all, since each
 * of them gets its whole slice. Hence both are done on credit, which is lost when it was in vain.
 */
bool turn_spin(struct turn *turn, sem_t *sem);

/* The same for whatever can be tried without waiting: `taken` says whether it was. */
bool turn_spin_for(struct turn *turn, bool (*taken)(void *data), void *data);
