/* SPDX-License-Identifier: MIT */
/* Removes a shared memory object's name. */
#include <errno.h>
#include <sys/mman.h>

#include "progs/cli.h"

static const struct cli_program program = {
	.name = "pshm_unlink",
	.usage = "/NAME",
	.summary = "Remove the name of a POSIX shared memory object.",
	.min_arguments = 1,
	.max_arguments = 1,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);

	if (shm_unlink(cli_object_name(args[0])) < 0)
		return cli_finish(cli_error(args[0], -errno));
	return cli_finish(CLI_OK);
}
