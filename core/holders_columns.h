/* SPDX-License-Identifier: MIT */
/* What is in the tables of holders and waiters: their columns, and which rows there are. */
#pragma once

#include "core/holders.h"

/* What one row has in one column. */
struct cell {
	enum cell_kind { CELL_NONE, CELL_NUMBER, CELL_TASK, CELL_TEXT, CELL_NAME, CELL_AGE } kind;
	uint64_t number; /* number; of a process or thread; age in ns */
	pid_t inner;     /* task: its number in its own pid namespace, where that is to be told */
	bool about;      /* age */
	char text[64];   /* text; of a name, escaped already, too long for it: `name` */
	const char *name;
};

/* One row: a holder or a waiter, and whose it is. */
struct row {
	const struct table *table;
	const struct process *process;
	const struct holder *holder;
	const struct waiter *waiter;
	uint64_t ino;
	const struct table_object *object;
	const char *name; /* of the object, escaped, in a table of all */
};

struct column {
	const char *head; /* of the text; in JSON in small letters */
	void (*fill)(const struct row *row, struct cell *cell);
	bool all; /* only in a table of all objects */
};

/* How the two tables differ. */
struct shape {
	const struct column *columns;
	size_t n_columns;
	/* Fills the row from item i of the snapshot; false: it is none of this table. */
	bool (*item)(const struct table *table, size_t i, struct row *row);
	size_t (*count)(const struct snapshot *snapshot);
};

extern const struct shape holder_shape, waiter_shape;
