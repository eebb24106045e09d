/* SPDX-License-Identifier: MIT */
/* Makes a sequence number that processes share. */
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "progs/cli.h"
#include "progs/shared_object.h"

static const struct cli_program program = {
	.name = "pshm_seqnum_init",
	.usage = "/NAME [INIT-VALUE]",
	.summary =
		"Make a new sequence number in a POSIX shared memory object, in place of any old "
		"object.",
	.min_arguments = 1,
	.max_arguments = 2,
};

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	const char *name = cli_object_name(args[0]);
	struct pshm_seqnum number = {0};
	_cleanup_close_ int fd = -1;

	if (args[1])
		number.seqnum = (int)cli_number(args[1], 10, INT_MIN, INT_MAX);
	if (sem_init(&number.sem, 1, 1) < 0)
		return cli_finish(cli_error(args[0], -errno));
	if (shm_unlink(name) < 0 && errno != ENOENT)
		return cli_finish(cli_error(args[0], -errno));
	fd = shared_object_publish(name, "seqnum", &number, sizeof(number));
	return cli_finish(fd < 0 ? cli_error(args[0], fd) : CLI_OK);
}
