/* SPDX-License-Identifier: MIT */
/* A list of remarks on one line: "this; that", or "ok" where there is none. */
#pragma once

#include <stdio.h>

struct findings {
	FILE *out;
	unsigned count;
};

/* Adds one remark, in the manner of printf(3). */
void findings_add(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Begins one remark whose words others write to the stream that is returned. */
FILE *findings_begin(struct findings *findings);

/* Ends the line. */
void findings_end(struct findings *findings);
