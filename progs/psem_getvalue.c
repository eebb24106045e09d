/* SPDX-License-Identifier: MIT */
/* Shows the value of a named semaphore. */
#include <errno.h>
#include <stdio.h>

#include "progs/cli.h"
#include "progs/named_semaphore.h"

static const struct cli_program program = {
	.name = "psem_getvalue",
	.usage = "/NAME",
	.summary = "Print the value of a POSIX named semaphore.",
	.min_arguments = 1,
	.max_arguments = 1,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	sem_t *sem = named_semaphore_open(args[0]);
	int value;

	if (!sem)
		return cli_finish(CLI_FAILED);
	if (sem_getvalue(sem, &value) < 0)
		return cli_finish(cli_error(args[0], -errno));
	printf("%d\n", value);
	return cli_finish(CLI_OK);
}
