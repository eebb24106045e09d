/* SPDX-License-Identifier: MIT */
/* Shows a sequence number, and adds to it, slowly. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "progs/cli.h"
#include "progs/hold.h"
#include "progs/misfit.h"
#include "progs/shared_object.h"

#define WHAT "a sequence number"
#define UPDATE_SECONDS 3 /* slow on purpose: so that others are seen to wait */

static const struct cli_program program = {
	.name = "pshm_seqnum_get",
	.usage = "/NAME [RUN-LENGTH]",
	.summary = "Show a sequence number (pshm_seqnum_init); with RUN-LENGTH add that to it.",
	.min_arguments = 1,
	.max_arguments = 2,
};

static int run_length(const char *text)
{
	int length = (int)cli_number(text, 10, INT_MIN, INT_MAX);

	if (length <= 0)
		cli_usage_error("\"%s\": Invalid run-length", text);
	return length;
}

/* With the semaphore held, which must be posted whatever happens here. */
static int update(struct pshm_seqnum *number, int length, const char *argument)
{
	int sum;

	printf("Current value of sequence number: %d\n", number->seqnum);
	if (length == 0)
		return CLI_OK;
	if (cli_flush() < 0)
		return CLI_FAILED; /* cli_finish() says why */
	if (__builtin_add_overflow(number->seqnum, length, &sum)) {
		cli_message("%s: %d + %d would overflow", argument, number->seqnum, length);
		return CLI_FAILED;
	}
	if (hold_sleep(UPDATE_SECONDS) < 0)
		return CLI_FAILED; /* hold_release() ends the program by the signal */
	number->seqnum = sum;
	printf("Updated sequence number\n");
	return CLI_OK;
}

static int get(struct pshm_seqnum *number, int length, const char *argument)
{
	int r, status;

	if (misfit_shared_semaphore(argument, WHAT, &number->sem))
		return CLI_FAILED;
	r = hold_take(&number->sem);
	if (r < 0)
		return cli_error(argument, r);
	status = update(number, length, argument);
	r = hold_release(&number->sem);
	return r < 0 ? cli_error(argument, r) : status;
}

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);
	const char *name = cli_object_name(args[0]);
	int length = args[1] ? run_length(args[1]) : 0;
	_cleanup_close_ int fd = shared_object_open(name, 0, 0);
	uint64_t size;
	void *memory;
	int r;

	if (fd < 0)
		return cli_finish(shared_object_error(args[0], fd));
	r = shared_object_map(fd, sizeof(struct pshm_seqnum), &memory, &size);
	if (r == -ENODATA)
		return cli_finish(misfit_size(args[0], WHAT, size, sizeof(struct pshm_seqnum)));
	if (r < 0)
		return cli_finish(cli_error(args[0], r));
	return cli_finish(get(memory, length, args[0]));
}
