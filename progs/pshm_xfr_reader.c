/* SPDX-License-Identifier: MIT */
/* Receives blocks through shared memory, and writes them to its standard output. */
#include "progs/xfr.h"

static const struct cli_option options[] = {
	XFR_OPTION_NAME,
	XFR_OPTION_VERBOSE,
	{0},
};

static const struct cli_program program = {
	.name = "pshm_xfr_reader",
	.usage = "",
	.summary = "Write to standard output what pshm_xfr_writer sends.",
	.options = options,
};

int main(int argc, char *argv[])
{
	cli_start(&program, argc, argv);
	return cli_finish(xfr_run(transfer_receive, "reader", "writer", 0, 0));
}
