/* SPDX-License-Identifier: MIT */
/* Situations: processes that sleep on a semaphore. */
#include "tests/actor.h"

#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool asleep_on(pid_t pid, const void *word)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%d 0x%lx ", SYS_futex, (unsigned long)word);
	return actor_is_in_call(pid, wanted);
}

void actor_await_sleep(pid_t pid, const void *word)
{
	for (int ms = 0; ms < 10000; ms++) {
		if (asleep_on(pid, word))
			return;
		poll(NULL, 0, 1);
	}
	actor_must(false, "a process does not fall asleep");
}

static pid_t start_sleeper(const struct sleepers *s)
{
	pid_t pid = fork();

	actor_must(pid >= 0, "fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	s->wait(s->sem);
	_exit(0);
}

static void add_sleeper(struct sleepers *s)
{
	pid_t pid;

	actor_must(s->count < SLEEPERS_MAX, "too many processes");
	pid = start_sleeper(s);
	s->pids[s->count++] = pid;
	actor_await_sleep(pid, s->sem);
}

static void kill_sleepers(struct sleepers *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (!s->pids[i])
			continue;
		kill(s->pids[i], SIGKILL);
		waitpid(s->pids[i], NULL, 0);
		s->pids[i] = 0;
	}
}

static void collect_woken(struct sleepers *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (!s->pids[i] || waitpid(s->pids[i], NULL, WNOHANG) != s->pids[i])
			continue;
		s->pids[i] = 0;
		s->woken++;
	}
}

/* All others sleep (again), or were woken as well: then the number is larger. */
static void await_woken(struct sleepers *s, size_t wanted)
{
	for (int ms = 0; ms < 10000 && s->woken < wanted; ms++) {
		collect_woken(s);
		if (s->woken < wanted)
			poll(NULL, 0, 1);
	}
	for (size_t i = 0; i < s->count; i++)
		for (int ms = 0; ms < 10000 && s->pids[i] && !asleep_on(s->pids[i], s->sem); ms++) {
			collect_woken(s);
			poll(NULL, 0, 1);
		}
	actor_answer("%zu", s->woken);
}

static void obey(struct sleepers *s, const char *line)
{
	if (strcmp(line, "post") == 0 && s->post) {
		actor_answer(s->post(s->sem) == 0 ? "done" : "busy");
	} else if (strcmp(line, "kill") == 0) {
		kill_sleepers(s);
		actor_answer("done");
	} else if (strcmp(line, "wait") == 0) {
		add_sleeper(s);
		actor_answer("done");
	} else if (strncmp(line, "await ", 6) == 0) {
		await_woken(s, (size_t)actor_number(line + 6));
	} else {
		actor_answer("unknown");
	}
}

void play_sleepers(struct sleepers *s, long count)
{
	const char *line;

	while (s->count < (size_t)count)
		add_sleeper(s);
	actor_ready(s->pids, s->count);
	while ((line = actor_line()))
		obey(s, line);
	kill_sleepers(s);
}

static void wait_native(void *sem)
{
	while (sem_wait(sem) < 0)
		;
}

static int post_native(void *sem)
{
	return sem_post(sem);
}

void play_sem_wait(char **arguments)
{
	struct sleepers sleepers = {.wait = wait_native, .post = post_native};
	sem_t *sem = sem_open(arguments[0], O_CREAT, 0644, 0);

	actor_must(sem != SEM_FAILED, arguments[0]);
	sleepers.sem = sem;
	play_sleepers(&sleepers, actor_number(arguments[1]));
	sem_unlink(arguments[0]);
}

static void on_signal(int number)
{
	(void)number;
}

/* Takes what a signal has made of sem_wait(3) for the lock, as many programs do. */
static pid_t start_careless(sem_t *sem)
{
	const struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
	pid_t pid;

	actor_must(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
	pid = fork();
	actor_must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sem_wait(sem);
		sem_post(sem);
		_exit(0);
	}
	actor_await_sleep(pid, sem);
	return pid;
}

void play_sem_interrupted(char **arguments)
{
	sem_t *sem = sem_open(arguments[0], O_CREAT, 0644, 0);
	const char *line;
	pid_t pid;

	actor_must(sem != SEM_FAILED, arguments[0]);
	pid = start_careless(sem);
	actor_ready(&pid, 1);
	while ((line = actor_line())) {
		if (strcmp(line, "interrupt") == 0)
			actor_must(kill(pid, SIGUSR1) == 0 && waitpid(pid, NULL, 0) == pid, line);
		else
			sem_post(sem);
		actor_answer("done");
	}
	sem_unlink(arguments[0]);
}
