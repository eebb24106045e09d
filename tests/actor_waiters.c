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

#define SLEEPERS_MAX 63

/* /proc/PID/syscall: number and arguments in hexadecimal of the call it is blocked in (proc(5)). */
static bool asleep_on(pid_t pid, const sem_t *sem)
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
static void await_sleep(pid_t pid, const sem_t *sem)
{
	for (int ms = 0; ms < 10000; ms++) {
		if (asleep_on(pid, sem))
			return;
		poll(NULL, 0, 1);
	}
	actor_must(false, "a process does not fall asleep");
}

static pid_t start_sleeper(sem_t *sem)
{
	pid_t pid = fork();

	actor_must(pid >= 0, "fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (sem_wait(sem) < 0)
		;
	_exit(0);
}

static void kill_sleepers(pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!pids[i])
			continue;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
		pids[i] = 0;
	}
}

static const char *command(const char *line, sem_t *sem, pid_t *pids, size_t n)
{
	if (strcmp(line, "post") == 0)
		return sem_post(sem) == 0 ? "done" : "busy";
	if (strcmp(line, "kill") != 0)
		return "unknown";
	kill_sleepers(pids, n);
	return "done";
}

void play_sem_wait(char **arguments)
{
	sem_t *sem = sem_open(arguments[0], O_CREAT, 0644, 0);
	size_t n = (size_t)actor_number(arguments[1]);
	pid_t pids[SLEEPERS_MAX] = {0};
	const char *line;

	actor_must(sem != SEM_FAILED, arguments[0]);
	actor_must(n <= SLEEPERS_MAX, "too many processes");
	for (size_t i = 0; i < n; i++)
		pids[i] = start_sleeper(sem);
	for (size_t i = 0; i < n; i++)
		await_sleep(pids[i], sem);
	actor_ready(pids, n);
	while ((line = actor_line()))
		actor_answer("%s", command(line, sem, pids, n));
	kill_sleepers(pids, n);
	sem_unlink(arguments[0]);
}
