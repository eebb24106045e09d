/* SPDX-License-Identifier: MIT */
/* Streams into memory: all that was written, however much it was and in whatever pieces. */
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/text_stream.h"
#include "tests/support.h"

/* Written a byte at a time. */
static void test_sizes(void **state)
{
	static const size_t sizes[] = {0, 1, 2047, 2048, 2049, 4096, 100000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_free_ char *text = NULL;
		struct text_stream stream;
		size_t size;

		assert_int_equal(text_stream_open(&stream), 0);
		for (size_t at = 0; at < sizes[i]; at++)
			fputc("0123456789"[at % 10], stream.out);
		assert_int_equal(text_stream_close(&stream, &text, &size), 0);
		assert_int_equal(size, sizes[i]);
		for (size_t at = 0; at < size; at++)
			assert_int_equal(text[at], "0123456789"[at % 10]);
		assert_int_equal(text[size], '\0');
	}
}

/* In one go, past the buffer. */
static void test_large(void **state)
{
	const size_t large = 1000000;
	_cleanup_free_ char *bytes = calloc(1, large), *text = NULL;
	struct text_stream stream;
	size_t size;

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(text_stream_open(&stream), 0);
	fputs("before", stream.out);
	assert_int_equal(fwrite(bytes, 1, large, stream.out), large);
	fputs("after", stream.out);
	assert_int_equal(text_stream_close(&stream, &text, &size), 0);
	assert_int_equal(size, large + 11);
	assert_memory_equal(text, "before", 7);
	assert_string_equal(text + 6 + large, "after");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_sizes),
		SANDBOXED(test_large),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
