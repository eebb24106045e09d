/* SPDX-License-Identifier: MIT */
/* Any words as the command line of pshmfs: its options, and those of mount(8). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fusefs/options.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sandbox.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	sandbox_enter();
	return chdir(SANDBOX_WORK);
}

static void parse(int argc, char **argv)
{
	struct settings settings;
	int status;

	optind = 0;
	status = options_parse(argc, argv, &settings);
	if (status < -1 || status > 2 || (status == -1 && !settings.mountpoint))
		abort();
	options_deinit(&settings);
}

/* Its words, a line each. No file is opened that is not in the folder where we are. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	enum { WORDS_MAX = 20 };
	char *argv[WORDS_MAX + 2] = {(char[]){"pshmfs"}}, *kept[WORDS_MAX] = {0};
	FILE *const out = stdout, *const err = stderr;
	struct input input = {bytes, size};
	int n = 0;

	while (n < WORDS_MAX && (kept[n] = input_until(&input, '\n'))) {
		for (char *slash = kept[n]; (slash = strstr(slash, "=/"));)
			slash[1] = '_';
		argv[n + 1] = kept[n];
		n++;
	}
	stdout = fuzz_nowhere();
	stderr = fuzz_nowhere();
	parse(n + 1, argv);
	stdout = out;
	stderr = err;
	for (int i = 0; i < WORDS_MAX; i++)
		free(kept[i]);
	return 0;
}
