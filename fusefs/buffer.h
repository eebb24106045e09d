/* SPDX-License-Identifier: MIT */
/* Memory for one answer: taken, filled, sent, and given back for the next one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * buffer_take() - Room for `size` bytes that an object has at `offset`, or NULL.
 *
 * Large blocks that come and go between small ones that stay would leave holes all over the heap,
 * so a few are held in store; those that were used last go first, being in the caches still.
 *
 * The room begins half a page away from where the bytes begin in theirs: the copy instruction of
 * some processors takes three times as long where both places in a page are equal, or nearly so
 * (measured with AMD EPYC; malloc(3) gives the worst of all, 16 bytes behind a page's begin).
 */
char *buffer_take(size_t size, uint64_t offset);

/* NULL: nothing. */
void buffer_give(char *buffer);

static inline void buffer_givep(char **buffer)
{
	buffer_give(*buffer);
}

#define _cleanup_buffer_ __attribute__((cleanup(buffer_givep)))
