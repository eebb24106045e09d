/* SPDX-License-Identifier: MIT */
/* Makes a named semaphore. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>

#include "progs/cli.h"
#include "progs/named_semaphore.h"

static const struct cli_option options[] = {
	{'c', "create", NULL, "make the semaphore if there is none (O_CREAT)"},
	{'x', "exclusive", NULL, "with -c: fail if there is one (O_EXCL)"},
	{0},
};

static const struct cli_program program = {
	.name = "psem_create",
	.usage = "/NAME [OCTAL-PERMS [VALUE]]",
	.summary = "Open a POSIX named semaphore; with -c make it first.",
	.options = options,
	.min_arguments = 1,
	.max_arguments = 3,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	const char *name = cli_semaphore_name(args[0]);
	mode_t perms = args[1] ? cli_perms(args[1]) : 0600;
	unsigned value = 0;
	int flags = (cli_option('c') ? O_CREAT : 0) | (cli_option('x') ? O_EXCL : 0);

	if (args[1] && args[2])
		value = (unsigned)cli_number(args[2], 10, 0, SEM_VALUE_MAX);
	if (flags != (O_CREAT | O_EXCL) && named_semaphore_check(args[0]) != CLI_OK)
		return cli_finish(CLI_FAILED);
	if (sem_open(name, flags, perms, value) == SEM_FAILED)
		return cli_finish(cli_error(args[0], -errno));
	return cli_finish(CLI_OK);
}
