/* SPDX-License-Identifier: MIT */
#include "tests/reliability.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "tests/support.h"

/* A line for all tests that run beside each other: written whole, at the end (open(2), O_APPEND).
 */
static void append(const char *path, const char *line)
{
	FILE *file = fopen(path, "ae");

	assert_non_null(file);
	assert_true(fputs(line, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void reliability_row(const char *section, const char *what, const char *times, const char *bound,
		     const char *happened, ...)
{
	const char *build = getenv("PSHM_BUILD");
	_cleanup_free_ char *folder = NULL, *path = NULL, *said = NULL, *line = NULL;
	va_list args;

	if (!build)
		return;
	va_start(args, happened);
	assert_true(vasprintf(&said, happened, args) >= 0);
	va_end(args);
	assert_true(asprintf(&folder, "%s/reliability", build) >= 0);
	assert_true(asprintf(&path, "%s/%s", folder, section) >= 0);
	assert_true(asprintf(&line, "%s\t%s\t%s\t%s\n", what, times, said, bound) >= 0);
	assert_true(mkdir(folder, 0777) == 0 || errno == EEXIST);
	append(path, line);
}
