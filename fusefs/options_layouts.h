/* SPDX-License-Identifier: MIT */
/* For options.c: the options that say which layout objects have. */
#pragma once

#include "fusefs/options.h"

#define EXIT_USAGE 2

/* Say what is wrong with the command line, in the manner of printf(3). Returns EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* layout=GLOB=LAYOUT, layouts=FILE. 0, or the status to exit with. */
int apply_layout(struct settings *settings, const char *text);
int apply_layouts(struct settings *settings, const char *text);

/* When all options are known: read the layouts file, then what each layout= names. */
int take_layouts(struct settings *settings);
