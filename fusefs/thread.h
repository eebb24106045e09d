/* SPDX-License-Identifier: MIT */
/* Threads beside those of the session. */
#pragma once

#include <pthread.h>

/* Start one that no signal is for: they are for the thread that runs the session. 0 or -errno. */
int thread_start(pthread_t *ret, void *(*run)(void *data), void *data);

/* A condition that is waited for by CLOCK_MONOTONIC. */
void thread_condition_init(pthread_cond_t *ret);
