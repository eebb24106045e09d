/* SPDX-License-Identifier: MIT */
/* Rows of holders and waiters to text and to JSON. */
#include "core/holders.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/age.h"
#include "core/holders_columns.h"
#include "core/json.h"
#include "core/text.h"
#include "core/text_stream.h"

/* What an object is called; asked once for each that is in the table. */
struct naming {
	uint64_t ino;
	char *name; /* escaped */
	struct table_object object;
};

static int compare_naming(const void *left, const void *right)
{
	const struct naming *a = left, *b = right;

	return (a->ino > b->ino) - (a->ino < b->ino);
}

static void naming_free(void *data)
{
	struct naming *naming = data;

	lock_list_deinit(&naming->object.locks);
	free(naming->name);
	free(naming);
}

/* NULL: no memory. */
static struct naming *naming_new(const struct table *table, uint64_t ino)
{
	struct naming *naming = calloc(1, sizeof(*naming));
	size_t size;
	FILE *out = naming ? text_open(&naming->name, &size) : NULL;
	int r = 0;

	if (naming)
		naming->ino = ino;
	if (out && ino)
		r = table->name(ino, table->data, out, &naming->object);
	if (out && fclose(out) == 0 && r == 0)
		return naming;
	if (naming)
		naming_free(naming);
	return NULL;
}

/* `names`: the root of a tree of them, tsearch(3). */
static int name_row(const struct table *table, void **names, struct row *row)
{
	const struct naming key = {.ino = row->ino};
	struct naming *naming, **node = tfind(&key, names, compare_naming);

	if (!node) {
		naming = naming_new(table, row->ino);
		if (!naming)
			return -ENOMEM;
		node = tsearch(naming, names, compare_naming);
		if (!node) {
			naming_free(naming);
			return -ENOMEM;
		}
	}
	row->name = (*node)->name;
	row->object = &(*node)->object;
	return 0;
}

/* Calls `fn` with each row of the table. */
static int each_row(const struct shape *shape, const struct table *table,
		    int (*fn)(const struct shape *shape, const struct row *row, void *data),
		    void *data)
{
	void *names = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < shape->count(table->snapshot); i++) {
		struct row row = {.table = table, .object = &table->object};

		if (!shape->item(table, i, &row))
			continue;
		if (table->ino == 0)
			r = name_row(table, &names, &row);
		if (r == 0)
			r = fn(shape, &row, data);
	}
	tdestroy(names, naming_free);
	return r;
}

static void print_cell(const struct cell *cell, FILE *out)
{
	switch (cell->kind) {
	case CELL_NONE:
		fputc('-', out);
		break;
	case CELL_NUMBER:
		fprintf(out, "%" PRIu64, cell->number);
		break;
	case CELL_TASK:
		fprintf(out, "%" PRIu64, cell->number);
		if (cell->inner)
			fprintf(out, "(%d)", cell->inner);
		break;
	case CELL_TEXT:
		text_escape(cell->text, strlen(cell->text), out);
		break;
	case CELL_NAME:
		fputs(cell->name && *cell->name ? cell->name : "-", out);
		break;
	case CELL_AGE:
		age_print(cell->number, cell->about, out);
		break;
	}
}

static int print_row(const struct shape *shape, const struct row *row, void *data)
{
	const char *separator = "";
	FILE *out = data;

	for (size_t i = 0; i < shape->n_columns; i++) {
		const struct column *column = &shape->columns[i];
		struct cell cell = {.kind = CELL_NONE};

		if (column->all && row->table->ino)
			continue;
		column->fill(row, &cell);
		fputs(separator, out);
		print_cell(&cell, out);
		separator = "\t";
	}
	fputc('\n', out);
	return 0;
}

static void print_unseen(const struct snapshot *snapshot, size_t unfinished, FILE *out)
{
	for (size_t i = 0; i < snapshot->n_denied; i++) {
		const struct denied *denied = &snapshot->denied[i];

		fprintf(out, "denied\t%zu process%s of %u\n", denied->n, denied->n == 1 ? "" : "es",
			denied->uid);
	}
	if (unfinished)
		fprintf(out, "unfinished\t%zu process%s: the scan took too long\n", unfinished,
			unfinished == 1 ? "" : "es");
	if (snapshot->hides)
		fputs("hidden\tprocesses of others: /proc does not list them (hidepid): look as "
		      "root, or in the group that it has by gid=\n",
		      out);
}

static int print_table(const struct shape *shape, const struct table *table, size_t unfinished,
		       FILE *out)
{
	const char *separator = "";
	int r;

	for (size_t i = 0; i < shape->n_columns; i++) {
		if (shape->columns[i].all && table->ino)
			continue;
		fprintf(out, "%s%s", separator, shape->columns[i].head);
		separator = "\t";
	}
	fputc('\n', out);
	r = each_row(shape, table, print_row, out);
	print_unseen(table->snapshot, unfinished, out);
	return r;
}

int holders_print(const struct table *table, FILE *out)
{
	return print_table(&holder_shape, table, table->snapshot->n_unfinished, out);
}

int waiters_print(const struct table *table, FILE *out)
{
	return print_table(&waiter_shape, table, snapshot_unfinished(table->snapshot, table->ino),
			   out);
}

/* Names of the columns in small letters are the keys. */
static void make_key(const char *head, char ret[16])
{
	size_t n = 0;

	for (; n < 15 && head[n]; n++)
		ret[n] = (char)tolower((unsigned char)head[n]);
	ret[n] = '\0';
}

static struct json_object *cell_json(const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NUMBER:
	case CELL_TASK:
		return json_object_new_uint64(cell->number);
	case CELL_TEXT:
		return json_bytes(cell->text, strlen(cell->text));
	case CELL_NAME:
		return json_bytes(cell->name, strlen(cell->name));
	case CELL_AGE:
		return age_json(cell->number);
	default:
		return NULL;
	}
}

/* "pid": 4711, and only where there is one "inner_pid": 7. */
static int add_cell(struct json_object *object, const char *key, const struct cell *cell)
{
	char inner[32];
	int r = cell->kind == CELL_NONE ? json_add_null(object, key)
					: json_add(object, key, cell_json(cell));

	if (r < 0 || cell->kind != CELL_TASK || !cell->inner)
		return r;
	snprintf(inner, sizeof(inner), "inner_%s", key);
	return json_add(object, inner, json_object_new_int64(cell->inner));
}

static int add_row(const struct shape *shape, const struct row *row, void *data)
{
	struct json_object *object = json_object_new_object();
	int r = json_append(data, object);

	for (size_t i = 0; r == 0 && i < shape->n_columns; i++) {
		const struct column *column = &shape->columns[i];
		struct cell cell = {.kind = CELL_NONE};
		char key[16];

		if (column->all && row->table->ino)
			continue;
		make_key(column->head, key);
		column->fill(row, &cell);
		r = add_cell(object, key, &cell);
	}
	return r;
}

static int table_json(const struct shape *shape, const struct table *table,
		      struct json_object **ret)
{
	_cleanup_json_ struct json_object *rows = json_object_new_array();
	int r = rows ? each_row(shape, table, add_row, rows) : -ENOMEM;

	if (r == 0)
		*ret = json_object_get(rows);
	return r;
}

int holders_json(const struct table *table, struct json_object **ret)
{
	return table_json(&holder_shape, table, ret);
}

int waiters_json(const struct table *table, struct json_object **ret)
{
	return table_json(&waiter_shape, table, ret);
}

static int denied_json(const struct snapshot *snapshot, struct json_object *rows)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < snapshot->n_denied; i++) {
		const struct denied *denied = &snapshot->denied[i];
		struct json_object *row = json_object_new_object();

		r = json_append(rows, row);
		if (r == 0)
			r = json_add(row, "user", json_object_new_uint64(denied->uid));
		if (r == 0)
			r = json_add(row, "processes", json_object_new_uint64(denied->n));
	}
	return r;
}

int unseen_json(const struct snapshot *snapshot, uint64_t ino, struct json_object **ret)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	struct json_object *rows = object ? json_object_new_array() : NULL;
	int r = object ? json_add(object, "denied", rows) : -ENOMEM;

	if (r == 0)
		r = denied_json(snapshot, rows);
	if (r == 0)
		r = json_add(object, "unfinished",
			     json_object_new_uint64(snapshot_unfinished(snapshot, ino)));
	if (r == 0)
		r = json_add(object, "hidden", json_object_new_boolean(snapshot->hides));
	if (r == 0)
		*ret = json_object_get(object);
	return r;
}

size_t waiters_count(const struct snapshot *snapshot, uint64_t ino, uint64_t offset,
		     const struct field_type *type)
{
	size_t n = 0, n_all;
	const size_t *all = snapshot_waiters_of(snapshot, ino, &n_all);

	for (size_t i = 0; i < n_all; i++) {
		const struct waiter *waiter = &snapshot->waiters[all[i]];

		n += waiter->place == WAITER_OBJECT && waiter->offset >= offset &&
		     type_sleeps_at(type, waiter->offset - offset);
	}
	return n;
}
