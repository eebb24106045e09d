/* SPDX-License-Identifier: MIT */
/* Which layout an object has, and how that is known, without a mount. */
#pragma once

#include "core/layout_choice.h"

struct layout_of {
	const struct layout *layout; /* NULL: unknown */
	char *from;                  /* how it is known, or why not, as one line */
};

/*
 * layout_of() - Look at the object `argument` of the folder `path`, and where its layout is not
 * settled by itself, at the programs that have it. 0, or an exit status after it has said why not.
 * Give back by layout_of_deinit().
 */
int layout_of(const char *path, const char *argument, struct layout_of *ret);
void layout_of_deinit(struct layout_of *of);
