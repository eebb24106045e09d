/* SPDX-License-Identifier: MIT */
/* Escaping: UTF-8 at its edges, control bytes, and that it can be undone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/age.h"
#include "core/cleanup.h"
#include "core/text.h"
#include "tests/specimen.h"
#include "tests/support.h"

static void test_utf8_edges(void **state)
{
	static const struct {
		const char *bytes;
		size_t size, length;
	} rows[] = {
		{"", 0, 0},
		{"a", 1, 1},
		{"\0", 1, 1},
		{"\x7f", 1, 1},
		{"\x80", 1, 0},     /* a continuation alone */
		{"\xc2\x80", 2, 2}, /* U+0080, the smallest of two bytes */
		{"\xc1\xbf", 2, 0}, /* overlong U+007F */
		{"\xc0\x80", 2, 0}, /* overlong NUL */
		{"\xc3", 1, 0},     /* cut */
		{"\xc3(", 2, 0},
		{"\xdf\xbf", 2, 2},         /* U+07FF */
		{"\xe0\x9f\xbf", 3, 0},     /* overlong U+07FF */
		{"\xe0\xa0\x80", 3, 3},     /* U+0800 */
		{"\xe2\x82", 2, 0},         /* cut */
		{"\xed\x9f\xbf", 3, 3},     /* U+D7FF */
		{"\xed\xa0\x80", 3, 0},     /* surrogate U+D800 */
		{"\xed\xbf\xbf", 3, 0},     /* surrogate U+DFFF */
		{"\xee\x80\x80", 3, 3},     /* U+E000 */
		{"\xef\xbf\xbf", 3, 3},     /* U+FFFF */
		{"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong U+FFFF */
		{"\xf0\x90\x80\x80", 4, 4}, /* U+10000 */
		{"\xf0\x9f\x98\x80", 4, 4},
		{"\xf4\x8f\xbf\xbf", 4, 4}, /* U+10FFFF */
		{"\xf4\x90\x80\x80", 4, 0}, /* U+110000 */
		{"\xf8\x88\x80\x80", 4, 0}, /* five bytes, once */
		{"\xff", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_utf8((const unsigned char *)rows[i].bytes, rows[i].size) != rows[i].length)
			fail_msg("row %zu", i);
}

static void escapes_to(const void *bytes, size_t size, const char *wanted)
{
	struct sink sink;

	sink_init(&sink);
	text_escape(bytes, size, sink.out);
	sink_equals(&sink, wanted);
	sink_deinit(&sink);
}

#define ESCAPES_TO(literal, wanted) escapes_to(literal, sizeof(literal) - 1, wanted)

static void test_escape(void **state)
{
	(void)state;
	ESCAPES_TO("", "");
	ESCAPES_TO("plain words, 100%n", "plain words, 100%n");
	ESCAPES_TO("a\nb\tc\\d", "a\\nb\\tc\\\\d");
	ESCAPES_TO("\0\x01\r\x1b[31m\x1f\x7f", "\\x00\\x01\\x0d\\x1b[31m\\x1f\\x7f");
	ESCAPES_TO("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		   "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	ESCAPES_TO("caf\xe9", "caf\\xe9");
	ESCAPES_TO("\xe2\x82", "\\xe2\\x82");
	ESCAPES_TO("\xed\xa0\x80", "\\xed\\xa0\\x80");
	ESCAPES_TO("\xff\xfe", "\\xff\\xfe");
	ESCAPES_TO("\\x41", "\\\\x41");
}

/* U+0080 to U+009F are control characters that terminals obey (U+009B is CSI). */
static void test_escape_c1(void **state)
{
	(void)state;
	ESCAPES_TO("\xc2\x9b"
		   "31m",
		   "\\xc2\\x9b31m");
	ESCAPES_TO("\xc2\x80", "\\xc2\\x80");
	ESCAPES_TO("\xc2\xa0", "\xc2\xa0");
}

static unsigned char unescape_one(const char **at)
{
	char hex[3] = "";
	const char *s = *at;

	*at += 1;
	if (s[0] != '\\')
		return (unsigned char)s[0];
	*at += 1;
	if (s[1] != 'x')
		return s[1] == 'n' ? '\n' : s[1] == 't' ? '\t' : '\\';
	*at += 2;
	memcpy(hex, s + 2, 2);
	return (unsigned char)strtoul(hex, NULL, 16);
}

/* Random bytes come back, and what stands for them is one line and one column of valid UTF-8. */
static void test_escape_reversible(void **state)
{
	unsigned char bytes[64];
	unsigned seed = 1;
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (int round = 0; round < 20000; round++) {
		const char *text;
		size_t n = (size_t)rand_r(&seed) % sizeof(bytes);

		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)rand_r(&seed);
		text_escape(bytes, n, sink.out);
		text = sink_text(&sink);
		assert_null(strpbrk(text, "\n\t\r"));
		for (const char *s = text; *s; s += text_utf8((const unsigned char *)s, strlen(s)))
			assert_true(text_utf8((const unsigned char *)s, strlen(s)) > 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(unescape_one(&text), bytes[i]);
		assert_int_equal(*text, '\0');
	}
	sink_deinit(&sink);
}

static void test_age(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} rows[] = {
		{0, "0.0s"},  {59, "59.0s"},          {60, "1m"},        {3599, "59m"},
		{3600, "1h"}, {48 * 3600 - 1, "47h"}, {48 * 3600, "2d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_free_ char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		age_print(rows[i].seconds * 1000000000, false, out);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_edges),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_c1),
		cmocka_unit_test(test_escape_reversible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
