/* SPDX-License-Identifier: MIT */
/* Buffers: each has its room, whatever is taken beside it. */
#include <string.h>

#include "fusefs/buffer.h"
#include "tests/support.h"

#define MIB ((size_t)1024 * 1024)

static void test_room(void **state)
{
	static const size_t sizes[] = {0, 1, 4096, MIB - 1, MIB, MIB + 1, 3 * MIB};
	char *buffers[7];

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (size_t i = 0; i < 7; i++) {
			buffers[i] = buffer_take(sizes[i], i * 1000 + round);
			assert_non_null(buffers[i]);
			memset(buffers[i], (int)i, sizes[i]);
		}
		for (size_t i = 0; i < 7; i++) {
			for (size_t at = 0; at < sizes[i]; at += 512)
				assert_int_equal(buffers[i][at], i);
			buffer_give(buffers[i]);
		}
	}
	buffer_give(NULL);
}

/* What was given back last is taken first, and lies as the offset wants it. */
static void test_order(void **state)
{
	char *first = buffer_take(10, 0), *second = buffer_take(10, 0);

	(void)state;
	assert_non_null(first);
	assert_non_null(second);
	buffer_give(first);
	buffer_give(second);
	assert_ptr_equal(buffer_take(MIB, 0), second);
	assert_ptr_equal(buffer_take(MIB, 4096), first);
	buffer_give(first);
	assert_ptr_equal(buffer_take(1, 5), first + 5);
	buffer_give(first + 5);
	buffer_give(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_room),
		SANDBOXED(test_order),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
