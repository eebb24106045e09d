/* SPDX-License-Identifier: MIT */
/* Says who sleeps in shared memory and will never wake, why, and what can be done. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/shared_object.h"
#include "progs/stuck_all.h"
#include "progs/stuck_output.h"
#include "progs/stuck_release.h"
#include "progs/stuck_watch.h"

/* Options with a long form only. */
enum { FOLDER = 1, ALL, RELEASE, YES };

static const struct cli_option options[] = {
	{'w', "watch", "SECONDS", "look every so often, and say what is new, until Ctrl-C"},
	{'J', "json", NULL, "print JSON; with -w a line for what is new"},
	{FOLDER, "shm", "DIR", "of this folder, as /proc/PID/root/dev/shm"},
	{ALL, "all", NULL, "of every /dev/shm that some process sees: containers, too"},
	{RELEASE, "release", "/NAME",
	 "post a semaphore once, if it is stuck or alone (/NAME:FIELD)"},
	{YES, "yes", NULL, "do not ask before"},
	{0},
};

static void print_more(void)
{
	puts("\nThe words, worst first:");
	for (unsigned i = VERDICT_BROKEN + 1; i > VERDICT_OK; i--)
		printf("  %-22s %s\n", verdict_word(i - 1), verdict_meaning(i - 1));
	puts("\nExit status: 0: nothing is wrong; 1: something is broken, stuck, stopped or "
	     "alone;\n"
	     "2: the command line is wrong; 3: it could not be told.");
}

static const struct cli_program program = {
	.name = "pshm_stuck",
	.usage = "[/NAME]...",
	.summary =
		"Say which threads asleep in POSIX shared memory and semaphores will never wake, "
		"why,\nand what can be done about it.",
	.options = options,
	.max_arguments = -1,
	.mixed = true,
	.help = print_more,
};

static void check_line(char **names)
{
	const char *end;

	if (cli_option(YES) && !cli_option(RELEASE))
		cli_usage_error("--yes: to what? It goes with --release");
	if (cli_option(RELEASE) && (*names || cli_option('w') || cli_option('J')))
		cli_usage_error("--release: one object, and neither -w nor -J");
	if (cli_option(ALL) && (cli_option(FOLDER) || cli_option(RELEASE)))
		cli_usage_error("--all, or one folder by --shm, also for --release");
	if (cli_option(ALL) && *names)
		cli_usage_error("--all: all objects; a name is looked for in one folder, --shm");
	for (; *names; names++)
		if (!stuck_nameless(*names, &end) || *end)
			cli_object_name(*names);
}

static int look_once(struct stuck *stuck)
{
	int r = stuck_look(stuck, true);

	if (r == 0 && (!*stuck->asked || stuck->n_inos > 0))
		r = cli_option('J') ? stuck_print_json(stuck) : stuck_print(stuck);
	if (r == 0 && cli_flush() == 0)
		folder_say_unseen(&stuck->verdicts.after, program.name);
	return r;
}

static unsigned watched(void)
{
	return cli_option('w') ? (unsigned)cli_number(cli_option('w'), 10, 1, 86400) : 0;
}

static int run(const char *path, const char *const *names)
{
	const unsigned seconds = watched();
	struct stuck stuck;
	int r = stuck_open(path, names, &stuck), status;

	if (r == 0)
		r = seconds ? stuck_watch(&stuck, seconds, cli_option('J')) : look_once(&stuck);
	/* What could not be written is told by cli_finish(). */
	if (r < 0 && cli_flush() == 0)
		cli_error(path, r);
	status = r < 0 ? STUCK_UNKNOWN : stuck_status(&stuck);
	stuck_close(&stuck);
	return status;
}

int main(int argc, char *argv[])
{
	char **names = cli_start(&program, argc, argv);
	const char *folder = cli_option(FOLDER) ? cli_option(FOLDER) : SHARED_FOLDER;

	check_line(names);
	if (cli_option(RELEASE))
		return cli_finish(stuck_release(folder, cli_option(RELEASE), cli_option(YES)));
	if (cli_option(ALL))
		return cli_finish(stuck_all(watched(), cli_option('J')));
	return cli_finish(run(folder, (const char *const *)names));
}
