/* SPDX-License-Identifier: MIT */
/* Remarks on one line. */
#include "core/findings.h"

#include <stdarg.h>

void findings_add(struct findings *findings, const char *format, ...)
{
	va_list args;

	if (findings->count++)
		fputs("; ", findings->out);
	va_start(args, format);
	vfprintf(findings->out, format, args);
	va_end(args);
}

void findings_end(struct findings *findings)
{
	fputs(findings->count ? "\n" : "ok\n", findings->out);
}
