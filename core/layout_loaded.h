/* SPDX-License-Identifier: MIT */
/* A layouts file that was read and is in effect: its rules, and the layouts that they mean. */
#pragma once

#include <time.h>

#include "core/layout_file.h"

struct layout_loaded {
	char *path;
	time_t read; /* when */
	struct layout_file file;
	const struct layout **of_rules; /* the layout of each rule of the file */
	char *complaints;               /* "LINE: WHAT" lines */
	size_t complaints_size;
};

/*
 * layout_loaded_read() - Read the layouts file at `path`, and the programs that it names.
 *
 * Their paths are relative to the folder that the file is in. Layouts are kept (layout_made.h).
 * What is wrong in it is in ret->complaints, and all else applies. Returns 0, or why the file
 * cannot be read, as layout_file_read(). The caller gives ret back by layout_loaded_free().
 */
int layout_loaded_read(const char *path, struct layout_loaded **ret);
void layout_loaded_free(struct layout_loaded *loaded);

/* The last rule for an object of this name, and its layout, or NULL. */
const struct layout_file_rule *layout_loaded_rule(const struct layout_loaded *loaded,
						  const char *name, const struct layout **ret);

/*
 * layout_loaded_named() - The layout called `name`: a built-in one, one that the file (or NULL)
 * declares, or PROGRAM:STRUCT. As layout_named().
 */
int layout_loaded_named(const struct layout_loaded *loaded, const char *name, int dirfd,
			const struct layout **ret);
