/* SPDX-License-Identifier: MIT */
/* The tables of holders and waiters, as files of a mount have them. */
#pragma once

/*
 * holders_become(), waiters_become() - Poll until the file has just these rows, in any order.
 *
 * `rows` are lines without the header, and without ages, which waiters have at their end. Where it
 * does not come to that, the test fails with what was there. The header is looked at as well.
 */
void holders_become(const char *path, const char *rows);
void waiters_become(const char *path, const char *rows);

/* The rows that such a file has now, in alphabetical order, without ages; the caller frees them. */
char *table_rows(const char *path);

/* How many rows that is; and polling until it is so many. */
unsigned table_count(const char *path);
void count_becomes(const char *path, unsigned count);

/* Poll until the folder has just these names, as list_names() has them. */
void names_become(const char *folder, const char *names);

/* Poll until the file has just this text, or until it cannot be opened for this (positive) errno.
 */
void cat_becomes(const char *path, const char *text);
void cat_comes_to_fail(const char *path, int error);

/* One row of a waiter of user 0 that waits for ever and is asleep; see pathf(). */
const char *waiter_row(int pid, int tid, const char *command, const char *field, unsigned offset,
		       const char *operation);
