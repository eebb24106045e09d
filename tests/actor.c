/* SPDX-License-Identifier: MIT */
/* Makes live situations for tests, says that they are ready, and waits on stdin. */
#include "tests/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A new situation is one row and its function. */
static const struct situation situations[] = {
	{"seqnum", "NAME VALUE", 2, play_seqnum,
	 "hold a sequence number mapped; N: add N under its semaphore"},
	{"xfr", "NAME", 1, play_xfr,
	 "the writer of a transfer pair; TEXT: that is the next block (\"busy\": not its turn)"},
	{"sem", "NAME VALUE", 2, play_sem,
	 "a named semaphore; post, trywait, wait (blocks), close: just that"},
	{"sem32", "NAME VALUE", 2, play_sem32,
	 "the same as a 32-bit program makes it, byte by byte; VALUE: sets it"},
	{"sem-wait", "NAME N", 2, play_sem_wait,
	 "N processes asleep in sem_wait; post: wakes one; kill: SIGKILLs them all"},
	{"odd", "", 0, play_odd,
	 "odd.dir, .link, .dangling, .socket, .fifo, .mount, and .device where that is allowed"},
	{"churn", "NAME", 1, play_churn,
	 "make and unlink a sequence number over and over, 1, 2, 3…; a line: the number"},
	{"resize", "NAME A B", 3, play_resize,
	 "truncate the object to A and to B bytes over and over; a line: how often"},
	{"lease", "NAME", 1, play_lease,
	 "hold a write lease on the object and ignore its breaking"},
};
static const size_t n_situations = sizeof(situations) / sizeof(situations[0]);

void actor_ready(const pid_t *others, size_t n)
{
	printf("ready %d", getpid());
	for (size_t i = 0; i < n; i++)
		printf(" %d", others[i]);
	putchar('\n');
	fflush(stdout);
}

const char *actor_line(void)
{
	static char *line;
	static size_t size;

	if (getline(&line, &size, stdin) < 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

bool actor_called(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&in, 1, 0) > 0;
}

void actor_answer(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void actor_must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
	exit(1);
}

long actor_number(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (!*text || *end)
		errno = EINVAL;
	actor_must(errno == 0, text);
	return number;
}

void *actor_map(const char *name, size_t size)
{
	int fd = shm_open(name, O_CREAT | O_RDWR, 0644);
	void *mapped;

	actor_must(fd >= 0, name);
	actor_must(ftruncate(fd, (off_t)size) == 0, name);
	mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	actor_must(mapped != MAP_FAILED, name);
	close(fd);
	return mapped;
}

static void print_list(void)
{
	for (size_t i = 0; i < n_situations; i++)
		printf("%s %s\t%s\n", situations[i].name, situations[i].arguments,
		       situations[i].help);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		print_list();
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < n_situations; i++) {
		if (strcmp(argv[1], situations[i].name) != 0 ||
		    argc != 2 + situations[i].n_arguments)
			continue;
		situations[i].play(argv + 2);
		return 0;
	}
	fprintf(stderr, "usage: actor SITUATION ARGUMENT…, see actor --list\n");
	return 2;
}
