/* SPDX-License-Identifier: MIT */
/* One row of pshm_ls: an object, looked at. */
#pragma once

#include "core/layout_choice.h"
#include "progs/ls_census.h"

struct ls_row {
	const char *name;     /* as in the folder; NULL: it has none that is known */
	const char *odd;      /* what it is, where it is no object; else NULL */
	struct object object; /* of an odd one `st` only; what is not known is not in its mask */
	struct image image;   /* all zero where it cannot be read */
	int error;            /* 0, or why it cannot be read: a negative errno */
	const struct layout *layout; /* NULL: unknown */
	bool suspect;                /* … but it should have one: see layout_suspect() */
	const struct census *census; /* NULL: nothing is known of processes, and no crowd */
	struct crowd crowd;
	const char *whose; /* its folder, or NULL: there is only one */
};

/*
 * ls_row_open() - Look at `name` in the folder. `census` may be NULL.
 *
 * Returns 0 also where its bytes cannot be read or it is no object, and says so in ret; -ENOENT:
 * there is no such name (any more); -ENOMEM. ls_row_close() gives it back.
 */
int ls_row_open(int dirfd, const char *name, const struct census *census, struct ls_row *ret);

/* The same of an object that is open already; `name` is to be shown only. Takes it over. */
int ls_row_of(const struct object *object, const char *name, const struct census *census,
	      struct ls_row *ret);
void ls_row_close(struct ls_row *row);
