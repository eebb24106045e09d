/* SPDX-License-Identifier: MIT */
/* The file of a field that is a pointer. */
#pragma once

#include "fusefs/tree.h"

/*
 * "0x7f…": and behind a tab what lies there in the processes that have the object mapped:
 * OBJECT+OFFSET; where they have different things there, each with its process. `arg` is the leaf.
 */
int render_pointer(struct subject *subject, const void *arg, FILE *out);
