/* SPDX-License-Identifier: MIT */
/* Removes a named semaphore's name. */
#include <errno.h>
#include <semaphore.h>

#include "progs/cli.h"

static const struct cli_program program = {
	.name = "psem_unlink",
	.usage = "/NAME",
	.summary = "Remove the name of a POSIX named semaphore.",
	.min_arguments = 1,
	.max_arguments = 1,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);

	if (sem_unlink(cli_semaphore_name(args[0])) < 0)
		return cli_finish(cli_error(args[0], -errno));
	return cli_finish(CLI_OK);
}
