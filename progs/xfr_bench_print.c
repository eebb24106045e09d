/* SPDX-License-Identifier: MIT */
/* The figures of pshm_xfr_bench: a table by libsmartcols, JSON by json-c. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/json.h"
#include "progs/xfr_bench.h"

enum { CELL_SIZE = 40 };

typedef char cell[CELL_SIZE];

static void print_way(const struct bench *bench, const struct bench_row *row, cell ret)
{
	(void)bench;
	snprintf(ret, CELL_SIZE, "%s", row->way->name);
}

static void print_size(const struct bench *bench, const struct bench_row *row, cell ret)
{
	(void)bench;
	snprintf(ret, CELL_SIZE, "%zu", row->size);
}

static void print_blocks(const struct bench *bench, const struct bench_row *row, cell ret)
{
	snprintf(ret, CELL_SIZE, "%" PRIu64, bench_row_blocks(bench, row));
}

static void print_seconds(const struct bench *bench, const struct bench_row *row, cell ret)
{
	snprintf(ret, CELL_SIZE, "%.4f", bench_row_seconds(bench, row));
}

static void print_rate(const struct bench *bench, const struct bench_row *row, cell ret)
{
	const double bytes = (double)bench->files.bytes;

	snprintf(ret, CELL_SIZE, "%.1f", bytes / bench_row_seconds(bench, row) / 1e6);
}

static void print_block_us(const struct bench *bench, const struct bench_row *row, cell ret)
{
	snprintf(ret, CELL_SIZE, "%.3f",
		 bench_row_seconds(bench, row) * 1e6 / (double)bench_row_blocks(bench, row));
}

static void print_switches(const struct bench *bench, const struct bench_row *row, cell ret)
{
	snprintf(ret, CELL_SIZE, "%.0f", bench_row_switches(bench, row));
}

static void print_cpu(const struct bench *bench, const struct bench_row *row, cell ret)
{
	(void)bench;
	snprintf(ret, CELL_SIZE, "%.0f",
		 (double)row->median.cpu_ns * 100 / (double)(row->median.ns + 1));
}

static void print_sent(const struct bench *bench, const struct bench_row *row, cell ret)
{
	snprintf(ret, CELL_SIZE, "%.3g", (double)row->part * 100 / (double)bench->files.bytes);
}

static const struct column {
	const char *heading, *key; /* of the table, and in JSON */
	void (*print)(const struct bench *bench, const struct bench_row *row, cell ret);
	enum { WORD, COUNT, FIGURE } kind;
	bool asked; /* it is known without a transfer */
} columns[] = {
	{"WAY", "way", print_way, WORD, true},
	{"BUF_SIZE", "buf_size", print_size, COUNT, true},
	{"BLOCKS", "blocks", print_blocks, COUNT},
	{"SECONDS", "seconds", print_seconds, FIGURE},
	{"MB/S", "mb_per_second", print_rate, FIGURE},
	{"US/BLOCK", "us_per_block", print_block_us, FIGURE},
	{"SWITCHES", "switches", print_switches, COUNT},
	{"CPU%", "cpu_percent", print_cpu, FIGURE},
	{"SENT%", "sent_percent", print_sent, FIGURE},
};
enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static bool is_known(const struct column *column, const struct bench_row *row)
{
	return column->asked || !row->failed;
}

static int add_line(struct libscols_table *table, const struct bench *bench,
		    const struct bench_row *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	int r = line ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < N_COLUMNS; i++) {
		cell text = "-";

		if (is_known(&columns[i], row))
			columns[i].print(bench, row, text);
		r = scols_line_set_data(line, i, text);
	}
	return r;
}

static int fill_table(struct libscols_table *table, const struct bench *bench, bool headings)
{
	int r = 0;

	scols_table_enable_noheadings(table, !headings);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	for (size_t i = 0; i < N_COLUMNS; i++)
		if (!scols_table_new_column(table, columns[i].heading, 0,
					    columns[i].kind == WORD ? 0 : SCOLS_FL_RIGHT))
			return -ENOMEM;
	for (size_t i = 0; r == 0 && i < bench->n_rows; i++)
		r = add_line(table, bench, &bench->rows[i]);
	return r;
}

/* Without that the figures say nothing. */
static void print_circumstances(const struct bench *bench)
{
	struct utsname system;

	uname(&system);
	printf("%zu bytes; ", bench->files.bytes);
	if (bench->cpus.writer == bench->cpus.reader)
		printf("both halves on CPU %d", bench->cpus.writer);
	else
		printf("writer on CPU %d, reader on CPU %d", bench->cpus.writer,
		       bench->cpus.reader);
	printf("; medians of %u; %s %s, %ld CPUs\n\n", bench->runs, system.sysname, system.release,
	       sysconf(_SC_NPROCESSORS_ONLN));
}

static void print_note(const struct bench *bench)
{
	for (size_t i = 0; i < bench->n_rows; i++) {
		if (bench->rows[i].part == bench->files.bytes || bench->rows[i].failed)
			continue;
		puts("\nSENT% of the input was sent; blocks, time and switches are those of all of "
		     "it, in proportion.");
		break;
	}
}

int bench_print_table(const struct bench *bench, bool headings)
{
	struct libscols_table *table = scols_new_table();
	int r = table ? fill_table(table, bench, headings) : -ENOMEM;

	if (r == 0 && headings)
		print_circumstances(bench);
	if (r == 0)
		r = scols_print_table(table);
	if (r == 0 && headings)
		print_note(bench);
	scols_unref_table(table);
	return r;
}

static struct json_object *cell_json(const struct column *column, const char *text)
{
	if (column->kind == WORD)
		return json_object_new_string(text);
	if (column->kind == COUNT)
		return json_object_new_int64(strtoll(text, NULL, 10));
	return json_object_new_double_s(strtod(text, NULL), text);
}

static int add_row(struct json_object *rows, const struct bench *bench, const struct bench_row *row)
{
	struct json_object *object = json_object_new_object();
	int r = json_append(rows, object);

	for (size_t i = 0; r == 0 && i < N_COLUMNS; i++) {
		cell text;

		if (!is_known(&columns[i], row)) {
			r = json_add_null(object, columns[i].key);
			continue;
		}
		columns[i].print(bench, row, text);
		r = json_add(object, columns[i].key, cell_json(&columns[i], text));
	}
	return r;
}

static int add_circumstances(struct json_object *top, const struct bench *bench)
{
	struct utsname system;
	int r;

	uname(&system);
	r = json_add(top, "bytes", json_object_new_int64((int64_t)bench->files.bytes));
	if (r == 0)
		r = json_add(top, "writer_cpu", json_object_new_int(bench->cpus.writer));
	if (r == 0)
		r = json_add(top, "reader_cpu", json_object_new_int(bench->cpus.reader));
	if (r == 0)
		r = json_add(top, "cpus", json_object_new_int64(sysconf(_SC_NPROCESSORS_ONLN)));
	if (r == 0)
		r = json_add(top, "runs", json_object_new_int((int)bench->runs));
	return r == 0 ? json_add_text(top, "kernel", system.release) : r;
}

int bench_print_json(const struct bench *bench)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	struct json_object *rows = json_object_new_array();
	int r = top ? add_circumstances(top, bench) : -ENOMEM;

	if (r < 0)
		json_object_put(rows);
	else
		r = json_add(top, "rows", rows);
	for (size_t i = 0; r == 0 && i < bench->n_rows; i++)
		r = add_row(rows, bench, &bench->rows[i]);
	return r == 0 ? json_write(top, stdout) : r;
}
