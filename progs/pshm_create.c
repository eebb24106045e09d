/* SPDX-License-Identifier: MIT */
/* Makes a shared memory object, or gives an existing one another size. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/shared_object.h"

static const struct cli_option options[] = {
	{'c', "create", NULL, "make the object if there is none (O_CREAT)"},
	{'x', "exclusive", NULL, "with -c: fail if there is one (O_EXCL)"},
	{0},
};

static const struct cli_program program = {
	.name = "pshm_create",
	.usage = "/NAME SIZE [OCTAL-PERMS]",
	.summary = "Set the size of a POSIX shared memory object; with -c make it first.",
	.options = options,
	.min_arguments = 2,
	.max_arguments = 3,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	const char *name = cli_object_name(args[0]);
	off_t size = cli_number(args[1], 0, 0, INT64_MAX);
	mode_t perms = args[2] ? cli_perms(args[2]) : 0600;
	int flags = (cli_option('c') ? O_CREAT : 0) | (cli_option('x') ? O_EXCL : 0);
	_cleanup_close_ int fd = shared_object_open(name, flags, perms);
	int r;

	if (fd < 0)
		return cli_finish(shared_object_error(args[0], fd));
	if (ftruncate(fd, size) < 0) {
		r = -errno;
		if (cli_option('c') && cli_option('x'))
			shared_object_unlink(fd, name); /* it was made a moment ago */
		return cli_finish(cli_error(args[0], r));
	}
	return cli_finish(CLI_OK);
}
