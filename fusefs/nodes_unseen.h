/* SPDX-License-Identifier: MIT */
/* What a mount cannot see by its nature. */
#pragma once

#include "fusefs/tree.h"

/*
 * For `about`, a line each: of which user, user namespace and pid namespace the viewer is, and what
 * that hides. What a look at processes has met with is told by processes_about().
 */
void unseen_about(const struct subject *subject, FILE *out);
