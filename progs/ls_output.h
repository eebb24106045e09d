/* SPDX-License-Identifier: MIT */
/* Rows of pshm_ls on their way to standard output, in one of its forms. */
#pragma once

#include "core/shm_folders.h"
#include "progs/ls_columns.h"

enum ls_form {
	LS_TABLE, /* aligned */
	LS_RAW,   /* columns separated by one blank, others as \x20 */
	LS_JSON,
};

struct ls_output {
	enum ls_form form;
	bool headings;
	struct ls_columns columns;
	struct libscols_table *table;
	struct json_object *rows, *folders;
	size_t n; /* how many rows there were */
};

/* 0 or -ENOMEM. `ret` has its form, headings and columns; ls_output_deinit() gives it back. */
int ls_output_begin(struct ls_output *ret);
int ls_output_row(struct ls_output *output, const struct ls_row *row);

/* Print what is not printed yet; into JSON goes what could not be seen, too (or NULL). */
int ls_output_end(struct ls_output *output, const struct snapshot *snapshot);

/*
 * With more folders than one: the rows so far are those of this one; and in place of
 * ls_output_end(), when all have been.
 */
int ls_output_folder(struct ls_output *output, const struct shm_folder *found,
		     const struct snapshot *snapshot);
int ls_output_end_all(struct ls_output *output, const struct shm_folders *folders);
void ls_output_deinit(struct ls_output *output);
