/* SPDX-License-Identifier: MIT */
/* What all programs share: options, numbers, names, output, messages and exit codes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1, /* the operation failed */
	CLI_USAGE = 2,  /* the command line is wrong */
};

/* One option, for getopt_long(3) and for --help. */
struct cli_option {
	char letter;          /* below ' ': it has a long form only, and this is its key */
	const char *name;     /* its long form */
	const char *argument; /* what it takes, "SIZE", or NULL */
	const char *help;
};

/* One program: the text of --help and --version is made from it. */
struct cli_program {
	const char *name;
	const char *usage;                /* the arguments: "/NAME SIZE" */
	const char *summary;              /* one sentence */
	const struct cli_option *options; /* ends with letter 0; or NULL */
	int min_arguments;
	int max_arguments;  /* -1: any number */
	bool mixed;         /* options may follow arguments */
	void (*help)(void); /* prints what --help has more, to stdout; or NULL */
};

/*
 * cli_start() - Take in the command line: options, then arguments.
 *
 * What follows the first argument is never an option (but where they are mixed), so that "-5" can
 * be a number or a text.
 * Answers --help and --version; ends the program with CLI_USAGE where the line is wrong. From here
 * on descriptors 0 to 2 are open, and a closed pipe or a size limit is an error, not a signal.
 * Returns the arguments: min_arguments at least, NULL after the last.
 */
char **cli_start(const struct cli_program *program, int argc, char **argv);

/* What was given with the option ("" where it takes nothing), or NULL where it was not given. */
const char *cli_option(char letter);

/* Of one that takes something and may be given more than once, what the n-th (from 0) has; or NULL.
 */
const char *cli_option_nth(char letter, int n);

/* Before a line of progress, and after the last, on a terminal (ECMA-48). */
#define CLI_CLEAR_LINE "\r\033[K"

/* "PROGRAM: …" and a newline on standard error. */
void cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, then the end with CLI_USAGE. */
_Noreturn void cli_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "PROGRAM: WHAT: why" for a negative errno; returns CLI_FAILED. */
int cli_error(const char *what, int error);

/* The whole text is one number from min to max; base as in strtoll(3). Else CLI_USAGE. */
long long cli_number(const char *text, int base, long long min, long long max);

/* The same for a size in bytes, which may end in K or M: so many KiB or MiB. */
long long cli_size(const char *text, long long min, long long max);

/* Permissions, in octal digits. */
mode_t cli_perms(const char *text);

/*
 * The name of an object, as its file in /dev/shm has it, for "/name" and "name"; and of a
 * semaphore, as sem_open(3) wants it, for these and for the file's name "sem.name". Else CLI_USAGE.
 */
const char *cli_object_name(const char *argument);
const char *cli_semaphore_name(const char *argument);

/* Write all bytes to standard output, whatever that is, past stdio. 0 or -errno. */
int cli_write(const void *bytes, size_t size);

/* Send what printf(3) has collected on its way. 0 or -errno; cli_finish() will say it. */
int cli_flush(void);

/* The last call of main(): `status`, or with a message CLI_FAILED when output was lost. */
int cli_finish(int status);
