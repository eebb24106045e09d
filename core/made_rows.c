/* SPDX-License-Identifier: MIT */
/* Rows that are made, until they are a layout's. */
#include "core/made_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "core/array.h"

int made_rows_put(struct made_rows *rows, const struct field_path *path, const struct field *row)
{
	int r;

	if (rows->n == MADE_ROWS_MAX)
		return -EFBIG;
	if (array_grow(&rows->fields, rows->n, sizeof(*rows->fields)) < 0)
		return -ENOMEM;
	rows->fields[rows->n] = *row;
	r = field_path_row(rows->arena, path, &rows->fields[rows->n]);
	if (r == 0)
		rows->n++;
	return r;
}

/* Where the struct's last buffer begins that has as much as the object has room for. */
static bool is_open_end(const struct made_rows *rows, const struct field *field)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->fields[i].offset + rows->fields[i].size > field->offset)
			return false;
	return true;
}

int made_rows_take(const struct made_rows *rows, struct layout *layout)
{
	const size_t size = rows->n * sizeof(struct field);
	struct field *fields = arena_alloc(rows->arena, size);

	if (!fields)
		return size > rows->arena->left ? -EFBIG : -ENOMEM;
	for (size_t i = 0; i < rows->n; i++) {
		const struct field *field = &rows->fields[i];

		if (field->size == 0 && !field->render) {
			if (!is_open_end(rows, field))
				continue;
			layout->open_ended = true;
			layout->size = field->offset;
		}
		fields[layout->n_fields++] = *field;
	}
	layout->fields = fields;
	return 0;
}

void made_rows_deinit(struct made_rows *rows)
{
	free(rows->fields);
	rows->fields = NULL;
}

struct made_layout *made_layout_new(void)
{
	struct made_layout *made = calloc(1, sizeof(*made));

	if (made)
		made->arena.left = (size_t)16 << 20;
	return made;
}

void made_layout_free(const struct layout *layout)
{
	struct made_layout *made = (struct made_layout *)layout;

	if (!made)
		return;
	arena_free(&made->arena);
	free(made);
}
