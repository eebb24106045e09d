/* SPDX-License-Identifier: MIT */
/* Copies a shared memory object to standard output. */
#include <errno.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/shared_object.h"

static const struct cli_option options[] = {
	{'n', "no-newline", NULL, "write no newline after the object's bytes"},
	{0},
};

static const struct cli_program program = {
	.name = "pshm_read",
	.usage = "/NAME",
	.summary = "Copy a POSIX shared memory object and a newline to standard output.",
	.options = options,
	.min_arguments = 1,
	.max_arguments = 1,
};

/* Until there is no more: the object may grow or shrink meanwhile. */
static int copy(const struct object *object, const char *argument)
{
	static char block[256 * 1024];
	uint64_t offset = 0;
	ssize_t n;
	int r;

	while ((n = object_read_some(object, offset, block, sizeof(block))) > 0) {
		r = cli_write(block, (size_t)n);
		if (r < 0)
			return cli_error("standard output", r);
		offset += (uint64_t)n;
	}
	if (n < 0)
		return cli_error(argument, (int)n);
	r = cli_option('n') ? 0 : cli_write("\n", 1);
	return r < 0 ? cli_error("standard output", r) : CLI_OK;
}

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	const char *name = cli_object_name(args[0]);
	_cleanup_(object_close) struct object object = OBJECT_NONE;
	int r = shared_object_look(name, &object);

	if (r < 0)
		return cli_finish(shared_object_error(args[0], r));
	return cli_finish(copy(&object, args[0]));
}
