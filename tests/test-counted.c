/* SPDX-License-Identifier: MIT */
/* Members that count others, and tables: the file says which they are, and the bytes may lie. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "tests/layout_text.h"
#include "tests/specimen.h"
#include "tests/support.h"

#define SIZE LAYOUT_MEMORY_SIZE

/* Each integer that may count, at its edges: text[] begins at 8. */
static void test_counts(void **state)
{
	static const struct {
		const char *type;
		size_t size;
		uint64_t most; /* the largest number that the type has */
		bool negative;
	} rows[] = {
		{"uint8_t", 1, UINT8_MAX, false},   {"signed char", 1, INT8_MAX, true},
		{"uint16_t", 2, UINT16_MAX, false}, {"short", 2, INT16_MAX, true},
		{"unsigned", 4, UINT32_MAX, false}, {"int", 4, INT32_MAX, true},
		{"size_t", 8, UINT64_MAX, false},   {"ssize_t", 8, INT64_MAX, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout_file file;

		layout_text_read(
			pathf("struct c { %s n; uint64_t b[n] __attribute__((aligned(8))); "
			      "};",
			      rows[i].type),
			"", &file);
		memset(layout_memory, 0, sizeof(layout_memory));
		layout_put(8, 7, 8);
		layout_put(16, 9, 8);
		layout_put(0, 2, rows[i].size);
		layout_renders(&file, "c", "b", 24, 0, "7\n9\n");
		layout_renders(&file, "c", "b", 31, 0, "7\n9\n");
		layout_renders(&file, "c", "b", 23, -EBADMSG, "");
		layout_renders(&file, "c", "b", 7, -ENODATA, "");
		layout_put(0, 0, rows[i].size);
		layout_renders(&file, "c", "b", 24, 0, "\n");
		layout_put(0, 3, rows[i].size);
		layout_renders(&file, "c", "b", 24, -EBADMSG, "");
		layout_put(0, rows[i].most, rows[i].size);
		layout_renders(&file, "c", "b", 24, -EBADMSG, "");
		layout_put(0, UINT64_MAX, rows[i].size);
		layout_renders(&file, "c", "b", 24, -EBADMSG, "");
		layout_renders(&file, "c", "n", 24, 0, rows[i].negative ? "-1\n" : NULL);
		layout_file_deinit(&file);
	}
}

/* A buffer with a size of its own has no more than that, however large the object is. */
static void test_counted_in_a_size(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read("struct c { int n; char b[4] __counted_by(n); int behind; };", "", &file);
	memset(layout_memory, 'x', sizeof(layout_memory));
	layout_put(0, 3, 4);
	layout_renders(&file, "c", "b", 12, 0, "xxx");
	layout_put(0, 4, 4);
	layout_renders(&file, "c", "b", 12, 0, "xxxx");
	layout_put(0, 5, 4);
	layout_renders(&file, "c", "b", SIZE, -EBADMSG, "");
	layout_file_deinit(&file);
}

static void test_counted_words(void **state)
{
	struct layout_file file;
	struct findings findings = {0};
	struct specimen specimen;
	struct sink sink;

	(void)state;
	layout_text_read("struct c { long n; short b[n]; };", "", &file);
	memset(layout_memory, 0, sizeof(layout_memory));
	layout_put(0, (uint64_t)-5, 8);
	sink_init(&sink);
	findings.out = sink.out;
	specimen_make(&specimen, layout_memory, 20);
	layout_health(layout_file_find(&file, "c"), &specimen.image, &findings);
	sink_equals(&sink, "n: -5 is not within 0 to 6");
	assert_false(layout_match(layout_file_find(&file, "c"), &specimen.image, true, sink.out));
	sink_equals(&sink, "20 bytes, n -5 is not within 0 to 6");
	layout_print_rows(layout_file_find(&file, "c"), sink.out);
	sink_equals(&sink, "0\t8\tlong\tn\n8\tn\tshort[]\tb\n");
	specimen_deinit(&specimen);
	sink_deinit(&sink);
	layout_file_deinit(&file);
}

/* As many structs as there are: a table. */
static void test_tables(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read("struct e { uint16_t id; char name[6]; };\n"
			 "struct c { char n; unsigned m; struct e es[] __counted_by(m); };\n"
			 "struct o { uint64_t head; struct e es[]; };\n"
			 "struct f { unsigned m; struct e es[2] __counted_by(m); };\n"
			 "struct s { unsigned m; sem_t sems[m]; };\n"
			 "struct i { unsigned m; struct { int index; int error; } es[m]; };",
			 "", &file);
	memset(layout_memory, 0, sizeof(layout_memory));
	layout_put(4, 2, 4);
	layout_put(8, 513, 2);
	memcpy(layout_memory + 10, "a\tb", 3);
	layout_put(16, 7, 2);
	memcpy(layout_memory + 18, "\377\0x", 3);
	layout_renders(&file, "c", "es", 30, 0, "INDEX\tID\tNAME\n0\t513\ta\\tb\n1\t7\t\\xff\n");
	layout_renders(&file, "o", "es", 26, 0, "INDEX\tID\tNAME\n0\t513\ta\\tb\n1\t7\t\\xff\n");
	layout_renders(&file, "c", "es", 23, -EBADMSG, "");
	layout_json_is(
		&file, "c",
		"{\"n\":\"\\u0000\",\"m\":2,\"es\":[{\"index\":0,\"id\":513,\"name\":\"a\\tb\"},"
		"{\"index\":1,\"id\":7,\"name\":{\"base64\":\"\\/w==\"}}]}");
	layout_put(0, 3, 4);
	layout_renders(&file, "f", "es", SIZE, -EBADMSG, "");
	layout_put(0, 1, 4);
	layout_put(4, 5, 2);
	memcpy(layout_memory + 6, "z", 2);
	layout_renders(&file, "f", "es", SIZE, 0, "INDEX\tID\tNAME\n0\t5\tz\n");
	layout_renders(
		&file, "s", "sems", SIZE, 0,
		"INDEX\tSEM_T_VALUE\tSEM_T_NWAITERS\tSEM_T_PSHARED\n0\t157352449\t98\t!EBADMSG\n");
	layout_renders(&file, "i", "es", 12, 0,
		       "INDEX\tINDEX.FIELD\tERROR.FIELD\n0\t7995397\t157352449\n");
	layout_file_deinit(&file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_counted_in_a_size),
		cmocka_unit_test(test_counted_words),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
