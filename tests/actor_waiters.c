/* SPDX-License-Identifier: MIT */
/* Situations: processes that sleep on a semaphore. */
#include "tests/actor.h"

#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLEEPERS_MAX 63

/* linux/futex.h, which musl does not bring along. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

/* Processes that sleep on a semaphore, and how they do it. */
struct sleepers {
	void *sem;
	void (*wait)(void *sem);
	int (*post)(void *sem);
	pid_t pids[SLEEPERS_MAX]; /* 0: it has been waited for */
	size_t count, woken;
};

/* /proc/PID/syscall: number and arguments in hexadecimal of the call it is blocked in (proc(5)). */
static bool asleep_on(pid_t pid, const void *sem)
{
	char path[64], line[256] = "", wanted[64];
	FILE *file;

	snprintf(wanted, sizeof(wanted), "%d 0x%lx ", SYS_futex, (unsigned long)sem);
	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "re");
	actor_must(file, path);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strncmp(line, wanted, strlen(wanted)) == 0;
}

/* Process `pid` sleeps within ten seconds, or there is no situation. */
static void await_sleep(pid_t pid, const void *sem)
{
	for (int ms = 0; ms < 10000; ms++) {
		if (asleep_on(pid, sem))
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
	} else if (strncmp(line, "await ", 6) == 0) {
		await_woken(s, (size_t)actor_number(line + 6));
	} else {
		actor_answer("unknown");
	}
}

static void play_sleepers(struct sleepers *s, long count)
{
	const char *line;

	actor_must(count <= SLEEPERS_MAX, "too many processes");
	s->count = (size_t)count;
	for (size_t i = 0; i < s->count; i++)
		s->pids[i] = start_sleeper(s);
	for (size_t i = 0; i < s->count; i++)
		await_sleep(s->pids[i], s->sem);
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
