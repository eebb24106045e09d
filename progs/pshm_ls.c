/* SPDX-License-Identifier: MIT */
/* Lists shared memory objects: what is in them, who has them, who waits in them. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "core/cleanup.h"
#include "progs/all_folders.h"
#include "progs/cli.h"
#include "progs/ls_look.h"
#include "progs/shared_object.h"

/* Options with a long form only. */
enum { NO_HEADINGS = 1, FOLDER, ALL, UNLINKED };

static const struct cli_option options[] = {
	{'J', "json", NULL, "print JSON"},
	{'r', "raw", NULL, "one blank between columns; those in names are \\x20"},
	{'o', "output", "COLUMNS", "these columns (A,B); +A,B: these, too"},
	{'n', "name", "/NAME", "this object only; may be given more than once"},
	{NO_HEADINGS, "noheadings", NULL, "no line of headings"},
	{FOLDER, "shm", "DIR", "of this folder, as /proc/PID/root/dev/shm"},
	{ALL, "all", NULL, "of every /dev/shm that some process sees: containers, too"},
	{UNLINKED, "unlinked", NULL, "those that have no name any more"},
	{0},
};

static const struct cli_program program = {
	.name = "pshm_ls",
	.usage = "[/NAME]...",
	.summary = "List POSIX shared memory objects and semaphores: what is in them, who has them "
		   "and\nwho waits in them.",
	.options = options,
	.max_arguments = -1,
	.mixed = true,
	.help = ls_columns_help,
};

/* Names may be given in both ways; the caller frees the list. */
static const char **take_names(int argc, char **arguments)
{
	const char **names = calloc((size_t)argc + 1, sizeof(*names));
	size_t n = 0;

	if (!names)
		return NULL;
	for (int i = 0; cli_option_nth('n', i); i++)
		names[n++] = cli_option_nth('n', i);
	while (*arguments)
		names[n++] = *arguments++;
	return names;
}

static void check_line(const char *const *names)
{
	if (cli_option('J') && cli_option('r'))
		cli_usage_error("--json or --raw, not both");
	if (cli_option(UNLINKED) && *names)
		cli_usage_error("--unlinked: what has no name is not found by one");
	if (cli_option(ALL) && cli_option(FOLDER))
		cli_usage_error("--all or --shm, not both");
	if (cli_option(ALL) && *names)
		cli_usage_error("--all: all objects; a name is looked for in one folder, --shm");
	for (; *names; names++)
		cli_object_name(*names);
}

static int run(struct ls_look *look, const char *const *names)
{
	const bool unlinked = cli_option(UNLINKED);
	int r = ls_output_begin(&look->output);

	if (r == 0)
		r = unlinked ? ls_look_unlinked(look) : ls_look_names(look, names);
	if (r == 0)
		r = ls_output_end(&look->output, look->scanned ? look->looks.snapshot : NULL);
	if (r < 0)
		return cli_error(look->folder.path, r);
	cli_flush();
	if (!unlinked && !*names)
		ls_look_count_unlinked(look);
	ls_look_say_unlinked(look);
	ls_look_say_unseen(look);
	return look->status;
}

static int choose_output(struct ls_output *ret)
{
	ret->form = cli_option('J') ? LS_JSON : cli_option('r') ? LS_RAW : LS_TABLE;
	ret->headings = !cli_option(NO_HEADINGS);
	return ls_columns_choose(cli_option('o'), cli_option(UNLINKED), cli_option(ALL),
				 &ret->columns);
}

static int look_into(const char *path, const char *const *names)
{
	struct ls_look look = {.status = CLI_OK};
	int r = folder_open(path, &look.folder), status;

	if (r < 0)
		return cli_error(path, r);
	r = choose_output(&look.output);
	status = r < 0 ? cli_error(path, r) : run(&look, names);
	ls_look_deinit(&look);
	folder_close(&look.folder);
	return status;
}

/* The look at the folder before is forgotten only now: what it could not see is told at the end. */
static int list_folder(struct ls_look *look, const struct shm_folder *found)
{
	static const char *const no_names[] = {NULL};
	_cleanup_free_ char *whose = NULL;
	int r = all_folders_name(found, &whose);

	ls_look_forget(look);
	folder_close(&look->folder);
	if (r == 0)
		r = all_folders_open(found, &look->folder);
	look->whose = whose;
	if (r == 0)
		r = cli_option(UNLINKED) ? ls_look_unlinked(look) : ls_look_names(look, no_names);
	if (r == 0)
		r = ls_output_folder(&look->output, found,
				     look->scanned ? look->looks.snapshot : NULL);
	if (r == 0 && !cli_option(UNLINKED))
		ls_look_count_unlinked(look);
	look->whose = NULL;
	return r;
}

static int list_folders(struct ls_look *look, const struct shm_folders *folders)
{
	int r = choose_output(&look->output);

	if (r == 0)
		r = ls_output_begin(&look->output);
	for (size_t i = 0; r == 0 && i < folders->n; i++)
		if (folders->items[i].fd >= 0)
			r = list_folder(look, &folders->items[i]);
	if (r == 0)
		r = ls_output_end_all(&look->output, folders);
	if (r < 0)
		return cli_error("--all", r);
	cli_flush();
	ls_look_say_unlinked(look);
	ls_look_say_unseen(look);
	all_folders_say_unseen(folders, program.name);
	return look->status;
}

static int look_into_all(void)
{
	struct ls_look look = {.status = CLI_OK,
			       .folder = {.dirfd = -1, .procfd = -1, .cgroupfd = -1}};
	struct shm_folders folders;
	int status;

	if (all_folders_find(&folders) < 0)
		return CLI_FAILED;
	status = list_folders(&look, &folders);
	ls_look_deinit(&look);
	folder_close(&look.folder);
	shm_folders_deinit(&folders);
	return status;
}

/* The width of characters is the terminal's; the text is UTF-8 whatever the locale says. */
static void set_locale(void)
{
	if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int main(int argc, char *argv[])
{
	_cleanup_free_ const char **names = take_names(argc, cli_start(&program, argc, argv));
	const char *folder = cli_option(FOLDER);

	set_locale();
	if (!names)
		return cli_finish(cli_error("arguments", -ENOMEM));
	check_line(names);
	if (cli_option(ALL))
		return cli_finish(look_into_all());
	return cli_finish(look_into(folder ? folder : SHARED_FOLDER, names));
}
