/* SPDX-License-Identifier: MIT */
/*
 * bench [-u FILE] [PART...]: how fast pshmfs is, as ratios to what was done beside it.
 *
 * Without parts: all. -u writes the table between the markers in FILE (docs/performance.md).
 * All happens in the tests' own sandbox, so that nothing of it is seen outside or left behind.
 */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sandbox.h"

static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{"field", bench_field},       {"ls", bench_ls},           {"grep", bench_grep},
	{"raw", bench_raw},           {"memory", bench_memory},   {"processes", bench_processes},
	{"transfer", bench_transfer}, {"structs", bench_structs},
};

#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static void run_part(const char *name)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		if (strcmp(name, parts[i].name) == 0) {
			parts[i].run();
			return;
		}
	}
	errno = EINVAL;
	give_up("%s", name);
}

int main(int argc, char **argv)
{
	int file = -1, option;

	while ((option = getopt(argc, argv, "u:")) == 'u')
		if ((file = open(optarg, O_RDWR | O_CLOEXEC)) < 0)
			give_up("%s", optarg);
	if (option != -1 || (file >= 0 && optind < argc)) {
		fputs("usage: bench [PART...]\n       bench -u FILE\n", stderr);
		return EXIT_FAILURE;
	}
#if defined(__SANITIZE_ADDRESS__)
	fputs("bench: this build has sanitizers, which cost more than what is measured\n", stderr);
	return EXIT_FAILURE;
#endif
	/* Where the build has put them; a folder of installed ones may be set instead. */
	setenv("PSHM_BUILD", BENCH_BUILD, 0);
	setenv("PSHMFS", BENCH_BUILD "/fusefs/pshmfs", 0);
	setenv("PSHM_PROGS", BENCH_BUILD "/tests/bench", 1);
	sandbox_enter();
	report_begin(stdout);
	fflush(stdout);
	for (int i = optind; i < argc; i++)
		run_part(argv[i]);
	for (size_t i = 0; optind == argc && i < N_PARTS; i++)
		run_part(parts[i].name);
	report_notes(stdout);
	if (file >= 0 && (errno = -report_update(file)) != 0)
		give_up("the table could not be written");
	return EXIT_SUCCESS;
}
