/* SPDX-License-Identifier: MIT */
#include "core/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int array_grow(void *items, size_t n, size_t item_size)
{
	void *array;

	if (n & (n - 1))
		return 0;
	memcpy(&array, items, sizeof(array)); /* whatever it points to */
	array = reallocarray(array, n ? 2 * n : 1, item_size);
	if (!array)
		return -ENOMEM;
	memcpy(items, &array, sizeof(array));
	return 0;
}

size_t array_first(const void *items, size_t n, size_t item_size, size_t member, uint64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		uint64_t value;

		memcpy(&value, (const char *)items + middle * item_size + member, sizeof(value));
		if (value < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
