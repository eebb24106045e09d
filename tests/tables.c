/* SPDX-License-Identifier: MIT */
/* Reading tables, and waiting until they say what they should. */
#include "tests/tables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "tests/support.h"

#define HOLDERS "PID\tUSER\tCOMMAND\tSTATE\tKIND\tACCESS\tOFFSET\tLENGTH\tFD"
#define WAITERS "PID\tTID\tUSER\tCOMMAND\tFIELD\tOFFSET\tOPERATION\tTIMEOUT\tSTATE\tSINCE"

/* 2.5s, ~3h: its place is the end of the line, and it is taken away. */
static void cut_age(char *line)
{
	char *age = strrchr(line, '\t');
	const char *at = age ? age + 1 : "";

	if (strncmp(line, "denied\t", 7) == 0 || strncmp(line, "unfinished\t", 11) == 0)
		return;
	at += *at == '~';
	at += strspn(at, "0123456789.");
	if (!age || !*at || !strchr("smhd", *at) || at[1])
		fail_msg("no age at the end: \"%s\"", line);
	*age = '\0';
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines, sorted, each with its newline. `text` is used up. */
static char *sort_lines(char *text, bool ages)
{
	_cleanup_free_ char **lines = NULL;
	size_t n = 0, size;
	char *ret = NULL;
	FILE *out = open_memstream(&ret, &size);

	assert_non_null(out);
	for (char *at = text, *line; (line = strsep(&at, "\n")) && at; n++) {
		lines = reallocarray(lines, n + 1, sizeof(*lines));
		assert_non_null(lines);
		lines[n] = line;
		if (ages)
			cut_age(line);
	}
	if (n)
		qsort(lines, n, sizeof(*lines), compare);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s\n", lines[i]);
	fclose(out);
	return ret;
}

char *table_rows(const char *path)
{
	_cleanup_free_ char *text = NULL;
	const char *header;
	char *rows, *ret;
	int r = read_file(path, &text, NULL);

	if (r < 0)
		return strdup(pathf("!%s\n", strerrorname_np(-r)));
	rows = strchr(text, '\n');
	assert_non_null(rows);
	*rows++ = '\0';
	header = strncmp(text, "OBJECT\t", 7) == 0 ? text + 7 : text;
	assert_int_equal(header != text, strstr(path, "/.pshmfs/") && !strstr(path, "/unlinked/"));
	assert_true(strcmp(header, HOLDERS) == 0 || strcmp(header, WAITERS) == 0);
	ret = sort_lines(rows, strcmp(header, WAITERS) == 0);
	assert_non_null(ret);
	return ret;
}

unsigned table_count(const char *path)
{
	_cleanup_free_ char *rows = table_rows(path);
	unsigned n = 0;

	for (const char *at = rows; (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

struct hope {
	const char *path, *wanted;
	char *found;
	int error;
	unsigned count;
};

static bool rows_are(void *data)
{
	struct hope *hope = data;

	free(hope->found);
	hope->found = table_rows(hope->path);
	return strcmp(hope->found, hope->wanted) == 0;
}

static void rows_become(const char *path, const char *rows)
{
	_cleanup_free_ char *copy = strdup(rows), *sorted = sort_lines(copy, false);
	struct hope hope = {.path = strdupa(path), .wanted = sorted};
	bool met = wait_until(DEADLINE_MS, rows_are, &hope);

	if (!met)
		fail_msg("%s has the rows\n%swhere there should be\n%s", hope.path, hope.found,
			 sorted);
	free(hope.found);
}

void holders_become(const char *path, const char *rows)
{
	rows_become(path, rows);
}

void waiters_become(const char *path, const char *rows)
{
	rows_become(path, rows);
}

static bool count_is(void *data)
{
	const struct hope *hope = data;

	return table_count(hope->path) == hope->count;
}

void count_becomes(const char *path, unsigned count)
{
	struct hope hope = {.path = strdupa(path), .count = count};

	if (!wait_until(DEADLINE_MS, count_is, &hope))
		fail_msg("%s has %u rows, not %u", hope.path, table_count(hope.path), count);
}

static bool names_are(void *data)
{
	struct hope *hope = data;

	free(hope->found);
	hope->found = list_names(hope->path);
	return strcmp(hope->found, hope->wanted) == 0;
}

void names_become(const char *folder, const char *names)
{
	struct hope hope = {.path = strdupa(folder), .wanted = strdupa(names)};

	if (!wait_until(DEADLINE_MS, names_are, &hope))
		fail_msg("%s has \"%s\", not \"%s\"", hope.path, hope.found, hope.wanted);
	free(hope.found);
}

static bool text_is(void *data)
{
	struct hope *hope = data;

	free(hope->found);
	hope->error = -read_file(hope->path, &hope->found, NULL);
	return hope->found && hope->wanted && strcmp(hope->found, hope->wanted) == 0;
}

void cat_becomes(const char *path, const char *text)
{
	struct hope hope = {.path = strdupa(path), .wanted = text};
	bool met = wait_until(DEADLINE_MS, text_is, &hope);

	if (!met)
		fail_msg("%s has \"%s\" (%s), not \"%s\"", hope.path, hope.found ? hope.found : "",
			 strerror(hope.error), text);
	free(hope.found);
}

static bool fails_so(void *data)
{
	const struct hope *hope = data;

	return errno_of_open(hope->path, O_RDONLY) == hope->error;
}

void cat_comes_to_fail(const char *path, int error)
{
	struct hope hope = {.path = strdupa(path), .error = error};

	if (!wait_until(DEADLINE_MS, fails_so, &hope))
		fail_msg("%s does not fail with %s", hope.path, strerrorname_np(error));
}

const char *waiter_row(int pid, int tid, const char *command, const char *field, unsigned offset,
		       const char *operation)
{
	return pathf("%d\t%d\t0\t%s\t%s\t%u\t%s\tnone\tasleep\n", pid, tid, command, field, offset,
		     operation);
}
