/* SPDX-License-Identifier: MIT */
#include "progs/shared_object.h"

#include <errno.h>

#include "progs/cli.h"

int shared_object_error(const char *argument, int error)
{
	if (error != -EINVAL)
		return cli_error(argument, error);
	cli_message("%s: Not a shared memory object (no regular file)", argument);
	return CLI_FAILED;
}
