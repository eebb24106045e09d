/* SPDX-License-Identifier: MIT */
/* Locks that threads and children of a test share, and what is shown of them. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct shared_locks {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_rwlock_t rwlock;
	pthread_barrier_t barrier;
	pthread_spinlock_t spinlock;
	atomic_bool end;
};

/* In shared memory, for a group of tests that has these as its setup and teardown. */
extern struct shared_locks *shared;

int locks_setup(void **state);
int locks_teardown(void **state);

/* Fail the test unless the bytes, of which the layout has so many, have just these `fields`. */
void shows(const char *layout, const void *bytes, const char *wanted);

/* The same of what other threads are about to do, within the time that tests wait. */
void comes_to_show(const char *layout, const void *bytes, const char *wanted);

/* … and this line of health. */
void health_is(const char *layout, const void *bytes, const char *wanted);

void thread_start(pthread_t *ret, void *(*function)(void *));

/* Initialise shared->mutex. */
void make_mutex(int type, bool robust, bool pi, bool private);
