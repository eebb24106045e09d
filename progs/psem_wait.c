/* SPDX-License-Identifier: MIT */
/* Takes one from a named semaphore, or waits until it can. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "progs/cli.h"
#include "progs/named_semaphore.h"

static const struct cli_program program = {
	.name = "psem_wait",
	.usage = "/NAME",
	.summary = "Decrease the value of a POSIX named semaphore; wait while it is 0.",
	.min_arguments = 1,
	.max_arguments = 1,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	sem_t *sem = named_semaphore_open(args[0]);

	if (!sem)
		return cli_finish(CLI_FAILED);
	while (sem_wait(sem) < 0)
		if (errno != EINTR)
			return cli_finish(cli_error(args[0], -errno));
	printf("%ld sem_wait() succeeded\n", (long)getpid());
	return cli_finish(CLI_OK);
}
