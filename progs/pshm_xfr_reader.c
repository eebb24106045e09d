/* SPDX-License-Identifier: MIT */
/* Receives blocks through shared memory, and writes them to its standard output. */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "progs/cli.h"
#include "progs/shared_object.h"

static const struct cli_option options[] = {
	{'n', "name", "/NAME", "the object's name, if not " PSHM_XFR_NAME},
	{0},
};

static const struct cli_program program = {
	.name = "pshm_xfr_reader",
	.usage = "",
	.summary = "Write to standard output what pshm_xfr_writer sends.",
	.options = options,
};

static bool initialised(const void *sem)
{
	return semaphore_plausible(&semaphore_glibc64, sem, NULL) &&
	       semaphore_decode(&semaphore_glibc64, sem).flag == SEMAPHORE_SHARED;
}

/*
 * Not every writer publishes its object whole, as ours does. To map it before ftruncate(2) is
 * SIGBUS; to wait for a semaphore before sem_init(3) is to wait for ever, as it is not shared yet.
 */
static bool ready(int fd)
{
	char head[offsetof(struct pshm_xfr, buf) + 1];

	return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       initialised(head + offsetof(struct pshm_xfr, wsem)) &&
	       initialised(head + offsetof(struct pshm_xfr, rsem));
}

static bool wait_until_ready(int fd)
{
	enum { NAPS = 2500 }; /* of 2 ms: 5 seconds */

	for (int i = 0; !ready(fd); i++) {
		if (i == NAPS)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	return true;
}

static int receive(struct pshm_xfr *xfr, size_t room, const char *argument)
{
	for (;;) {
		int cnt, r;

		while (sem_wait(&xfr->rsem) < 0)
			if (errno != EINTR)
				return cli_error(argument, -errno);
		cnt = __atomic_load_n(&xfr->cnt, __ATOMIC_RELAXED); /* looked at once: hostile */
		if (cnt < 0 || (size_t)cnt > room) {
			cli_message("%s: cnt is %d, not within 0 to %zu: the writer has failed",
				    argument, cnt, room);
			return CLI_FAILED;
		}
		r = cli_write(xfr->buf, (size_t)cnt);
		if (r < 0)
			return cli_error("standard output", r);
		if (sem_post(&xfr->wsem) < 0)
			return cli_error(argument, -errno);
		if (cnt == 0)
			return CLI_OK;
	}
}

static int run(int fd, const char *argument)
{
	struct stat st;
	uint64_t total;
	void *memory;
	int r;

	if (!wait_until_ready(fd)) {
		cli_message("%s: not a transfer object (its semaphores are not initialised)",
			    argument);
		return CLI_FAILED;
	}
	if (fstat(fd, &st) < 0)
		return cli_error(argument, -errno);
	r = shared_object_map(fd, (size_t)st.st_size, &memory, &total);
	if (r < 0)
		return cli_error(argument, r);
	return receive(memory, (size_t)st.st_size - offsetof(struct pshm_xfr, buf), argument);
}

int main(int argc, char *argv[])
{
	_cleanup_close_ int fd = -1;
	const char *argument;

	cli_start(&program, argc, argv);
	argument = cli_option('n') ? cli_option('n') : PSHM_XFR_NAME;
	fd = shared_object_open(cli_object_name(argument), 0, 0);
	return cli_finish(fd < 0 ? shared_object_error(argument, fd) : run(fd, argument));
}
