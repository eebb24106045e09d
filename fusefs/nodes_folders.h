/* SPDX-License-Identifier: MIT */
/* Which file of a field is in which directory. */
#pragma once

#include "fusefs/tree.h"

/*
 * folders_arrange() - Put the files into the directories that their fields say (field_folder).
 *
 * `files` are rows without a name whose arg is a leaf, in order; those without render take part in
 * giving names, and are left out. Fills nodes, count and top, which are of the arena of `ret`.
 * 0 or -ENOMEM.
 */
int folders_arrange(const struct node *files, size_t n, struct field_nodes *ret);
