/* SPDX-License-Identifier: MIT */
/* What all programs share: options, numbers, names, messages and exit codes. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1, /* the operation failed */
	CLI_USAGE = 2,  /* the command line is wrong */
};

/* One option letter, for getopt_long(3) and for --help. */
struct cli_option {
	char letter;
	const char *argument; /* what it takes, "SIZE", or NULL */
	const char *help;
};

/* One program: the text of --help and --version is made from it. */
struct cli_program {
	const char *name;
	const char *usage;   /* the arguments: "/NAME SIZE" */
	const char *summary; /* one sentence */
	const struct cli_option *options; /* ends with letter 0; or NULL */
	int min_arguments;
	int max_arguments; /* -1: any number */
};
