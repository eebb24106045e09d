/* SPDX-License-Identifier: MIT */
/* The columns of pshm_ls. A new one is a function and a row in ls_columns.c. */
#pragma once

#include "core/json.h"
#include "progs/ls_rows.h"

/* What one row has in one column. */
struct ls_cell {
	enum ls_kind {
		LS_NOTHING, /* there is no such thing: "-", null */
		LS_UNKNOWN, /* it cannot be told: "?", null */
		LS_NUMBER,
		LS_AT_LEAST, /* a number: "3+" */
		LS_TEXT,     /* any bytes but NUL */
		LS_AGE,      /* ns */
		LS_PIDS,     /* of these people */
		LS_COMMANDS, /* … their names, in the same order */
		LS_VALUE,    /* the row's layout says how it is shown */
	} kind;
	uint64_t number;
	bool about;       /* an age */
	const char *text; /* lives as long as the row and the cell */
	char buffer[64];
	const struct census_row *people; /* by PID; several rows of a process are one */
	size_t n_people;
};

struct ls_column {
	const char *name; /* the heading; in JSON in small letters */
	const char *help;
	void (*fill)(const struct ls_row *row, struct ls_cell *cell);
	unsigned needs; /* SNAPSHOT_…: what has to be known of processes */
	bool judge;     /* … and verdicts: a second look */
	bool number;    /* to the right */
	bool usual;     /* shown without -o */
	bool nameless;  /* shown without -o where objects have no name */
	bool folders;   /* … first, where there are more folders than one */
};

extern const struct ls_column ls_columns[];
extern const size_t n_ls_columns;

struct ls_columns {
	const struct ls_column **items;
	size_t n;
};

/*
 * ls_columns_choose() - Those that `list` names (commas between them, in any case of letters; "+"
 * before it: after the usual ones), or NULL: the usual ones.
 *
 * A wrong list ends the program with CLI_USAGE. 0 or -ENOMEM; the caller frees ret->items.
 */
int ls_columns_choose(const char *list, bool nameless, bool folders, struct ls_columns *ret);

/* All that the columns need. */
unsigned ls_columns_needs(const struct ls_columns *columns);

/* Does one of them need verdicts? */
bool ls_columns_judge(const struct ls_columns *columns);

/* The columns and what they are, for --help. */
void ls_columns_help(void);

/* The cell as text, escaped (core/text.h); as JSON, NULL: null. 0 or -ENOMEM. */
int ls_cell_print(const struct ls_row *row, const struct ls_cell *cell, FILE *out);
int ls_cell_json(const struct ls_row *row, const struct ls_cell *cell, struct json_object **ret);

/* Of PIDs the numbers that they have in their own pid namespaces; NULL: none is in another one. */
int ls_cell_inner(const struct ls_row *row, const struct ls_cell *cell, struct json_object **ret);
