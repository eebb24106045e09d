/* SPDX-License-Identifier: MIT */
/* Images: how much of an object they have, be it huge, sparse, or of changing size. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/image.h"
#include "tests/support.h"

/* Where it was read by a mapping, each hole that is touched would be memory. */
static void test_sparse_stays_sparse(void **state)
{
	const uint64_t size = (uint64_t)64 << 30;
	struct image image = {0};
	struct object object;
	struct statx after;
	char bytes[65536];

	(void)state;
	make_object("sparse", NULL, size);
	assert_int_equal(object_open(shm_folder(), "sparse", &object), 0);
	assert_int_equal(object.st.stx_size, size);
	for (uint64_t at = 0; at < size; at += size / 64)
		assert_int_equal(object_read(&object, at, bytes, sizeof(bytes)), 0);
	assert_int_equal(object_read(&object, size - 1, bytes, 1), 0);
	assert_int_equal(object_read(&object, size, bytes, 1), -ENODATA);
	assert_int_equal(image_load(&object, 4096, &image), 0);
	assert_int_equal(image.total, size);
	assert_int_equal(image.size, 4096);
	assert_int_equal(image_load(&object, IMAGE_SIZE_MAX + 1, &image), -EFBIG);
	assert_int_equal(image.size, 4096);
	assert_int_equal(object_stat(shm_folder(), "sparse", &after), 0);
	assert_int_equal(after.stx_blocks, object.st.stx_blocks);
	image_deinit(&image);
	object_close(&object);
}

/* An image says of how many bytes it is a part, whatever happened since the object was opened. */
static void test_image_total(void **state)
{
	struct image image = {0};
	struct object object;

	(void)state;
	make_object("x", "0123456789", 10);
	assert_int_equal(object_open(shm_folder(), "x", &object), 0);
	assert_int_equal(image_load(&object, 10, &image), 0);
	assert_int_equal(image.size, 10);
	assert_int_equal(image.total, 10);
	assert_int_equal(image_load(&object, 4, &image), 0);
	assert_int_equal(image.size, 4);
	assert_int_equal(image.total, 10);
	assert_int_equal(truncate(shm_path("x"), 5), 0);
	assert_int_equal(image_load(&object, 4096, &image), 0);
	assert_int_equal(image.size, 5);
	assert_int_equal(image.total, 5);
	assert_int_equal(truncate(shm_path("x"), 20), 0);
	assert_int_equal(image_load(&object, 4096, &image), 0);
	assert_int_equal(image.total, 20);
	assert_int_equal(truncate(shm_path("x"), 0), 0);
	assert_int_equal(image_load(&object, 4096, &image), 0);
	assert_int_equal(image.total, 0);
	image_deinit(&image);
	object_close(&object);
	assert_int_equal(image_load(&object, 10, &image), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_sparse_stays_sparse),
		SANDBOXED(test_image_total),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
