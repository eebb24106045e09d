/* SPDX-License-Identifier: MIT */
/* Signals while a semaphore is waited for, and while it is held. */
#include "progs/hold.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static const int fatal[] = {SIGHUP, SIGINT, SIGTERM};

enum { N_FATAL = sizeof(fatal) / sizeof(fatal[0]) };

static volatile sig_atomic_t caught;
static sigset_t kept; /* those of fatal[] that are not ignored */

/*
 * A signal that comes after `caught` was looked at and before sem_wait(3) sleeps interrupts
 * nothing: so another one follows, and another, until the wait has ended. A wait with a timeout
 * would do as well, but look like one that ends by itself to those who search for what is stuck.
 */
static void on_signal(int signal)
{
	if (signal != SIGALRM)
		caught = signal;
	alarm(1);
}

static void catch_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: EINTR */
	struct sigaction old;

	sigemptyset(&kept);
	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < N_FATAL; i++) {
		sigaction(fatal[i], NULL, &old);
		if (old.sa_handler == SIG_IGN)
			continue; /* nohup(1), or a shell's background job */
		sigaddset(&kept, fatal[i]);
		sigaction(fatal[i], &action, NULL);
	}
}

/* End by the signal that has come, if one has, as if it had never been caught. */
static void let_go(void)
{
	for (int i = 0; i < N_FATAL; i++)
		if (sigismember(&kept, fatal[i]))
			signal(fatal[i], SIG_DFL);
	if (caught)
		raise(caught);
	sigprocmask(SIG_UNBLOCK, &kept, NULL);
	alarm(0);
}

int hold_take(sem_t *sem)
{
	catch_signals();
	while (sem_wait(sem) < 0) {
		int error = -errno;

		if (error != -EINTR || caught) {
			let_go();
			return error;
		}
	}
	sigprocmask(SIG_BLOCK, &kept, NULL);
	return 0;
}

/* How much of the time until `end` is left; nothing if it is over. */
static struct timespec time_left(const struct timespec *end)
{
	struct timespec now, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left.tv_sec = end->tv_sec - now.tv_sec;
	left.tv_nsec = end->tv_nsec - now.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	return left.tv_sec < 0 ? (struct timespec){0} : left;
}

int hold_sleep(unsigned seconds)
{
	struct timespec end;
	int signal = -1;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	while (!caught && signal < 0) {
		struct timespec left = time_left(&end);

		/* EINTR: stopped and continued (signal(7)), or our SIGALRM. */
		signal = sigtimedwait(&kept, NULL, &left);
		if (signal < 0 && errno == EAGAIN)
			return 0;
	}
	if (!caught)
		caught = signal;
	return -EINTR;
}

int hold_release(sem_t *sem)
{
	int r = sem_post(sem) < 0 ? -errno : 0;

	let_go();
	return r;
}
