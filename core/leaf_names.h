/* SPDX-License-Identifier: MIT */
/* What leaves are called, each other than its neighbours. */
#pragma once

#include "core/layout.h"

/* As in `fields`: FIELD, or FIELD_member of a compound. */
void leaf_name(const struct leaf *leaf, char ret[LEAF_NAME_SIZE]);

/* As a file in its folder (field->folder). */
void leaf_file_name(const struct leaf *leaf, char ret[LEAF_NAME_SIZE]);

/* The names of one folder, while they are given. Zeroed: none. */
struct leaf_names {
	void *taken;   /* a tsearch(3) tree of them */
	size_t n;      /* how many were asked for */
	bool reserved; /* in an object's own directory: some are not to be had */
};

/*
 * leaf_names_take() - Take the name for what lies at this offset; or what it is called instead, as
 * layout_leaves() says. It is written to `ret`, where it has to stay until leaf_names_deinit().
 * 0 or -ENOMEM.
 */
int leaf_names_take(struct leaf_names *names, const char *name, size_t offset,
		    char ret[LEAF_NAME_SIZE]);
void leaf_names_deinit(struct leaf_names *names);
