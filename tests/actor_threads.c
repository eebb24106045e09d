/* SPDX-License-Identifier: MIT */
/* Situations: threads that sleep on words, each in its own way. */
#include "tests/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
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
#include <time.h>
#include <unistd.h>

/* An object of four pages; the sleepers map the last two only, at file offset 8192. */
#define OBJECT_SIZE 16384
#define WORD_PAGE 8192
#define WORD 64 /* in that page */

/* Newer than some headers. */
#define CALL_FUTEX_WAITV 449
#define CALL_FUTEX_WAIT 455

struct waitv {
	uint64_t value, address;
	uint32_t flags, reserved;
};

static unsigned char *page; /* of the object */
static uint32_t *own;       /* a word that no object has */

static void sleep_on(uint32_t *word, int op, const struct timespec *timeout)
{
	for (;;)
		syscall(SYS_futex, word, op, *(volatile uint32_t *)word, timeout, NULL,
			FUTEX_BITSET_MATCH_ANY);
}

static struct timespec in_an_hour(void)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += 3600;
	return at;
}

static void sleep_sem(void)
{
	sem_t *sem = (sem_t *)(page + WORD);

	actor_must(sem_init(sem, 1, 0) == 0, "sem_init");
	while (sem_wait(sem) < 0)
		;
}

static void sleep_timed(void)
{
	struct timespec at = in_an_hour();
	sem_t *sem = (sem_t *)(page + WORD);

	actor_must(sem_init(sem, 1, 0) == 0, "sem_init");
	while (sem_timedwait(sem, &at) < 0)
		;
}

static void sleep_private_op(void)
{
	sleep_on((uint32_t *)(page + WORD), FUTEX_WAIT | FUTEX_PRIVATE_FLAG, NULL);
}

static void sleep_futex2(void)
{
	const unsigned u32 = 2; /* FUTEX2_SIZE_U32 */

	for (;;)
		syscall(CALL_FUTEX_WAIT, page + WORD, 0, UINT32_MAX, u32, NULL, CLOCK_MONOTONIC);
}

static void sleep_waitv(void)
{
	struct waitv words[2] = {
		{.address = (uint64_t)(uintptr_t)own, .flags = 2 | FUTEX_PRIVATE_FLAG},
		{.address = (uint64_t)(uintptr_t)(page + WORD), .flags = 2},
	};

	for (;;)
		syscall(CALL_FUTEX_WAITV, words, 2, 0, NULL, CLOCK_MONOTONIC);
}

/* Both in the object. */
static void sleep_waitv_both(void)
{
	struct waitv words[2] = {
		{.address = (uint64_t)(uintptr_t)(page + WORD), .flags = 2},
		{.address = (uint64_t)(uintptr_t)(page + 4096), .flags = 2},
	};

	for (;;)
		syscall(CALL_FUTEX_WAITV, words, 2, 0, NULL, CLOCK_MONOTONIC);
}

/* The array in the object itself: nobody may read it there. */
static void sleep_waitv_inside(void)
{
	struct waitv *words = (struct waitv *)(page + 1024);

	words[0] = (struct waitv){.address = (uint64_t)(uintptr_t)(page + WORD), .flags = 2};
	for (;;)
		syscall(CALL_FUTEX_WAITV, words, 1, 0, NULL, CLOCK_MONOTONIC);
}

static void *lock_and_stay(void *mutex)
{
	actor_must(pthread_mutex_lock(mutex) == 0, "pthread_mutex_lock");
	pause();
	return NULL;
}

static void sleep_pi(void)
{
	pthread_mutex_t *mutex = (pthread_mutex_t *)(page + WORD);
	pthread_mutexattr_t kind;
	pthread_t owner;

	pthread_mutexattr_init(&kind);
	pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
	actor_must(pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT) == 0, "PI");
	pthread_mutex_init(mutex, &kind);
	pthread_create(&owner, NULL, lock_and_stay, mutex);
	while (pthread_mutex_trylock(mutex) == 0)
		pthread_mutex_unlock(mutex);
	pthread_mutex_lock(mutex);
}

static void sleep_own(void)
{
	sleep_on(own, FUTEX_WAIT, NULL);
}

static void sleep_anonymous(void)
{
	uint32_t *word =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	sleep_on(word, FUTEX_WAIT, NULL);
}

static void *unmap_page(void *unused)
{
	(void)unused;
	actor_await_sleep(getpid(), page + WORD);
	munmap(page, 4096);
	return NULL;
}

static void sleep_unmapped(void)
{
	pthread_t other;

	pthread_create(&other, NULL, unmap_page, NULL);
	sleep_on((uint32_t *)(page + WORD), FUTEX_WAIT, NULL);
}

static const struct way {
	const char *name;
	void (*sleep)(void);
	int flags; /* of the mapping */
} ways[] = {
	{"sem", sleep_sem, MAP_SHARED},
	{"timed", sleep_timed, MAP_SHARED},
	{"private-op", sleep_private_op, MAP_SHARED},
	{"futex2", sleep_futex2, MAP_SHARED},
	{"waitv", sleep_waitv, MAP_SHARED},
	{"waitv-both", sleep_waitv_both, MAP_SHARED},
	{"waitv-inside", sleep_waitv_inside, MAP_SHARED},
	{"pi", sleep_pi, MAP_SHARED},
	{"copy", sleep_sem, MAP_PRIVATE},
	{"own", sleep_own, MAP_SHARED},
	{"anonymous", sleep_anonymous, MAP_SHARED},
	{"unmapped", sleep_unmapped, MAP_SHARED},
};

static const struct way *find_way(const char *name)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, name) == 0)
			return &ways[i];
	errno = EINVAL;
	actor_must(false, name);
	return NULL;
}

static void map_page(const char *name, int flags)
{
	int fd = shm_open(name, O_CREAT | O_RDWR, 0644);

	actor_must(fd >= 0 && ftruncate(fd, OBJECT_SIZE) == 0, name);
	page = mmap(NULL, OBJECT_SIZE - WORD_PAGE, PROT_READ | PROT_WRITE, flags, fd, WORD_PAGE);
	own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	actor_must(page != MAP_FAILED && own != MAP_FAILED, "mmap");
	*own = 0;
	close(fd);
}

static void wait_for_end(void)
{
	while (actor_line())
		actor_answer("done");
}

/* A child sleeps in this way; the parent neither maps nor opens the object. */
void play_sleep(char **arguments)
{
	const struct way *way = find_way(arguments[1]);
	pid_t pid = fork();

	actor_must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		map_page(arguments[0], way->flags);
		prctl(PR_SET_NAME, way->name);
		way->sleep();
		_exit(0);
	}
	actor_ready(&pid, 1);
	wait_for_end();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	shm_unlink(arguments[0]);
}

static void *sleep_thread(void *sem)
{
	/* Again: that of a first thread that has ended counts no more. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (sem_wait(sem) < 0)
		;
	return NULL;
}

/* With stacks so small that very many fit. */
static void start_sleeper(void *sem)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	errno = pthread_create(&thread, &attr, sleep_thread, sem);
	actor_must(errno == 0, "thread");
	pthread_attr_destroy(&attr);
}

/* N threads on the semaphore. */
static void sleep_threads(char **arguments)
{
	const long n = actor_number(arguments[1]);

	map_page(arguments[0], MAP_SHARED);
	actor_must(sem_init((sem_t *)(page + WORD), 1, 0) == 0, "sem_init");
	for (long i = 0; i < n; i++)
		start_sleeper(page + WORD);
}

/* The same, and the first thread of the process ends. */
static void sleep_leaderless(char **arguments)
{
	sleep_threads(arguments);
	pthread_exit(NULL);
}

/* N threads on so many semaphores. */
static void sleep_crowd(char **arguments)
{
	const long n = actor_number(arguments[1]), words = actor_number(arguments[2]);
	sem_t *sems = actor_map(arguments[0], (size_t)words * sizeof(*sems));

	for (long i = 0; i < words; i++)
		actor_must(sem_init(&sems[i], 1, 0) == 0, "sem_init");
	for (long i = 0; i < n; i++)
		start_sleeper(&sems[i % words]);
}

/* What a child does, until it is killed. */
static void play_child(void (*play)(char **arguments), char **arguments)
{
	pid_t pid = fork();

	actor_must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		play(arguments);
		for (;;)
			pause();
	}
	actor_ready(&pid, 1);
	wait_for_end();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	shm_unlink(arguments[0]);
}

void play_threads(char **arguments)
{
	play_child(sleep_threads, arguments);
}

void play_leaderless(char **arguments)
{
	play_child(sleep_leaderless, arguments);
}

void play_crowd(char **arguments)
{
	play_child(sleep_crowd, arguments);
}
