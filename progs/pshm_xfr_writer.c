/* SPDX-License-Identifier: MIT */
/* Sends its standard input, block by block, through shared memory. */
#include "core/layouts.h"
#include "progs/xfr.h"

static const struct cli_option options[] = {
	{'b', "buffer", "SIZE", "bytes a block, 10 to 64M (1024; with -B 256K)"},
	{'B', "blocks", "N", "N blocks at once instead of one, 1 to 1024: try 4"},
	XFR_OPTION_NAME,
	XFR_OPTION_VERBOSE,
	{0},
};

static const struct cli_program program = {
	.name = "pshm_xfr_writer",
	.usage = "",
	.summary = "Send standard input through a POSIX shared memory object to pshm_xfr_reader.",
	.options = options,
};

int main(int argc, char *argv[])
{
	size_t buffer = PSHM_XFR_BUF_SIZE;
	unsigned blocks = 0;

	cli_start(&program, argc, argv);
	if (cli_option('B')) {
		blocks = (unsigned)cli_number(cli_option('B'), 10, 1, PSHM_BLOCKS_MAX);
		buffer = TRANSFER_BLOCKS_BUFFER;
	}
	if (cli_option('b'))
		buffer =
			(size_t)cli_size(cli_option('b'), TRANSFER_BUFFER_MIN, TRANSFER_BUFFER_MAX);
	return cli_finish(xfr_run(transfer_send, "writer", "reader", buffer, blocks));
}
