/* SPDX-License-Identifier: MIT */
/* Sends its standard input, block by block, through shared memory. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/layouts.h"
#include "progs/cli.h"
#include "progs/shared_object.h"

/* The course's struct: 1,024 bytes of buffer, and the padding that a C compiler adds. */
#define SIZE ((offsetof(struct pshm_xfr, buf) + PSHM_XFR_BUF_SIZE + 7) / 8 * 8)

/* The count that tells a reader that the input could not be read to its end. */
#define CNT_FAILED (-1)

_Static_assert(SIZE == 1096, "the size of the course's objects");

static const struct cli_option options[] = {
	{'n', "name", "/NAME", "the object's name, if not " PSHM_XFR_NAME},
	{0},
};

static const struct cli_program program = {
	.name = "pshm_xfr_writer",
	.usage = "",
	.summary = "Send standard input through a POSIX shared memory object to pshm_xfr_reader.",
	.options = options,
};

static struct {
	int fd;
	const char *name;
} published;

/* SA_RESETHAND: the second time it is the end. */
static void on_signal(int signal)
{
	shared_object_unlink(published.fd, published.name);
	raise(signal);
}

/* Make the object, and see to it that it goes when a signal ends the program. */
static int publish(const char *name)
{
	static const int fatal[] = {SIGHUP, SIGINT, SIGTERM};
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	union {
		char bytes[SIZE]; /* the first one: all of them are zero */
		struct pshm_xfr xfr;
	} first = {0};
	struct sigaction old;
	sigset_t blocked, before;

	sem_init(&first.xfr.wsem, 1, 1);
	sem_init(&first.xfr.rsem, 1, 0);
	sigfillset(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	published.name = name;
	published.fd = shared_object_publish(name, "xfr", &first, sizeof(first));
	for (size_t i = 0; published.fd >= 0 && i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		sigaction(fatal[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(fatal[i], &action, NULL);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return published.fd;
}

static ssize_t read_input(char *buffer)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	for (;;) {
		ssize_t n = read(STDIN_FILENO, buffer, PSHM_XFR_BUF_SIZE);

		if (n >= 0)
			return n;
		if (errno == EAGAIN)
			poll(&input, 1, -1); /* whoever shares it has made it non-blocking */
		else if (errno != EINTR)
			return -errno;
	}
}

/*
 * Before the reader has opened the object its name must stay. A reader may post wsem once more
 * after end of file; one that does not has taken rsem.
 */
static void wait_for_end(struct pshm_xfr *xfr)
{
	struct timespec until;
	int left = 1;

	while (left > 0) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += 50 * 1000 * 1000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (sem_clockwait(&xfr->wsem, CLOCK_MONOTONIC, &until) == 0)
			return;
		sem_getvalue(&xfr->rsem, &left);
	}
}

static int transfer(struct pshm_xfr *xfr, const char *argument)
{
	ssize_t n;

	do {
		while (sem_wait(&xfr->wsem) < 0)
			if (errno != EINTR)
				return cli_error(argument, -errno);
		n = read_input(xfr->buf);
		xfr->cnt = n < 0 ? CNT_FAILED : (int)n;
		if (sem_post(&xfr->rsem) < 0)
			return cli_error(argument, -errno);
	} while (n > 0);
	if (n < 0)
		cli_error("standard input", (int)n);
	wait_for_end(xfr);
	return n < 0 ? CLI_FAILED : CLI_OK;
}

int main(int argc, char *argv[])
{
	const char *argument, *name;
	uint64_t total;
	void *memory;
	int r;

	cli_start(&program, argc, argv);
	argument = cli_option('n') ? cli_option('n') : PSHM_XFR_NAME;
	name = cli_object_name(argument);
	if (shm_unlink(name) < 0 && errno != ENOENT)
		return cli_finish(cli_error(argument, -errno));
	r = publish(name);
	if (r < 0)
		return cli_finish(cli_error(argument, r));
	r = shared_object_map(published.fd, SIZE, &memory, &total);
	r = r < 0 ? cli_error(argument, r) : transfer(memory, argument);
	shared_object_unlink(published.fd, name);
	return cli_finish(r);
}
