/* SPDX-License-Identifier: MIT */
/* A layouts file: which objects have which layout, and structs as C declares them
 * (pshmfs-layouts(5)). */
#pragma once

#include <stdio.h>

#include "core/arena.h"
#include "core/layout.h"

/* Who is told what is wrong with a file: "expected a type, found \"foo\"" in a line. */
struct layout_file_complaints {
	void (*complain)(void *data, unsigned line, const char *what);
	void *data;
};

/* Objects called GLOB have this layout. Of several that fit the last one counts. */
struct layout_file_rule {
	const char *glob;   /* without the / that it may begin with */
	const char *layout; /* a built-in one's name, one of the file, or PROGRAM:STRUCT */
	unsigned line;
};

/* What a layout that the file declares is called: "struct shmbuf", "seqnum_t". */
struct layout_file_name {
	const char *name;
	const struct layout *layout;
};

struct layout_file {
	struct arena arena; /* of the texts */
	struct layout_file_rule *rules;
	size_t n_rules;
	struct layout_file_name *names;
	size_t n_names;
	const struct layout **layouts; /* each once */
	size_t n_layouts;
	bool kept; /* the layouts are no longer the file's */
};

/* The largest file that is read, and how many rules of it: each look goes through all of them. */
#define LAYOUT_FILE_MAX ((size_t)1024 * 1024)
#define LAYOUT_FILE_RULES_MAX 4096

/*
 * layout_file_read() - Read all of a layouts file.
 *
 * What is not understood is complained of, and passed over: the rest applies. Returns 0; -EFBIG:
 * more than LAYOUT_FILE_MAX, or more declarations than there is room for; -ENOMEM; or why it cannot
 * be read. The caller gives ret back by layout_file_deinit(), with its layouts.
 */
int layout_file_read(FILE *in, const struct layout_file_complaints *complaints,
		     struct layout_file *ret);
void layout_file_deinit(struct layout_file *file);

/*
 * layout_file_keep() - Keep its layouts (layout_made.h) for as long as the program runs: one that
 * is there already takes its place. 0; -ENOSPC, -ENOMEM: some are left out.
 */
int layout_file_keep(struct layout_file *file);

/* The layout that is called so; "struct " and "union " may be left out. NULL: there is none. */
const struct layout *layout_file_find(const struct layout_file *file, const char *name);
