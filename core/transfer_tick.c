/* SPDX-License-Identifier: MIT */
#include "core/transfer_tick.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static const int fatal[] = {SIGHUP, SIGINT, SIGTERM};

enum { N_FATAL = sizeof(fatal) / sizeof(fatal[0]) };

static volatile sig_atomic_t caught, ticked;
static timer_t timer;
static struct sigaction before_tick, before[N_FATAL];
static sigset_t before_mask;

static void on_tick(int signal)
{
	(void)signal;
	ticked = 1;
}

static void on_signal(int signal)
{
	caught = signal;
}

int ticks_start(void)
{
	/* No SA_RESTART: EINTR is what they are for. */
	const struct sigaction tick = {.sa_handler = on_tick},
			       stop = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	const struct itimerspec period = {{.tv_nsec = TICK_MS * 1000000}, {.tv_nsec = 1}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	sigset_t mask;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -errno;
	caught = 0;
	sigaction(SIGRTMIN, &tick, &before_tick);
	for (int i = 0; i < N_FATAL; i++) {
		sigaction(fatal[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) /* nohup(1), a shell's background job */
			sigaction(fatal[i], &stop, NULL);
	}
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN);
	sigprocmask(SIG_UNBLOCK, &mask, &before_mask);
	timer_settime(timer, 0, &period, NULL);
	return 0;
}

void ticks_stop(void)
{
	timer_delete(timer);
	sigprocmask(SIG_SETMASK, &before_mask, NULL);
	sigaction(SIGRTMIN, &before_tick, NULL);
	for (int i = 0; i < N_FATAL; i++)
		sigaction(fatal[i], &before[i], NULL);
}

bool tick_due(void)
{
	return ticked || caught;
}

bool tick_passed(void)
{
	bool passed = ticked;

	if (passed)
		ticked = 0;
	return passed;
}

int tick_signal(void)
{
	return caught;
}
