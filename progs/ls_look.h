/* SPDX-License-Identifier: MIT */
/* One call of pshm_ls: a folder, the processes that have to do with it, what is listed of it. */
#pragma once

#include "core/verdict.h"
#include "progs/folder.h"
#include "progs/ls_output.h"

struct ls_look {
	struct folder folder;
	struct ls_output output;
	bool scanned;       /* looks and census are there */
	struct looks looks; /* with verdicts where a column wants them */
	struct census census;
	const char *whose; /* the folder, with --all; else NULL */
	uint64_t deadline; /* of asking what objects are, for all folders; 0: not begun */
	size_t nameless;   /* objects that have no name, with --all of all folders so far */
	int status;        /* of the program */
};

/*
 * ls_look_names() - List the objects that are asked for (NULL-terminated), or all that have a name;
 * ls_look_unlinked() - List those that have none any more.
 *
 * What goes wrong is told, and in look->status. 0 or -ENOMEM.
 */
int ls_look_names(struct ls_look *look, const char *const *asked);
int ls_look_unlinked(struct ls_look *look);
void ls_look_deinit(struct ls_look *look);

/* Forget the folder's processes, for another folder. */
void ls_look_forget(struct ls_look *look);

/* Say what could not be seen, and may hold and wait as well. */
void ls_look_say_unseen(const struct ls_look *look);

/* Count the folder's objects that have no name, where it is known; and say how many they were. */
void ls_look_count_unlinked(struct ls_look *look);
void ls_look_say_unlinked(const struct ls_look *look);
