/* SPDX-License-Identifier: MIT */
/* What is in a cell, as text and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/age.h"
#include "core/layout_json.h"
#include "core/text.h"
#include "progs/ls_columns.h"

/* The next process of the people, each once; NULL at their end. */
static const struct process *next_process(const struct ls_row *row, const struct ls_cell *cell,
					  size_t *i)
{
	const struct census_row *people = cell->people;

	while (*i > 0 && *i < cell->n_people && people[*i].process == people[*i - 1].process)
		++*i;
	return *i < cell->n_people ? &row->census->snapshot->processes[people[(*i)++].process]
				   : NULL;
}

/* In a list, a comma of the name's own is no separator. */
static void print_command(const char *name, FILE *out)
{
	for (;;) {
		const size_t size = strcspn(name, ",");

		text_escape(name, size, out);
		if (!name[size])
			return;
		fputs("\\x2c", out);
		name += size + 1;
	}
}

static void print_people(const struct ls_row *row, const struct ls_cell *cell, FILE *out)
{
	const struct process *process;
	const char *separator = "";
	size_t i = 0;

	if (cell->n_people == 0)
		fputc('-', out);
	while ((process = next_process(row, cell, &i))) {
		fputs(separator, out);
		if (cell->kind == LS_PIDS)
			process_print_pid(process, out);
		else
			print_command(process->comm, out);
		separator = ",";
	}
}

int ls_cell_print(const struct ls_row *row, const struct ls_cell *cell, FILE *out)
{
	switch (cell->kind) {
	case LS_NOTHING:
		fputc('-', out);
		break;
	case LS_UNKNOWN:
		fputc('?', out);
		break;
	case LS_NUMBER:
		fprintf(out, "%" PRIu64, cell->number);
		break;
	case LS_AT_LEAST:
		fprintf(out, "%" PRIu64 "+", cell->number);
		break;
	case LS_TEXT:
		text_escape(cell->text, strlen(cell->text), out);
		break;
	case LS_AGE:
		age_print(cell->number, cell->about, out);
		break;
	case LS_PIDS:
	case LS_COMMANDS:
		print_people(row, cell, out);
		break;
	case LS_VALUE:
		return layout_print_summary(row->layout, &row->image, out);
	}
	return 0;
}

static int people_json(const struct ls_row *row, const struct ls_cell *cell,
		       struct json_object **ret)
{
	_cleanup_json_ struct json_object *people = json_object_new_array();
	const struct process *process;
	size_t i = 0;
	int r = people ? 0 : -ENOMEM;

	while (r == 0 && (process = next_process(row, cell, &i)))
		r = json_append(people, cell->kind == LS_PIDS
						? json_object_new_int64(process->pid)
						: json_bytes(process->comm, strlen(process->comm)));
	if (r == 0)
		*ret = json_object_get(people);
	return r;
}

/* null: it is in the pid namespace of the /proc that was looked at. */
int ls_cell_inner(const struct ls_row *row, const struct ls_cell *cell, struct json_object **ret)
{
	_cleanup_json_ struct json_object *people = json_object_new_array();
	const struct process *process;
	bool any = false;
	size_t i = 0;
	int r = people ? 0 : -ENOMEM;

	*ret = NULL;
	while (r == 0 && cell->kind == LS_PIDS && (process = next_process(row, cell, &i))) {
		const pid_t inner = process_inner(process, process->own);

		any = any || inner;
		r = inner ? json_append(people, json_object_new_int64(inner))
			  : json_append_null(people);
	}
	if (r == 0 && any)
		*ret = json_object_get(people);
	return r;
}

int ls_cell_json(const struct ls_row *row, const struct ls_cell *cell, struct json_object **ret)
{
	*ret = NULL;
	switch (cell->kind) {
	case LS_NOTHING:
	case LS_UNKNOWN:
		return 0;
	case LS_NUMBER:
	case LS_AT_LEAST:
		*ret = json_object_new_uint64(cell->number);
		break;
	case LS_TEXT:
		*ret = json_bytes(cell->text, strlen(cell->text));
		break;
	case LS_AGE:
		*ret = age_json(cell->number);
		break;
	case LS_PIDS:
	case LS_COMMANDS:
		return people_json(row, cell, ret);
	case LS_VALUE:
		return layout_json_summary(row->layout, &row->image, ret);
	}
	return *ret ? 0 : -ENOMEM;
}
