/* SPDX-License-Identifier: MIT */
/*
 * crowd FOLDER PROCESSES THREADS: holders and waiters, for the benchmark.
 *
 * Each process maps 4 of the objects FOLDER/psm_00000 to psm_00199 and sleeps in all its threads on
 * the semaphore in one of them; when it does, it writes a byte. A program of its own, because one
 * that shares memory has few more libraries than the C library, and the benchmark has.
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define OBJECTS 200
#define EACH 4

static _Noreturn void fail(const char *what)
{
	perror(what);
	_exit(1);
}

static sem_t *map_object(const char *folder, unsigned i)
{
	char path[256];
	sem_t *mapped;
	int fd;

	snprintf(path, sizeof(path), "%s/psm_%05u", folder, i % OBJECTS);
	fd = open(path, O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, 40, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		fail(path);
	close(fd);
	return mapped;
}

static void *sleep_on(void *sem)
{
	while (sem_wait(sem) < 0)
		;
	return NULL;
}

static _Noreturn void be_one(const char *folder, unsigned number, unsigned threads)
{
	pthread_attr_t small;
	sem_t *sems[EACH];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < EACH; i++)
		sems[i] = map_object(folder, number * EACH + i);
	while (sem_trywait(sems[0]) == 0)
		;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	for (unsigned i = 1; i < threads; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &small, sleep_on, sems[0]) != 0)
			fail("pthread_create");
	}
	if (write(STDOUT_FILENO, "", 1) != 1)
		_exit(1);
	sleep_on(sems[0]);
	_exit(0);
}

int main(int argc, char *argv[])
{
	const unsigned processes = argc == 4 ? (unsigned)atoi(argv[2]) : 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < processes; i++) {
		const pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (pid == 0)
			be_one(argv[1], i, (unsigned)atoi(argv[3]));
	}
	for (;;)
		pause();
}
