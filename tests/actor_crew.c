/* SPDX-License-Identifier: MIT */
/* A situation of processes that are told one by one what to hold, to take and to sleep on. */
#include "tests/actor.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMBERS_MAX 60
#define OBJECTS_MAX 4

struct member {
	pid_t pid;
	int tell, hear; /* our ends of its pipes */
};

/* What one of them has mapped. */
static struct held {
	char name[32];
	char *at;
} held[OBJECTS_MAX];

static char *find(const char *name)
{
	for (size_t i = 0; i < OBJECTS_MAX; i++)
		if (strcmp(held[i].name, name) == 0)
			return held[i].at;
	return NULL;
}

static void keep(const char *name, void *at)
{
	size_t i = 0;

	while (i < OBJECTS_MAX && held[i].at)
		i++;
	actor_must(i < OBJECTS_MAX, "too many objects");
	snprintf(held[i].name, sizeof(held[i].name), "%s", name);
	held[i].at = at;
}

static void do_sem(const char *name, long value, long unused)
{
	sem_t *sem = sem_open(name, O_CREAT, 0600, (unsigned)value);

	(void)unused;
	actor_must(sem != SEM_FAILED, name);
	keep(name, sem);
}

static void do_map(const char *name, long size, long unused)
{
	(void)unused;
	keep(name, actor_map(name, (size_t)size));
}

static void do_init(const char *name, long offset, long value)
{
	actor_must(sem_init((sem_t *)(find(name) + offset), 1, (unsigned)value) == 0, name);
}

static void do_init_private(const char *name, long offset, long value)
{
	actor_must(sem_init((sem_t *)(find(name) + offset), 0, (unsigned)value) == 0, name);
}

static void do_wait(const char *name, long offset, long unused)
{
	(void)unused;
	sem_wait((sem_t *)(find(name) + offset));
}

static void do_post(const char *name, long offset, long unused)
{
	(void)unused;
	sem_post((sem_t *)(find(name) + offset));
}

static void do_poll(const char *name, long offset, long unused)
{
	(void)unused;
	while (sem_trywait((sem_t *)(find(name) + offset)) < 0)
		poll(NULL, 0, 1);
}

static void do_mutex(const char *name, long offset, long kind)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_settype(&attr, (int)kind);
	pthread_mutex_init((pthread_mutex_t *)(find(name) + offset), &attr);
}

static void do_robust(const char *name, long offset, long pi)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setprotocol(&attr, pi ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE);
	pthread_mutex_init((pthread_mutex_t *)(find(name) + offset), &attr);
}

static void do_lock(const char *name, long offset, long unused)
{
	(void)unused;
	pthread_mutex_lock((pthread_mutex_t *)(find(name) + offset));
}

static void do_unlock(const char *name, long offset, long unused)
{
	(void)unused;
	pthread_mutex_unlock((pthread_mutex_t *)(find(name) + offset));
}

static void do_name(const char *name, long unused, long unused_too)
{
	(void)unused;
	(void)unused_too;
	prctl(PR_SET_NAME, name);
}

static void do_rwlock(const char *name, long offset, long kind)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_rwlockattr_setkind_np(&attr, (int)kind);
	pthread_rwlock_init((pthread_rwlock_t *)(find(name) + offset), &attr);
}

static void do_read(const char *name, long offset, long unused)
{
	(void)unused;
	pthread_rwlock_rdlock((pthread_rwlock_t *)(find(name) + offset));
}

static void do_write(const char *name, long offset, long unused)
{
	(void)unused;
	pthread_rwlock_wrlock((pthread_rwlock_t *)(find(name) + offset));
}

static void do_cond(const char *name, long offset, long unused)
{
	pthread_condattr_t attr;

	(void)unused;
	pthread_condattr_init(&attr);
	pthread_condattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_cond_init((pthread_cond_t *)(find(name) + offset), &attr);
}

/* With a mutex, that it takes first. */
static void do_wait_cond(const char *name, long offset, long mutex)
{
	pthread_mutex_lock((pthread_mutex_t *)(find(name) + mutex));
	pthread_cond_wait((pthread_cond_t *)(find(name) + offset),
			  (pthread_mutex_t *)(find(name) + mutex));
}

static void do_barrier(const char *name, long offset, long count)
{
	pthread_barrierattr_t attr;

	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init((pthread_barrier_t *)(find(name) + offset), &attr, (unsigned)count);
}

static void do_arrive(const char *name, long offset, long unused)
{
	(void)unused;
	pthread_barrier_wait((pthread_barrier_t *)(find(name) + offset));
}

static const struct verb {
	const char *name;
	void (*act)(const char *name, long first, long second);
} verbs[] = {
	{"sem", do_sem},         {"map", do_map},
	{"init", do_init},       {"init-private", do_init_private},
	{"wait", do_wait},       {"post", do_post},
	{"poll", do_poll},       {"mutex", do_mutex},
	{"lock", do_lock},       {"unlock", do_unlock},
	{"robust", do_robust},   {"rwlock", do_rwlock},
	{"read", do_read},       {"write", do_write},
	{"cond", do_cond},       {"wait-cond", do_wait_cond},
	{"barrier", do_barrier}, {"arrive", do_arrive},
	{"name", do_name},
};

/* One of the crew: a line is a verb, an object and two numbers; each is answered by a byte. */
static void serve(int commands, int answers)
{
	FILE *in = fdopen(commands, "r");
	char line[128], verb[32], name[32];
	long first, second;

	actor_must(in, "fdopen");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (fgets(line, sizeof(line), in)) {
		first = second = 0;
		actor_must(sscanf(line, "%31s %31s %ld %ld", verb, name, &first, &second) >= 2,
			   line);
		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
			if (strcmp(verbs[i].name, verb) == 0)
				verbs[i].act(name, first, second);
		actor_must(write(answers, ".", 1) == 1, "write");
	}
	_exit(0);
}

static void start(struct member *ret)
{
	int tell[2], hear[2];

	actor_must(pipe2(tell, O_CLOEXEC) == 0 && pipe2(hear, O_CLOEXEC) == 0, "pipe");
	ret->pid = fork();
	actor_must(ret->pid >= 0, "fork");
	if (ret->pid == 0) {
		close(tell[1]);
		close(hear[0]);
		serve(tell[0], hear[1]);
	}
	close(tell[0]);
	close(hear[1]);
	ret->tell = tell[1];
	ret->hear = hear[0];
}

/* In a futex, whatever the word is; PI or not. */
static bool sleeps(pid_t pid)
{
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "%d ", SYS_futex);
	return actor_is_in_call(pid, wanted);
}

/* "done" when it has done it, "asleep" when it sleeps over it, "busy" where it is neither. */
static const char *outcome(const struct member *member)
{
	struct pollfd answer = {.fd = member->hear, .events = POLLIN};
	char byte;

	for (int ms = 0; ms < 1000; ms++) {
		if (poll(&answer, 1, 1) > 0)
			return read(member->hear, &byte, 1) == 1 ? "done" : "gone";
		if (sleeps(member->pid))
			return "asleep";
	}
	return "busy";
}

static void await_state(pid_t pid, int option)
{
	actor_must(waitpid(pid, NULL, option) == pid, "waitpid");
}

static const char *command(struct member *member, const char *verb)
{
	if (strcmp(verb, "kill") == 0) {
		kill(member->pid, SIGKILL);
		await_state(member->pid, 0);
		member->pid = 0;
	} else if (strcmp(verb, "stop") == 0) {
		kill(member->pid, SIGSTOP);
		await_state(member->pid, WUNTRACED);
	} else if (strcmp(verb, "cont") == 0) {
		kill(member->pid, SIGCONT);
		await_state(member->pid, WCONTINUED);
	} else if (strcmp(verb, "outcome") == 0) {
		return outcome(member);
	} else {
		dprintf(member->tell, "%s\n", verb);
		return outcome(member);
	}
	return "done";
}

void play_crew(char **arguments)
{
	const long n = actor_number(arguments[0]);
	struct member members[MEMBERS_MAX];
	pid_t pids[MEMBERS_MAX];
	const char *line;

	actor_must(n > 0 && n <= MEMBERS_MAX, "how many?");
	for (long i = 0; i < n; i++) {
		start(&members[i]);
		pids[i] = members[i].pid;
	}
	actor_ready(pids, (size_t)n);
	while ((line = actor_line())) {
		char *verb;
		const long i = strtol(line, &verb, 10);

		actor_must(i >= 0 && i < n && *verb == ' ', line);
		actor_answer("%s", command(&members[i], verb + 1));
	}
	for (long i = 0; i < n; i++)
		if (members[i].pid) {
			kill(members[i].pid, SIGKILL);
			waitpid(members[i].pid, NULL, 0);
		}
}
