/* SPDX-License-Identifier: MIT */
/* What is wrong with debug information, in words. */
#include <errno.h>
#include <string.h>

#include "core/dwarf.h"
#include "core/text.h"

/* Where errno's own words would not tell. */
static const struct {
	int error;
	const char *before; /* the struct's name, in quotes, where `after` is told */
	const char *after;
} reasons[] = {
	{-ENOEXEC, "Not a program of this machine (no ELF file, or another byte order)", NULL},
	{-ENODATA,
	 "No debug information: build it with -g, and do not strip it, or install the package that "
	 "has what was taken out of it",
	 NULL},
	{-ESRCH, "No struct called ", " in its debug information"},
	{-EBADMSG, "The debug information is damaged", NULL},
	{-ELOOP, "", " contains itself"},
	{-EFBIG, "", " or the debug information is too large"},
	{-ETIMEDOUT, "", " was not found within 5 seconds"},
	{-EINVAL, "Not a regular file", NULL},
	{-ENOLINK, "A part of its debug information is in another file, which is not there (dwz)",
	 NULL},
	{-ENOTSUP, "Its debug information cannot be read by this build", NULL},
};

void dwarf_explain(int error, const char *name, FILE *out)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].error != error)
			continue;
		fputs(reasons[i].before, out);
		if (!reasons[i].after)
			return;
		fputc('"', out);
		text_escape(name, strlen(name), out);
		fprintf(out, "\"%s", reasons[i].after);
		return;
	}
	fputs(strerrordesc_np(-error), out);
}
