/* SPDX-License-Identifier: MIT */
/* How much time has passed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A clock of clock_gettime(2), in nanoseconds. */
static inline int64_t clock_read(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Is this time of CLOCK_MONOTONIC over? 0: there is none. */
static inline bool clock_over(int64_t deadline)
{
	return deadline && clock_read(CLOCK_MONOTONIC) >= deadline;
}

/* CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t clock_ns(void)
{
	return (uint64_t)clock_read(CLOCK_MONOTONIC);
}
