/* SPDX-License-Identifier: MIT */
/* Layouts that are made at run time: one of each, kept for as long as the program runs. */
#pragma once

#include "core/layout.h"

/*
 * layout_keep() - The kept layout that is the same as `made`, or `made` itself, kept from now on.
 *
 * One whose rows are those of a built-in layout is that one. So that pointers to layouts can be
 * compared and need not be given back, none is ever freed; there is room for 4,096 of them with
 * 65,536 rows in all. `made` belongs to this function, which gives it back by `give_back` where it
 * is not kept. 0; -ENOSPC: no more room; -ENOMEM.
 */
int layout_keep(const struct layout *made, void (*give_back)(const struct layout *layout),
		const struct layout **ret);

/* The same name, size and rows? */
bool layout_same(const struct layout *a, const struct layout *b);

/*
 * layout_built_in() - The built-in layout that has just these rows (names, types and places), or
 * NULL. A buffer of characters at the end may be of any size where the built-in one's is.
 */
const struct layout *layout_built_in(const struct layout *made);
