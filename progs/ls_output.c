/* SPDX-License-Identifier: MIT */
/* The forms of the output: a table by libsmartcols, raw lines, JSON by json-c. */
#include "progs/ls_output.h"

#include <ctype.h>
#include <errno.h>
#include <libsmartcols.h>
#include <string.h>
#include <unistd.h>

#include "core/holders.h"
#include "core/text.h"
#include "core/text_stream.h"
#include "progs/all_folders.h"

/* How long a cell may be on a terminal, where one that is longer moves all that is right of it. */
#define CELL_MAX 40

/* Of what is escaped already (text.h): whole characters and whole escapes of it. */
static void cut(char *text)
{
	const size_t size = strlen(text);
	size_t end = 0;

	while (end < size) {
		size_t n = text_utf8((const unsigned char *)text + end, size - end);

		if (text[end] == '\\')
			n = text[end + 1] == 'x' ? 4 : 2;
		if (end + n > CELL_MAX - 1)
			break;
		end += n ? n : 1;
	}
	if (end < size && size > CELL_MAX)
		strcpy(text + end, "…");
}

/* The cell's text, which the caller frees. */
static int make_text(const struct ls_row *row, const struct ls_column *column, char **ret)
{
	struct ls_cell cell = {.kind = LS_NOTHING};
	struct text_stream stream;
	size_t size;
	int r = text_stream_open(&stream), closed;

	if (r < 0)
		return r;
	column->fill(row, &cell);
	r = ls_cell_print(row, &cell, stream.out);
	closed = text_stream_close(&stream, ret, &size);
	if (closed == 0 && r < 0)
		free(*ret);
	return r < 0 ? r : closed;
}

/*
 * Cells are escaped before libsmartcols has them, and it must not do that again; it would take each
 * backslash for a byte that needs it. Nor may it cut or wrap by itself: it leaves no sign of that.
 */
static int begin_table(struct ls_output *output)
{
	const struct ls_columns *columns = &output->columns;

	output->table = scols_new_table();
	if (!output->table)
		return -ENOMEM;
	scols_table_enable_noencoding(output->table, 1);
	scols_table_enable_noheadings(output->table, !output->headings);
	scols_table_set_termforce(output->table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < columns->n; i++)
		if (!scols_table_new_column(output->table, columns->items[i]->name, 0,
					    columns->items[i]->number ? SCOLS_FL_RIGHT : 0))
			return -ENOMEM;
	return 0;
}

static int add_line(struct ls_output *output, const struct ls_row *row)
{
	struct libscols_line *line = scols_table_new_line(output->table, NULL);
	const bool terminal = isatty(STDOUT_FILENO);
	int r = line ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < output->columns.n; i++) {
		char *text = NULL;

		r = make_text(row, output->columns.items[i], &text);
		if (r < 0)
			break;
		if (terminal && i + 1 < output->columns.n)
			cut(text);
		r = scols_line_refer_data(line, i, text); /* which it frees from now on */
	}
	return r;
}

static int begin_raw(struct ls_output *output)
{
	return output ? 0 : -EINVAL;
}

/* A blank is what separates columns here. */
static void print_raw(const char *text)
{
	for (; *text; text++)
		if (*text == ' ')
			fputs("\\x20", stdout);
		else
			putchar(*text);
}

static void print_raw_headings(const struct ls_columns *columns)
{
	for (size_t i = 0; i < columns->n; i++)
		printf("%s%s", i ? " " : "", columns->items[i]->name);
	putchar('\n');
}

static int print_line(struct ls_output *output, const struct ls_row *row)
{
	const struct ls_columns *columns = &output->columns;

	if (output->n == 0 && output->headings)
		print_raw_headings(columns);
	for (size_t i = 0; i < columns->n; i++) {
		_cleanup_free_ char *text = NULL;
		int r = make_text(row, columns->items[i], &text);

		if (r < 0)
			return r;
		if (i > 0)
			putchar(' ');
		print_raw(text);
	}
	putchar('\n');
	return 0;
}

static int begin_json(struct ls_output *output)
{
	output->rows = json_object_new_array();
	return output->rows ? 0 : -ENOMEM;
}

/* "inner_pids", beside "pids": only where there is one. */
static int add_inner(struct json_object *object, const char *key, const struct ls_row *row,
		     const struct ls_cell *cell)
{
	struct json_object *value;
	char inner[32];
	int r = ls_cell_inner(row, cell, &value);

	if (r < 0 || !value)
		return r;
	snprintf(inner, sizeof(inner), "inner_%s", key);
	return json_add(object, inner, value);
}

static int add_cell(struct json_object *object, const struct ls_column *column,
		    const struct ls_row *row)
{
	struct ls_cell cell = {.kind = LS_NOTHING};
	struct json_object *value = NULL;
	char key[16] = "";
	int r;

	for (size_t i = 0; column->name[i] && i + 1 < sizeof(key); i++)
		key[i] = (char)tolower((unsigned char)column->name[i]);
	column->fill(row, &cell);
	r = ls_cell_json(row, &cell, &value);
	if (r < 0)
		return r;
	r = value ? json_add(object, key, value) : json_add_null(object, key);
	return r == 0 ? add_inner(object, key, row, &cell) : r;
}

static int add_object(struct ls_output *output, const struct ls_row *row)
{
	struct json_object *object = json_object_new_object();
	int r = json_append(output->rows, object);

	for (size_t i = 0; r == 0 && i < output->columns.n; i++)
		r = add_cell(object, output->columns.items[i], row);
	return r;
}

static int add_rows(struct ls_output *output, const struct snapshot *snapshot,
		    struct json_object *top)
{
	struct json_object *unseen = NULL;
	int r = json_add(top, "objects", json_object_get(output->rows));

	if (r == 0 && snapshot)
		r = unseen_json(snapshot, 0, &unseen);
	if (r == 0 && snapshot)
		r = json_add(top, "unseen", unseen);
	return r;
}

static int end_json(struct ls_output *output, const struct snapshot *snapshot)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	int r = top ? add_rows(output, snapshot, top) : -ENOMEM;

	return r == 0 ? json_write(top, stdout) : r;
}

static int add_folder(struct ls_output *output, const struct shm_folder *found,
		      const struct snapshot *snapshot)
{
	struct json_object *folder;
	int r = all_folders_json(found, &folder);

	if (r < 0)
		return r;
	if (!output->folders)
		output->folders = json_object_new_array();
	r = output->folders ? json_append(output->folders, folder) : -ENOMEM;
	if (r == 0)
		r = add_rows(output, snapshot, folder);
	json_object_put(output->rows);
	output->rows = json_object_new_array();
	return r == 0 && !output->rows ? -ENOMEM : r;
}

static int end_folders(struct ls_output *output, const struct shm_folders *folders)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	struct json_object *unseen;
	int r = top ? json_add(top, "folders",
			       output->folders ? json_object_get(output->folders)
					       : json_object_new_array())
		    : -ENOMEM;

	if (r == 0)
		r = all_folders_unseen_json(folders, &unseen);
	if (r == 0)
		r = json_add(top, "unseen_folders", unseen);
	return r == 0 ? json_write(top, stdout) : r;
}

static int end_table(struct ls_output *output, const struct snapshot *snapshot)
{
	(void)snapshot;
	return scols_print_table(output->table);
}

static int end_raw(struct ls_output *output, const struct snapshot *snapshot)
{
	(void)output;
	(void)snapshot;
	return 0;
}

static const struct {
	int (*begin)(struct ls_output *output);
	int (*row)(struct ls_output *output, const struct ls_row *row);
	int (*end)(struct ls_output *output, const struct snapshot *snapshot);
	/* Of those that tell folders apart other than by a column. */
	int (*folder)(struct ls_output *output, const struct shm_folder *found,
		      const struct snapshot *snapshot);
	int (*end_all)(struct ls_output *output, const struct shm_folders *folders);
} forms[] = {
	[LS_TABLE] = {begin_table, add_line, end_table},
	[LS_RAW] = {begin_raw, print_line, end_raw},
	[LS_JSON] = {begin_json, add_object, end_json, add_folder, end_folders},
};

int ls_output_begin(struct ls_output *ret)
{
	return forms[ret->form].begin(ret);
}

int ls_output_row(struct ls_output *output, const struct ls_row *row)
{
	int r = forms[output->form].row(output, row);

	output->n++;
	return r;
}

int ls_output_end(struct ls_output *output, const struct snapshot *snapshot)
{
	return forms[output->form].end(output, snapshot);
}

int ls_output_folder(struct ls_output *output, const struct shm_folder *found,
		     const struct snapshot *snapshot)
{
	return forms[output->form].folder ? forms[output->form].folder(output, found, snapshot) : 0;
}

int ls_output_end_all(struct ls_output *output, const struct shm_folders *folders)
{
	return forms[output->form].end_all ? forms[output->form].end_all(output, folders)
					   : ls_output_end(output, NULL);
}

void ls_output_deinit(struct ls_output *output)
{
	scols_unref_table(output->table);
	json_object_put(output->rows);
	json_object_put(output->folders);
	free(output->columns.items);
	*output = (struct ls_output){0};
}
