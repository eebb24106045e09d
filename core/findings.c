/* SPDX-License-Identifier: MIT */
/* Remarks on one line. */
#include "core/findings.h"

#include <stdarg.h>

FILE *findings_begin(struct findings *findings)
{
	if (findings->count++)
		fputs("; ", findings->out);
	return findings->out;
}

void findings_add(struct findings *findings, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(findings_begin(findings), format, args);
	va_end(args);
}

void findings_end(struct findings *findings)
{
	fputs(findings->count ? "\n" : "ok\n", findings->out);
}
