/* SPDX-License-Identifier: MIT */
/* Makes a new shared memory object of a given size. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/shared_object.h"

static const struct cli_program program = {
	.name = "pshm_create_simple",
	.usage = "/NAME SIZE",
	.summary = "Make a new POSIX shared memory object of SIZE zero bytes.",
	.min_arguments = 2,
	.max_arguments = 2,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	const char *name = cli_object_name(args[0]);
	off_t size = cli_number(args[1], 10, 0, INT64_MAX);
	_cleanup_close_ int fd = shared_object_open(name, O_CREAT | O_EXCL, 0600);
	int r;

	if (fd < 0)
		return cli_finish(shared_object_error(args[0], fd));
	if (ftruncate(fd, size) < 0) {
		r = -errno;
		shared_object_unlink(fd, name);
		return cli_finish(cli_error(args[0], r));
	}
	return cli_finish(CLI_OK);
}
