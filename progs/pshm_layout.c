/* SPDX-License-Identifier: MIT */
/* Prints how a struct of a program lies in memory, by the program's debug information. */
#include <errno.h>
#include <langinfo.h>
#include <libgen.h>
#include <libsmartcols.h>
#include <locale.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/dwarf.h"
#include "core/layout_json.h"
#include "core/text_stream.h"
#include "progs/cli.h"
#include "progs/layout_of.h"

enum { OF = 1, FOLDER };

static const struct cli_option options[] = {
	{'J', "json", NULL, "print JSON"},
	{OF, "of", "/NAME", "the struct that the object is, and how that is known"},
	{FOLDER, "shm", "DIR", "with --of: of this folder, as /proc/PID/root/dev/shm"},
	{0},
};

static const struct cli_program program = {
	.name = "pshm_layout",
	.usage = "PROGRAM STRUCT | --of NAME",
	.summary =
		"Show how a struct of a program lies in memory: offset, size, type and name of "
		"each field.\nPROGRAM is built with debug information (-g), in C, C++ or Rust.\n"
		"With --of the struct is found by the programs that have the object NAME mapped.",
	.options = options,
	.min_arguments = 0,
	.max_arguments = 2,
};

static int say(const char *path, const char *name, int error)
{
	_cleanup_free_ char *words = NULL;
	size_t size = 0;
	FILE *out = text_open(&words, &size);

	if (!out)
		return cli_error(path, -ENOMEM);
	dwarf_explain(error, name, out);
	if (fclose(out) != 0)
		return cli_error(path, -ENOMEM);
	cli_message("%s: %s", path, words);
	return CLI_FAILED;
}

static int load(const char *path, const char *name, const struct layout **ret)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -1;
	int r = copy ? dwarf_open(path, &fd) : -ENOMEM;

	return r < 0 ? r : dwarf_layout(fd, dirname(copy), name, ret);
}

/* `from`: how the layout is known, or NULL. */
static int print_json(const struct layout *layout, const char *from)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	struct json_object *rows = NULL;
	int r = top ? json_add_text(top, "name", layout->name) : -ENOMEM;

	if (r == 0)
		r = json_add_text(top, "abi", layout->abi);
	if (r == 0 && from)
		r = json_add_text(top, "from", from);
	if (r == 0)
		r = json_add(top, "size", json_object_new_uint64(layout->size));
	if (r == 0)
		r = layout_json_rows(layout, &rows);
	if (r == 0)
		r = json_add(top, "rows", rows);
	return r == 0 ? json_write(top, stdout) : r;
}

static int add_cells(struct libscols_table *table, const char *offset, const char *size,
		     const char *type, const char *name)
{
	const char *const cells[] = {offset, size, type, name};
	struct libscols_line *line = scols_table_new_line(table, NULL);
	int r = line ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < 4; i++)
		r = scols_line_set_data(line, i, cells[i]);
	return r;
}

static int add_row(const struct layout_row *row, void *data)
{
	const struct field *field = row->field;
	char offset[24] = "-", size[24] = "-";

	if (!field->render)
		snprintf(offset, sizeof(offset), "%zu", row->offset);
	if (!field->render && field->size)
		snprintf(size, sizeof(size), "%zu", field->size);
	return add_cells(data, offset, size, field->type->name, row->name);
}

/* The struct itself is the first row, as compounds stand before what is in them. */
static int fill_table(struct libscols_table *table, const struct layout *layout)
{
	static const struct {
		const char *name;
		int flags;
	} columns[] = {
		{"OFFSET", SCOLS_FL_RIGHT}, {"SIZE", SCOLS_FL_RIGHT}, {"TYPE", 0}, {"NAME", 0}};
	char size[24];
	int r;

	/* Names are escaped already; libsmartcols would do it again. */
	scols_table_enable_noencoding(table, 1);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < 4; i++)
		if (!scols_table_new_column(table, columns[i].name, 0, columns[i].flags))
			return -ENOMEM;
	snprintf(size, sizeof(size), "%zu", layout->size);
	r = add_cells(table, "0", size, layout->name, "-");
	return r == 0 ? layout_each_row(layout, add_row, table) : r;
}

static int print_table(const struct layout *layout, const char *from)
{
	struct libscols_table *table = scols_new_table();
	int r = table ? fill_table(table, layout) : -ENOMEM;

	if (r == 0 && from)
		printf("%s\nfrom %s\n", layout->name, from);
	if (r == 0)
		r = scols_print_table(table);
	scols_unref_table(table);
	return r;
}

static int print(const struct layout *layout, const char *from)
{
	return cli_option('J') ? print_json(layout, from) : print_table(layout, from);
}

static int show(const char *path, const char *name)
{
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;
	int r = load(path, name, &layout);

	if (r < 0)
		return say(path, name, r);
	r = print(layout, NULL);
	return r < 0 ? cli_error(path, r) : CLI_OK;
}

static int show_of(const char *argument)
{
	const char *folder = cli_option(FOLDER) ? cli_option(FOLDER) : "/dev/shm";
	struct layout_of of;
	int status = layout_of(folder, argument, &of), r = 0;

	if (status != CLI_OK)
		return status;
	if (of.layout) {
		r = print(of.layout, of.from);
		status = r < 0 ? cli_error(argument, r) : CLI_OK;
	} else {
		cli_message("%s: unknown, from %s", argument, of.from);
		status = CLI_FAILED;
	}
	layout_of_deinit(&of);
	return status;
}

/* As in pshm_ls: names are UTF-8 whatever the locale says; libsmartcols hangs on others. */
static void set_locale(void)
{
	if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int main(int argc, char *argv[])
{
	char **arguments = cli_start(&program, argc, argv);

	if (cli_option(OF) ? arguments[0] != NULL : !arguments[0] || !arguments[1])
		cli_usage_error(arguments[0] && cli_option(OF) ? "too many arguments"
							       : "too few arguments");
	if (cli_option(FOLDER) && !cli_option(OF))
		cli_usage_error("--shm: only with --of");
	set_locale();
	return cli_finish(cli_option(OF) ? show_of(cli_option(OF))
					 : show(arguments[0], arguments[1]));
}
