/* SPDX-License-Identifier: MIT */
/* The table, on a terminal and in docs/performance.md. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/cleanup.h"

#define BEGIN_MARK "<!-- written by the benchmark: begin -->\n"
#define END_MARK "<!-- written by the benchmark: end -->\n"

static char *rows, *notes;

__attribute__((format(printf, 2, 0))) static void append(char **text, const char *format,
							 va_list args)
{
	_cleanup_free_ char *added = NULL;
	char *whole;

	if (vasprintf(&added, format, args) < 0 ||
	    asprintf(&whole, "%s%s", *text ? *text : "", added) < 0)
		give_up("table");
	free(*text);
	*text = whole;
}

__attribute__((format(printf, 1, 2))) static void row_printf(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(&rows, format, args);
	va_end(args);
}

void note_add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(&notes, format, args);
	va_end(args);
}

void row_add(const struct measure *measure, const char *unit, enum target target, double wanted,
	     const char *what, ...)
{
	const bool met = target == AT_MOST ? measure->median <= wanted : measure->median >= wanted;
	const size_t before = rows ? strlen(rows) : 0;
	va_list args;

	row_printf("| ");
	va_start(args, what);
	append(&rows, what, args);
	va_end(args);
	row_printf(" | %.2f%s | ", measure->median, unit);
	if (measure->runs > 1)
		row_printf("%.2f to %.2f of %u", measure->low, measure->high, measure->runs);
	if (target == TARGET_NONE)
		row_printf(" | | |\n");
	else
		row_printf(" | %s %g%s | %s |\n", target == AT_MOST ? "at most" : "at least",
			   wanted, unit, met ? "met" : "**missed**");
	/* Whoever waits sees what is known already, also where it is never finished. */
	fputs(rows + before, stdout);
	fflush(stdout);
}

void report_begin(FILE *out)
{
	struct utsname system = {0};

	uname(&system);
	fprintf(out, "%ld cores, Linux %s (%s), libfuse %s.\n\n", sysconf(_SC_NPROCESSORS_ONLN),
		system.release, system.machine, fuse_pkgversion());
	fputs("| what | median | middle half of the runs | target | |\n|---|---|---|---|---|\n",
	      out);
}

void report_notes(FILE *out)
{
	if (notes)
		fprintf(out, "\n%s", notes);
}

/* The new text of the file, or NULL: the markers are not there. */
static char *replaced(const char *text, size_t *ret_size)
{
	const char *begin = strstr(text, BEGIN_MARK);
	const char *end = begin ? strstr(begin, END_MARK) : NULL;
	char *ret = NULL;
	FILE *out = end ? open_memstream(&ret, ret_size) : NULL;

	if (!out)
		return NULL;
	fwrite(text, 1, (size_t)(begin - text), out);
	fputs(BEGIN_MARK, out);
	report_begin(out);
	fputs(rows ? rows : "", out);
	report_notes(out);
	fputs(end, out);
	return fclose(out) == 0 ? ret : NULL;
}

int report_update(int fd)
{
	_cleanup_free_ char *text = NULL, *whole = NULL;
	struct stat st;
	size_t size = 0;

	if (fstat(fd, &st) < 0 || !(text = calloc(1, (size_t)st.st_size + 1)) ||
	    pread(fd, text, (size_t)st.st_size, 0) != st.st_size)
		return -errno;
	whole = replaced(text, &size);
	if (!whole)
		return -EINVAL;
	if (ftruncate(fd, 0) < 0 || pwrite(fd, whole, size, 0) != (ssize_t)size)
		return -errno;
	return 0;
}
