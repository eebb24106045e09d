/* SPDX-License-Identifier: MIT */
/* The layouts file of a mount: which one it is, and reading it again when SIGHUP says so. */
#pragma once

#include <stdbool.h>

struct layout_rules;
struct viewers;

struct layouts_file {
	char *path; /* from the root; NULL: there can be none */
	bool named; /* by a user: it has to be there */
};

/*
 * layouts_file_find() - The file that the user has named, relative to where we are; or with NULL
 * $XDG_CONFIG_HOME/pshmfs/layouts or ~/.config/pshmfs/layouts, which need not be there.
 *
 * 0 or -errno. The caller frees ret->path.
 */
int layouts_file_find(const char *named, struct layouts_file *ret);

/*
 * layouts_file_load() - What it says applies from now on (layout_rules_load()).
 *
 * 0; or why it cannot be read: then all stays as it was. One that was not named may be gone.
 */
int layouts_file_load(const struct layouts_file *file, struct layout_rules *rules);

/*
 * A thread that reads the file again at each SIGHUP; but where the terminal that we were started on
 * has gone, that is the end: SIGTERM, to the thread that has started it.
 */
struct layouts_reload;

/* SIGHUP waits for it, in this thread and in those that this one starts; so do SIGTERM and SIGINT.
 */
void layouts_reload_block(void);

/*
 * layouts_reload_start() - Start it; what was found of objects is forgotten each time. This thread,
 * and no other, takes SIGTERM and SIGINT again. 0 or -errno. The caller gives ret back by
 * layouts_reload_stop(); NULL is harmless.
 */
int layouts_reload_start(const struct layouts_file *file, struct layout_rules *rules,
			 struct viewers *viewers, struct layouts_reload **ret);
void layouts_reload_stop(struct layouts_reload *reload);
