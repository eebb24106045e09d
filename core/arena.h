/* SPDX-License-Identifier: MIT */
/* Memory that is given back all at once, and of which there is only so much. */
#pragma once

#include <stddef.h>

struct arena {
	struct arena_block *blocks;
	size_t left; /* how many bytes it may still give out */
};

/* Zeroed memory for anything, which lives as long as the arena; NULL: no more. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of the text, or NULL. */
char *arena_text(struct arena *arena, const char *text);

void arena_free(struct arena *arena);
