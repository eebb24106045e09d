/* SPDX-License-Identifier: MIT */
/* The one way in which our programs write into objects: all of it, whatever write(2) does. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "progs/shared_object.h"
#include "tests/support.h"

/* What the calls to come do: a number of bytes at most, or -errno; then 0: no bytes any more. */
static const int *plan;
static char memory[64];

/* In place of libc's, which on tmpfs is never interrupted and never short. */
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	int step = *plan++;

	(void)fd;
	if (step < 0) {
		errno = -step;
		return -1;
	}
	if (size > (size_t)step)
		size = (size_t)step;
	memcpy(memory + offset, bytes, size);
	return (ssize_t)size;
}

static void test_short_and_interrupted(void **state)
{
	static const int steps[] = {-EINTR, 3, -EINTR, -EINTR, 1, 50, -EIO};

	(void)state;
	plan = steps;
	memset(memory, '.', sizeof(memory));
	assert_int_equal(shared_object_write(-1, "some bytes", 10, 5), 0);
	assert_memory_equal(memory, ".....some bytes.", 16);
	assert_int_equal(*plan, -EIO);
	assert_int_equal(shared_object_write(-1, "", 0, 5), 0);
	assert_int_equal(*plan, -EIO);
	assert_int_equal(shared_object_write(-1, "x", 1, 5), -EIO);
}

static void test_error_in_the_middle(void **state)
{
	static const int steps[] = {3, -ENOSPC};

	(void)state;
	plan = steps;
	assert_int_equal(shared_object_write(-1, "some bytes", 10, 0), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_and_interrupted),
		cmocka_unit_test(test_error_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
