/* SPDX-License-Identifier: MIT */
/* The command line of pshmfs. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "core/layout_choice.h"
#include "fusefs/layouts_file.h"

/* What the user asked for. The strings point into argv or are owned by the settings. */
struct settings {
	const char *source;
	const char *mountpoint;
	bool foreground;
	bool strict;
	bool write;
	bool force;
	bool others;      /* users besides who mounts */
	bool discover;    /* ask programs what objects are */
	unsigned max_age; /* ms */
	struct layout_rules *rules;
	char *layouts; /* the layouts file as it was named, or NULL */
	struct layouts_file layouts_file;
	FILE *layout_out; /* fills `layout` */
	char *layout;     /* each layout= with a NUL: what they name may be in the layouts file */
	size_t layout_size;
	FILE *kernel_out; /* fills `kernel` */
	char *kernel;     /* options that are the kernel's business, each after a comma */
	size_t kernel_size;
	FILE *given_out; /* fills `given` */
	char *given;     /* all that came with -o, joined by commas, for `about` */
	size_t given_size;
};

/*
 * options_parse() - Read the command line.
 *
 * Returns -1 to go on; or the status to exit with, everything having been said: 0 after --help and
 * the like, 2 for wrong usage. In any case the caller gives ret back: options_deinit().
 */
int options_parse(int argc, char **argv, struct settings *ret);
void options_deinit(struct settings *settings);
