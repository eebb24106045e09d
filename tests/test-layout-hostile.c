/* SPDX-License-Identifier: MIT */
/* Layouts files that are too large, too deep, endless, or no text at all. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/cleanup.h"
#include "tests/layout_text.h"
#include "tests/specimen.h"
#include "tests/support.h"

static char *read_header(size_t *ret_size)
{
	char *text = NULL;

	assert_int_equal(read_file(pathf("%s/layout_c.h", getenv("PSHM_TESTS")), &text, ret_size),
			 0);
	return text;
}

static void test_truncated(void **state)
{
	size_t size;
	_cleanup_free_ char *text = read_header(&size);

	(void)state;
	for (size_t i = 0; i <= size; i += 23)
		layout_text_any(text, i);
}

static void test_flipped(void **state)
{
	size_t size;
	_cleanup_free_ char *text = read_header(&size);
	uint64_t random = 7;

	(void)state;
	for (int i = 0; i < 300; i++) {
		_cleanup_free_ char *copy = malloc(size);

		memcpy(copy, text, size);
		for (int k = 0; k < 1 + i % 50; k++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			copy[(random >> 20) % size] ^= (char)(1 << (random >> 60) % 8);
		}
		layout_text_any(copy, size);
	}
}

/* Words of the language in any order. */
static void test_shuffled(void **state)
{
	static const char *const words[] = {
		"struct",
		" s",
		" t ",
		"{",
		"}",
		";",
		"int",
		" a",
		"[",
		"]",
		"(",
		")",
		"*",
		"3",
		",",
		":",
		"typedef",
		" union",
		" enum",
		"\n",
		"#",
		"/*",
		"*/",
		"//",
		"'",
		"\"",
		"sem_t",
		"sizeof ",
		"char ",
		"long ",
		"#define N 2\n",
		"N",
		"__relative(struct s)",
		"__counted_by(a)",
		"__attribute__((packed))",
		"<<",
		"-",
		"\\",
	};
	uint64_t random = 11;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		char text[2048] = "struct s { int a; ";

		while (strlen(text) < sizeof(text) - 64) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			strcat(text, words[(random >> 33) % (sizeof(words) / sizeof(words[0]))]);
			if (random >> 62 == 0 && strlen(text) > (size_t)i % 1024)
				break;
		}
		layout_text_any(text, strlen(text));
	}
}

/* The beginning, then `unit` as often as there is room for; "%u" in it is a number each time. */
static char *repeat(const char *begin, const char *unit, const char *end)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fputs(begin, out);
	for (unsigned i = 0; ftell(out) < 512 * 1024; i++)
		for (const char *c = unit; *c; c++) {
			if (*c == '%')
				fprintf(out, "%u", i);
			else if (*c == '+')
				fprintf(out, "%u", i + 1);
			else
				fputc(*c, out);
		}
	fputs(end, out);
	fclose(out);
	return text;
}

/* Each would take for ever, or all memory, if what it says were just done. */
static void test_large(void **state)
{
	static const struct {
		const char *begin, *unit, *end;
	} rows[] = {
		{"struct s ", "{ struct ", ""},
		{"struct s { int a[", "(", ""},
		{"struct s { int a[", "-", "1]; };"},
		{"struct s { int a[1", " | 1", "]; };"},
		{"struct s { int ", "(*", "a; };"},
		{"struct s { int ", "*", "a; };"},
		{"struct s { int a", "[1]", "; };"},
		{"struct s { int a", ", a%", "; };"},
		{"struct s { int a __attribute__((", "x(", ""},
		{"struct s {", " foo a;", "};"},
		{"", "struct s% {\n", ""},
		{"", "struct s% { int a; };\n", ""},
		{"struct s0 { int a; };\n", "struct s+ { struct s% a, b; };\n", ""},
		{"struct s0 { };\n", "struct s+ { struct s% a, b; };\n", ""},
		{"struct s { int a[1000]; };\n", "struct s% { struct s a[1000]; };\n", ""},
		{"", "struct s% { int a __relative(struct s+); };\n", ""},
		{"struct s { char c;", " int a% __relative(struct s);", "};"},
		{"enum e { A", ", A%", "}; struct s { enum e e; };"},
		{"", "#define A% A+ + A+\n", "struct s { int a[A0]; };"},
		{"typedef int a0;\n", "typedef a% *a+[2];\n", "struct s { a5000 *p; };"},
		{"", "/* \n", ""},
		{"", "\"\n", ""},
		{"", "a% sem\n", ""},
		{"", "\xff", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_free_ char *text = repeat(rows[i].begin, rows[i].unit, rows[i].end);
		const clock_t before = clock();
		double seconds;

		layout_text_any(text, strlen(text));
		seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
		if (seconds > slow_ms(15000) / 1000)
			fail_msg("%s%s: %.1f s", rows[i].begin, rows[i].unit, seconds);
	}
}

/* 1 MiB is read, one byte more is not. */
static void test_size(void **state)
{
	_cleanup_free_ char *text = malloc(LAYOUT_FILE_MAX + 1);
	struct layout_file file;
	struct sink sink;
	FILE *in;

	(void)state;
	memset(text, '\n', LAYOUT_FILE_MAX + 1);
	memcpy(text + LAYOUT_FILE_MAX - 5, "a sem", 5);
	layout_text_any(text, LAYOUT_FILE_MAX);
	in = fmemopen(text, LAYOUT_FILE_MAX + 1, "r");
	sink_init(&sink);
	assert_int_equal(layout_file_read(in, NULL, &file), -EFBIG);
	fclose(in);
	in = fopen("/", "re");
	assert_int_equal(layout_file_read(in, NULL, &file), -EISDIR);
	fclose(in);
	sink_deinit(&sink);
}

/* 100 complaints are enough, but what is right applies. */
static void test_complaints(void **state)
{
	_cleanup_free_ char *text = malloc(300 * 16 + 16), *copy = NULL;
	char *end = text;
	struct layout_file file;
	struct sink sink;
	size_t lines = 0;

	(void)state;
	for (int i = 0; i < 300; i++)
		end = stpcpy(end, "a nonsense\n");
	strcpy(end, "b sem\n");
	sink_init(&sink);
	layout_text_complaints(text, sink.out, &file);
	copy = strdup(sink_text(&sink));
	for (char *rest = copy, *line; (line = strsep(&rest, "\n"));)
		lines += *line != '\0';
	assert_int_equal(lines, 101);
	assert_non_null(strstr(sink.latest, "\n101: and more, which are not told\n"));
	assert_int_equal(file.n_rules, 1);
	layout_file_deinit(&file);
	sink_deinit(&sink);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_shuffled),  cmocka_unit_test(test_large),
		cmocka_unit_test(test_size),      cmocka_unit_test(test_complaints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
