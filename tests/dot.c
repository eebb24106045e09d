/* SPDX-License-Identifier: MIT */
/* Graphs for tests. */
#include "tests/dot.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

/* Runs a filter that must be content. */
static char *filter(const char *const argv[], const char *input)
{
	const struct child_setup setup = {.in = STREAM_MEMORY,
					  .out = STREAM_MEMORY,
					  .err = STREAM_MEMORY,
					  .input = input,
					  .input_size = strlen(input)};
	struct result result;
	char *output;

	run_argv(&result, argv, &setup);
	if (result.status != 0 || result.err_size > 0)
		fail_msg("%s: status %d, \"%s\" of:\n%s", argv[0], result.status, result.err,
			 input);
	output = strdup(result.out);
	assert_non_null(output);
	result_deinit(&result);
	return output;
}

char *dot_svg(const char *graph)
{
	char *svg = filter((const char *const[]){"dot", "-Tsvg", NULL}, graph);

	free(filter((const char *const[]){"python3", "-c",
					  "import sys, xml.dom.minidom\n"
					  "xml.dom.minidom.parse(sys.stdin.buffer)",
					  NULL},
		    svg));
	return svg;
}

size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
		n++;
	return n;
}

void has_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

void has_no_part(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in:\n%s", part, text);
}
