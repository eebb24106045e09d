/* SPDX-License-Identifier: MIT */
/* The locks of the objects that are looked at: which there are, and what they say. */
#pragma once

#include "core/verdict.h"

/*
 * Object by object, in the order of their inode numbers: those that its layout (or NULL) names,
 * then those that only the sleepers of the first look tell. 0 or -ENOMEM.
 */
int verdicts_add_layout(struct verdicts *verdicts, uint64_t ino, const struct layout *layout);
int verdicts_add_inferred(struct verdicts *verdicts, uint64_t ino, const struct object *object);

/* What the object's locks say now, before the second look or after it; nothing where it may not be
 * read. */
void verdicts_read_locks(struct verdicts *verdicts, uint64_t ino, const struct object *object,
			 bool after);
