/* SPDX-License-Identifier: MIT */
/* Adds one to a named semaphore. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "progs/cli.h"
#include "progs/named_semaphore.h"

static const struct cli_program program = {
	.name = "psem_post",
	.usage = "/NAME",
	.summary = "Increase the value of a POSIX named semaphore by 1.",
	.min_arguments = 1,
	.max_arguments = 1,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	sem_t *sem = named_semaphore_open(args[0]);

	if (!sem)
		return cli_finish(CLI_FAILED);
	if (sem_post(sem) == 0)
		return cli_finish(CLI_OK);
	if (errno != EOVERFLOW)
		return cli_finish(cli_error(args[0], -errno));
	cli_message("%s: %s (it is %d already)", args[0], strerror(errno), SEM_VALUE_MAX);
	return cli_finish(CLI_FAILED);
}
