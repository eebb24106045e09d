/* SPDX-License-Identifier: MIT */
/* Any words as the command line of a program: its options, numbers, sizes and names. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static jmp_buf ended;

/* A program has one command line: here is what it has kept, and its end is not ours. */
static _Noreturn void end_program(int status)
{
	longjmp(ended, status + 1);
}
static int keep_open(FILE *file)
{
	return fflush(file);
}
#define exit end_program
#define fclose keep_open
#include "progs/cli.c"
#undef exit
#undef fclose
#include "tests/fuzz/fuzz.h"

static const struct cli_option options[] = {
	{'a', "all", NULL, "nothing"},   {'n', "number", "N", "a number"},
	{'s', "size", "SIZE", "a size"}, {'o', "other", "TEXT", "a text"},
	{1, "long", "TEXT", "a text"},   {0},
};

static const struct cli_program programs[] = {
	{"straight", "[NAME]...", "None.", options, 0, -1, false, NULL},
	{"mixed", "[NAME]...", "None.", options, 0, 3, true, NULL},
	{"plain", "NAME NUMBER", "None.", NULL, 2, 2, false, NULL},
};

static void start(const struct cli_program *program, int argc, char **argv)
{
	char **arguments = cli_start(program, argc, argv);

	for (int i = 0; cli_option_nth('o', i); i++)
		cli_object_name(cli_option_nth('o', i));
	if (cli_option('n'))
		cli_number(cli_option('n'), 10, -5, 1000);
	if (cli_option('s') && cli_size(cli_option('s'), 10, 64 << 20) > 64 << 20)
		abort();
	if (cli_option(1))
		cli_perms(cli_option(1));
	for (; *arguments; arguments++)
		if (strchr(cli_semaphore_name(*arguments), '/'))
			abort();
}

static void restart(void)
{
	free(values);
	values = NULL;
	n_values = 0;
	memset(given, 0, sizeof(given));
	output_error = 0;
	optind = 0;
	stderr = fuzz_nowhere();
	stdout = fuzz_nowhere();
}

/* Which program, and its words, a line each. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	enum { WORDS_MAX = 20 };
	static FILE *out, *err;
	char *argv[WORDS_MAX + 2] = {(char[]){"x"}}, *kept[WORDS_MAX] = {0};
	struct input input = {bytes, size};
	const struct cli_program *program = &programs[input_number(&input, 1) % 3];
	int n = 0;

	out = stdout;
	err = stderr;
	while (n < WORDS_MAX && (kept[n] = input_until(&input, '\n'))) {
		argv[n + 1] = kept[n];
		n++;
	}
	restart();
	if (setjmp(ended) == 0)
		start(program, n + 1, argv);
	stdout = out;
	stderr = err;
	for (int i = 0; i < WORDS_MAX; i++)
		free(kept[i]);
	return 0;
}
