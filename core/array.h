/* SPDX-License-Identifier: MIT */
/* Arrays that grow, and sorted ones. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * array_grow() - Room for one more item behind the n of an array that is only ever grown by this.
 * `items` is the address of the pointer to it.
 *
 * Its capacity is the next power of two. Returns 0 or -ENOMEM; the items are then untouched.
 */
int array_grow(void *items, size_t n, size_t item_size);

/*
 * ARRAY_FIRST() - Of n items that are sorted by `member`, a uint64_t: the index of the first whose
 * member is not below the key; n where there is none.
 */
#define ARRAY_FIRST(items, n, member, key)                                                         \
	array_first((items), (n), sizeof(*(items)), offsetof(__typeof__(*(items)), member), (key))
size_t array_first(const void *items, size_t n, size_t item_size, size_t member, uint64_t key);
