/* SPDX-License-Identifier: MIT */
/* Copies a string into a shared memory object. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/shared_object.h"

static const struct cli_program program = {
	.name = "pshm_write",
	.usage = "/NAME STRING",
	.summary = "Make a POSIX shared memory object as long as STRING, and copy STRING into it.",
	.min_arguments = 2,
	.max_arguments = 2,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	const char *name = cli_object_name(args[0]);
	size_t length = strlen(args[1]);
	_cleanup_close_ int fd = shared_object_open(name, 0, 0);
	int r;

	if (fd < 0)
		return cli_finish(shared_object_error(args[0], fd));
	if (ftruncate(fd, (off_t)length) < 0)
		return cli_finish(cli_error(args[0], -errno));
	printf("Resized to %ld bytes\n", (long)length);
	printf("copying %ld bytes\n", (long)length);
	r = shared_object_write(fd, args[1], length, 0);
	return cli_finish(r < 0 ? cli_error(args[0], r) : CLI_OK);
}
