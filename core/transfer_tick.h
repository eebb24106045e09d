/* SPDX-License-Identifier: MIT */
/* What interrupts a transfer that waits: a clock, and the signals that end it. */
#pragma once

#include <stdbool.h>

#define TICK_MS 100

/*
 * ticks_start() - From now on a signal comes every TICK_MS, and every blocking call is EINTR then.
 *
 * So whoever blocks, in whatever call, finds out soon what has changed, and a signal that comes
 * between a look and the call is not lost; while nothing blocks it costs nothing. It is SIGRTMIN of
 * a timer of its own, as ITIMER_REAL (alarm(2)) may be in use by who has started the program.
 * SIGHUP, SIGINT and SIGTERM are caught where they are not ignored; the second one is the end.
 * 0 or -errno; then nothing has been changed.
 */
int ticks_start(void);
void ticks_stop(void);

/* Is there anything to look at? Cheap enough for each block. */
bool tick_due(void);

/* Has there been a tick since the last call? */
bool tick_passed(void);

/* The signal that has come, or 0. */
int tick_signal(void);
