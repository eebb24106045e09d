/* SPDX-License-Identifier: MIT */
/*
 * plain-xfr writer|reader [/NAME]: the exercise as a course's participant does it, for the tests.
 *
 * By the book, with each call checked, and with nothing of ours: the struct is declared once more,
 * its buffer has BUF_SIZE bytes, and it is built with several compilers and options.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef BUF_SIZE
#define BUF_SIZE 1024
#endif

struct shmbuf {
	sem_t wsem;
	sem_t rsem;
	int cnt;
	char buf[BUF_SIZE];
};

static void must(int right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "plain-xfr: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct shmbuf *map(int fd)
{
	struct shmbuf *shmp = mmap(NULL, sizeof(*shmp), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	must(shmp != MAP_FAILED, "mmap");
	close(fd);
	return shmp;
}

static void be_writer(const char *name)
{
	int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	struct shmbuf *shmp;

	must(fd >= 0, "shm_open");
	must(ftruncate(fd, sizeof(*shmp)) == 0, "ftruncate");
	shmp = map(fd);
	must(sem_init(&shmp->rsem, 1, 0) == 0, "sem_init");
	must(sem_init(&shmp->wsem, 1, 1) == 0, "sem_init");
	for (;;) {
		must(sem_wait(&shmp->wsem) == 0, "sem_wait");
		shmp->cnt = (int)read(STDIN_FILENO, shmp->buf, BUF_SIZE);
		must(shmp->cnt >= 0, "read");
		must(sem_post(&shmp->rsem) == 0, "sem_post");
		if (shmp->cnt == 0)
			break;
	}
	must(sem_wait(&shmp->wsem) == 0, "sem_wait"); /* the reader has seen the end */
	must(shm_unlink(name) == 0, "shm_unlink");
}

static void be_reader(const char *name)
{
	int fd = shm_open(name, O_RDWR, 0);
	struct shmbuf *shmp;

	must(fd >= 0, "shm_open");
	shmp = map(fd);
	for (;;) {
		must(sem_wait(&shmp->rsem) == 0, "sem_wait");
		if (shmp->cnt == 0)
			break;
		must(write(STDOUT_FILENO, shmp->buf, (size_t)shmp->cnt) == shmp->cnt, "write");
		must(sem_post(&shmp->wsem) == 0, "sem_post");
	}
	must(sem_post(&shmp->wsem) == 0, "sem_post");
}

int main(int argc, char **argv)
{
	const char *name = argc > 2 ? argv[2] : "/pshm_xfr";

	if (argc > 1 && strcmp(argv[1], "writer") == 0)
		be_writer(name);
	else if (argc > 1 && strcmp(argv[1], "reader") == 0)
		be_reader(name);
	else
		return 2;
	return 0;
}
