/* SPDX-License-Identifier: MIT */
/* Members that count others, and relative offsets that are followed: the file says it, bytes lie.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layout_json.h"
#include "tests/layout_text.h"
#include "tests/specimen.h"
#include "tests/support.h"

#define SIZE 1024

/* An object as it lies in memory. */
static unsigned char memory[SIZE];

static void put(size_t at, uint64_t value, size_t size)
{
	memcpy(memory + at, &value, size);
}

/* The content of the field's file, of the first `size` bytes of the memory. */
static void renders(const struct layout_file *file, const char *structure, const char *name,
		    size_t size, int r, const char *text)
{
	struct specimen specimen;
	struct sink sink;

	sink_init(&sink);
	specimen_make(&specimen, memory, size);
	assert_int_equal(render_named(layout_file_find(file, structure), name, &specimen, sink.out),
			 r);
	if (text)
		sink_equals(&sink, text);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

/* `fields` in JSON. */
static void json_is(const struct layout_file *file, const char *structure, const char *text)
{
	struct json_object *fields = json_object_new_object(), *errors = json_object_new_object();
	struct specimen specimen;

	specimen_make(&specimen, memory, SIZE);
	assert_int_equal(layout_json_fields(layout_file_find(file, structure), &specimen.image, 0,
					    fields, errors),
			 0);
	assert_string_equal(json_object_to_json_string_ext(fields, JSON_C_TO_STRING_PLAIN), text);
	json_object_put(fields);
	json_object_put(errors);
	specimen_deinit(&specimen);
}

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
		memset(memory, 0, sizeof(memory));
		put(8, 7, 8);
		put(16, 9, 8);
		put(0, 2, rows[i].size);
		renders(&file, "c", "b", 24, 0, "7\n9\n");
		renders(&file, "c", "b", 31, 0, "7\n9\n");
		renders(&file, "c", "b", 23, -EBADMSG, "");
		renders(&file, "c", "b", 7, -ENODATA, "");
		put(0, 0, rows[i].size);
		renders(&file, "c", "b", 24, 0, "\n");
		put(0, 3, rows[i].size);
		renders(&file, "c", "b", 24, -EBADMSG, "");
		put(0, rows[i].most, rows[i].size);
		renders(&file, "c", "b", 24, -EBADMSG, "");
		put(0, UINT64_MAX, rows[i].size);
		renders(&file, "c", "b", 24, -EBADMSG, "");
		renders(&file, "c", "n", 24, 0, rows[i].negative ? "-1\n" : NULL);
		layout_file_deinit(&file);
	}
}

/* A buffer with a size of its own has no more than that, however large the object is. */
static void test_counted_in_a_size(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read("struct c { int n; char b[4] __counted_by(n); int behind; };", "", &file);
	memset(memory, 'x', sizeof(memory));
	put(0, 3, 4);
	renders(&file, "c", "b", 12, 0, "xxx");
	put(0, 4, 4);
	renders(&file, "c", "b", 12, 0, "xxxx");
	put(0, 5, 4);
	renders(&file, "c", "b", SIZE, -EBADMSG, "");
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
	memset(memory, 0, sizeof(memory));
	put(0, (uint64_t)-5, 8);
	sink_init(&sink);
	findings.out = sink.out;
	specimen_make(&specimen, memory, 20);
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
	memset(memory, 0, sizeof(memory));
	put(4, 2, 4);
	put(8, 513, 2);
	memcpy(memory + 10, "a\tb", 3);
	put(16, 7, 2);
	memcpy(memory + 18, "\377\0x", 3);
	renders(&file, "c", "es", 30, 0, "INDEX\tID\tNAME\n0\t513\ta\\tb\n1\t7\t\\xff\n");
	renders(&file, "o", "es", 26, 0, "INDEX\tID\tNAME\n0\t513\ta\\tb\n1\t7\t\\xff\n");
	renders(&file, "c", "es", 23, -EBADMSG, "");
	json_is(&file, "c",
		"{\"n\":\"\\u0000\",\"m\":2,\"es\":[{\"index\":0,\"id\":513,\"name\":\"a\\tb\"},"
		"{\"index\":1,\"id\":7,\"name\":{\"base64\":\"\\/w==\"}}]}");
	put(0, 3, 4);
	renders(&file, "f", "es", SIZE, -EBADMSG, "");
	put(0, 1, 4);
	put(4, 5, 2);
	memcpy(memory + 6, "z", 2);
	renders(&file, "f", "es", SIZE, 0, "INDEX\tID\tNAME\n0\t5\tz\n");
	renders(&file, "s", "sems", SIZE, 0,
		"INDEX\tSEM_T_VALUE\tSEM_T_NWAITERS\tSEM_T_PSHARED\n0\t157352449\t98\t!EBADMSG\n");
	renders(&file, "i", "es", 12, 0, "INDEX\tINDEX.FIELD\tERROR.FIELD\n0\t7995397\t157352449\n");
	layout_file_deinit(&file);
}

static const char list_text[] =
	"struct node {\n"
	"	uint64_t next __relative(struct node);\n"
	"	uint32_t length;\n"
	"	char text[length];\n"
	"};\n"
	"struct list { char magic[8]; uint64_t head __relative(struct node); };";

/* A node of list_text. */
static void put_node(size_t at, uint64_t next, const char *text)
{
	put(at, next, 8);
	put(at + 8, strlen(text), 4);
	memcpy(memory + at + 12, text, strlen(text));
}

static void test_follow(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read(list_text, "", &file);
	memset(memory, 0, sizeof(memory));
	renders(&file, "list", "head", SIZE, 0, "0\n");
	renders(&file, "list", "head_nodes", SIZE, 0, "OFFSET\tNEXT\tLENGTH\tTEXT\n");
	renders(&file, "list", "head_nodes", 15, -ENODATA, "");
	/* Backwards and forwards: only the object says where the next one is. */
	put(8, 300, 8);
	put_node(300, 100, "hello");
	put_node(100, 500, "");
	put_node(500, 0, "a\tb\n");
	renders(&file, "list", "head_nodes", SIZE, 0,
		"OFFSET\tNEXT\tLENGTH\tTEXT\n300\t100\t5\thello\n100\t500\t0\t\n"
		"500\t0\t4\ta\\tb\\n\n");
	renders(&file, "list", "head_nodes", 516, 0, NULL);
	renders(&file, "list", "head_nodes", 515, 0,
		"OFFSET\tNEXT\tLENGTH\tTEXT\n300\t100\t5\thello\n100\t500\t0\t\n"
		"500\t0\t4\t!EBADMSG\n");
	renders(&file, "list", "head_nodes", 511, 0,
		"OFFSET\tNEXT\tLENGTH\tTEXT\n300\t100\t5\thello\n100\t500\t0\t\n500\t!EBADMSG\n");
	json_is(&file, "list",
		"{\"magic\":\"\",\"head\":300,\"head_nodes\":["
		"{\"offset\":300,\"next\":100,\"length\":5,\"text\":\"hello\"},"
		"{\"offset\":100,\"next\":500,\"length\":0,\"text\":\"\"},"
		"{\"offset\":500,\"next\":0,\"length\":4,\"text\":\"a\\tb\\n\"}]}");
	/* A node is itself an object that may be looked at. */
	put(0, 300, 8);
	renders(&file, "node", "next_nodes", SIZE, 0, NULL);
	layout_file_deinit(&file);
}

/* Circles end, and each node in them is shown once. */
static void test_circles(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read(list_text, "", &file);
	memset(memory, 0, sizeof(memory));
	put(8, 100, 8);
	put_node(100, 100, "x");
	renders(&file, "list", "head_nodes", SIZE, 0,
		"OFFSET\tNEXT\tLENGTH\tTEXT\n100\t100\t1\tx\n100\t!ELOOP\n");
	put_node(100, 200, "a");
	put_node(200, 300, "b");
	put_node(300, 200, "c");
	renders(&file, "list", "head_nodes", SIZE, 0,
		"OFFSET\tNEXT\tLENGTH\tTEXT\n100\t200\t1\ta\n200\t300\t1\tb\n300\t200\t1\tc\n"
		"200\t!ELOOP\n");
	json_is(&file, "list",
		"{\"magic\":\"\",\"head\":100,\"head_nodes\":["
		"{\"offset\":100,\"next\":200,\"length\":1,\"text\":\"a\"},"
		"{\"offset\":200,\"next\":300,\"length\":1,\"text\":\"b\"},"
		"{\"offset\":300,\"next\":200,\"length\":1,\"text\":\"c\"},"
		"{\"offset\":200,\"error\":\"ELOOP\"}]}");
	layout_file_deinit(&file);
}

static void test_out_of_bounds(void **state)
{
	static const uint64_t ends[] = {SIZE - 11,         SIZE,      SIZE + 1,
					(uint64_t)1 << 40, INT64_MAX, (uint64_t)1 << 63,
					UINT64_MAX - 12,   UINT64_MAX};
	struct layout_file file;

	(void)state;
	layout_text_read(list_text, "", &file);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		memset(memory, 0, sizeof(memory));
		put(8, 100, 8);
		put_node(100, ends[i], "");
		renders(&file, "list", "head_nodes", SIZE, 0,
			pathf("OFFSET\tNEXT\tLENGTH\tTEXT\n100\t%ju\t0\t\n%jd\t!EBADMSG\n",
			      (uintmax_t)ends[i], (intmax_t)ends[i]));
		/* A count beyond the object, too, spoils just the cell. */
		put_node(100, 0, "");
		put(108, ends[i] | 0x80000000, 4);
		renders(&file, "list", "head_nodes", SIZE, 0,
			pathf("OFFSET\tNEXT\tLENGTH\tTEXT\n100\t0\t%u\t!EBADMSG\n",
			      (uint32_t)ends[i] | 0x80000000));
	}
	/* A node at the very end is one, and so is one at the beginning of the list itself. */
	put(8, SIZE - 12, 8);
	put_node(SIZE - 12, 1, "");
	renders(&file, "list", "head_nodes", SIZE, 0, NULL);
	layout_file_deinit(&file);
}

/* What is counted from the number's own place, in integers of every size. */
static void test_self_relative(void **state)
{
	static const struct {
		const char *type;
		size_t size;
		bool is_signed;
	} rows[] = {{"int64_t", 8, true},    {"uint64_t", 8, true}, {"int32_t", 4, true},
		    {"uint32_t", 4, false},  {"short", 2, true},    {"unsigned char", 1, false},
		    {"signed char", 1, true}};
	static const char table[] = "OFFSET\tVALUE\tNEXT\n";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *next;
		struct layout_file file;

		layout_text_read(
			pathf("struct n { uint64_t value; %s next __self_relative(struct n); "
			      "};\nstruct l { uint64_t x; %s first __self_relative(struct "
			      "n); };",
			      rows[i].type, rows[i].type),
			"", &file);
		memset(memory, 0, sizeof(memory));
		renders(&file, "l", "first_nodes", SIZE, 0, table);
		put(8, 1, rows[i].size); /* Boost's null */
		renders(&file, "l", "first_nodes", SIZE, 0, table);
		put(8, 64 - 8, rows[i].size);
		put(64, 4, 8);
		put(72, 100 - 72, rows[i].size);
		put(100, 5, 8);
		renders(&file, "l", "first_nodes", SIZE, 0,
			pathf("%s64\t4\t28\n100\t5\t0\n", table));
		/* Back to the very beginning of the object, and before it. */
		put(108, (uint64_t)-108, rows[i].size);
		next = rows[i].is_signed ? "-108" : rows[i].size == 1 ? "148" : "4294967188";
		if (strcmp(rows[i].type, "uint64_t") == 0)
			next = "18446744073709551508";
		renders(&file, "l", "first_nodes", SIZE, 0,
			rows[i].is_signed ? pathf("%s64\t4\t28\n100\t5\t%s\n0\t0\t56\n64\t!ELOOP\n",
						  table, next)
					  : NULL);
		if (rows[i].is_signed) {
			put(108, (uint64_t)-109, rows[i].size);
			renders(&file, "l", "first_nodes", SIZE, 0, NULL);
		}
		layout_file_deinit(&file);
	}
}

/* Where two numbers lead on, none does; what is in a struct in the struct leads on, too. */
static void test_next(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read(
		"struct tree { int v; unsigned left __relative(struct tree), right "
		"__relative(struct tree); };\n"
		"struct in { struct { char c; short next __relative(struct in); } link; };\n"
		"typedef struct t t;\n"
		"struct t { short to __relative(t); };\n"
		"struct top {\n"
		"	struct { long root __relative(struct tree); } trees[2];\n"
		"	long first __relative(struct in);\n"
		"	union { long t __relative(t); char c; };\n"
		"};",
		"", &file);
	memset(memory, 0, sizeof(memory));
	put(0, 100, 8);
	put(8, 100, 8);
	put(16, 200, 8);
	put(24, 300, 8);
	put(100, 1, 4);
	put(104, 112, 4);
	put(108, 112, 4);
	put(202, 204, 2);
	put(300, 302, 2);
	renders(&file, "top", "trees[1].root_nodes", SIZE, 0,
		"OFFSET\tV\tLEFT\tRIGHT\n100\t1\t112\t112\n");
	renders(&file, "top", "first_nodes", SIZE, 0,
		"OFFSET\tLINK.C\tLINK.NEXT\n200\t\\x00\t204\n204\t\\x00\t0\n");
	renders(&file, "top", "t_nodes", SIZE, 0, "OFFSET\tTO\n300\t302\n302\t0\n");
	layout_file_deinit(&file);
}

/* Chains without an end are shown up to 4 MiB; where the beginning is enough, no more is read. */
static void test_too_big(void **state)
{
	const size_t n = 600000, size = 16 + 8 * n;
	unsigned char *big = calloc(1, size);
	struct layout_file file;
	struct specimen specimen;
	struct sink sink;
	const char *end;

	(void)state;
	layout_text_read("struct n { uint64_t next __relative(struct n); };", "", &file);
	sink_init(&sink);
	assert_non_null(big);
	for (size_t i = 0; i < n; i++)
		memcpy(big + 8 * i, &(uint64_t){8 * i + 8}, 8);
	specimen_make_part(&specimen, big, size, 4096);
	assert_int_equal(
		render_named(layout_file_find(&file, "n"), "next_nodes", &specimen, sink.out), 0);
	end = sink_text(&sink) + sink.latest_size - strlen("\t!EFBIG\n");
	assert_string_equal(end, "\t!EFBIG\n");
	assert_in_range(sink.latest_size, (size_t)2 << 20, (size_t)4 << 20);
	layout_print_fields(layout_file_find(&file, "n"), &specimen.image, sink.out);
	assert_non_null(strstr(sink_text(&sink), "next_nodes\tOFFSET\\tNEXT\\n8\\t16\\n"));
	/* The object becomes shorter while it is looked at. */
	assert_int_equal(ftruncate(specimen.object.fd, 20), 0);
	assert_int_equal(
		render_named(layout_file_find(&file, "n"), "next_nodes", &specimen, sink.out), 0);
	sink_equals(&sink, "OFFSET\tNEXT\n8\t16\n16\t!EBADMSG\n");
	specimen_deinit(&specimen);
	sink_deinit(&sink);
	layout_file_deinit(&file);
	free(big);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),        cmocka_unit_test(test_counted_in_a_size),
		cmocka_unit_test(test_counted_words), cmocka_unit_test(test_tables),
		cmocka_unit_test(test_follow),        cmocka_unit_test(test_circles),
		cmocka_unit_test(test_out_of_bounds), cmocka_unit_test(test_self_relative),
		cmocka_unit_test(test_next),          cmocka_unit_test(test_too_big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
