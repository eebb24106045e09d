/* SPDX-License-Identifier: MIT */
/* Members that count others, and relative offsets that are followed: the file says it, bytes lie.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/layout_text.h"
#include "tests/specimen.h"
#include "tests/support.h"

#define SIZE LAYOUT_MEMORY_SIZE

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
	layout_put(at, next, 8);
	layout_put(at + 8, strlen(text), 4);
	memcpy(layout_memory + at + 12, text, strlen(text));
}

static void test_follow(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read(list_text, "", &file);
	memset(layout_memory, 0, sizeof(layout_memory));
	layout_renders(&file, "list", "head", SIZE, 0, "0\n");
	layout_renders(&file, "list", "head_nodes", SIZE, 0, "OFFSET\tNEXT\tLENGTH\tTEXT\n");
	layout_renders(&file, "list", "head_nodes", 15, -ENODATA, "");
	/* Backwards and forwards: only the object says where the next one is. */
	layout_put(8, 300, 8);
	put_node(300, 100, "hello");
	put_node(100, 500, "");
	put_node(500, 0, "a\tb\n");
	layout_renders(&file, "list", "head_nodes", SIZE, 0,
		       "OFFSET\tNEXT\tLENGTH\tTEXT\n300\t100\t5\thello\n100\t500\t0\t\n"
		       "500\t0\t4\ta\\tb\\n\n");
	layout_renders(&file, "list", "head_nodes", 516, 0, NULL);
	layout_renders(&file, "list", "head_nodes", 515, 0,
		       "OFFSET\tNEXT\tLENGTH\tTEXT\n300\t100\t5\thello\n100\t500\t0\t\n"
		       "500\t0\t4\t!EBADMSG\n");
	layout_renders(
		&file, "list", "head_nodes", 511, 0,
		"OFFSET\tNEXT\tLENGTH\tTEXT\n300\t100\t5\thello\n100\t500\t0\t\n500\t!EBADMSG\n");
	layout_json_is(&file, "list",
		       "{\"magic\":\"\",\"head\":300,\"head_nodes\":["
		       "{\"offset\":300,\"next\":100,\"length\":5,\"text\":\"hello\"},"
		       "{\"offset\":100,\"next\":500,\"length\":0,\"text\":\"\"},"
		       "{\"offset\":500,\"next\":0,\"length\":4,\"text\":\"a\\tb\\n\"}]}");
	/* A node is itself an object that may be looked at. */
	layout_put(0, 300, 8);
	layout_renders(&file, "node", "next_nodes", SIZE, 0, NULL);
	layout_file_deinit(&file);
}

/* Circles end, and each node in them is shown once. */
static void test_circles(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read(list_text, "", &file);
	memset(layout_memory, 0, sizeof(layout_memory));
	layout_put(8, 100, 8);
	put_node(100, 100, "x");
	layout_renders(&file, "list", "head_nodes", SIZE, 0,
		       "OFFSET\tNEXT\tLENGTH\tTEXT\n100\t100\t1\tx\n100\t!ELOOP\n");
	put_node(100, 200, "a");
	put_node(200, 300, "b");
	put_node(300, 200, "c");
	layout_renders(
		&file, "list", "head_nodes", SIZE, 0,
		"OFFSET\tNEXT\tLENGTH\tTEXT\n100\t200\t1\ta\n200\t300\t1\tb\n300\t200\t1\tc\n"
		"200\t!ELOOP\n");
	layout_json_is(&file, "list",
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
		memset(layout_memory, 0, sizeof(layout_memory));
		layout_put(8, 100, 8);
		put_node(100, ends[i], "");
		layout_renders(&file, "list", "head_nodes", SIZE, 0,
			       pathf("OFFSET\tNEXT\tLENGTH\tTEXT\n100\t%ju\t0\t\n%jd\t!EBADMSG\n",
				     (uintmax_t)ends[i], (intmax_t)ends[i]));
		/* A count beyond the object, too, spoils just the cell. */
		put_node(100, 0, "");
		layout_put(108, ends[i] | 0x80000000, 4);
		layout_renders(&file, "list", "head_nodes", SIZE, 0,
			       pathf("OFFSET\tNEXT\tLENGTH\tTEXT\n100\t0\t%u\t!EBADMSG\n",
				     (uint32_t)ends[i] | 0x80000000));
	}
	/* A node at the very end is one, and so is one at the beginning of the list itself. */
	layout_put(8, SIZE - 12, 8);
	put_node(SIZE - 12, 1, "");
	layout_renders(&file, "list", "head_nodes", SIZE, 0, NULL);
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
		memset(layout_memory, 0, sizeof(layout_memory));
		layout_renders(&file, "l", "first_nodes", SIZE, 0, table);
		layout_put(8, 1, rows[i].size); /* Boost's null */
		layout_renders(&file, "l", "first_nodes", SIZE, 0, table);
		layout_put(8, 64 - 8, rows[i].size);
		layout_put(64, 4, 8);
		layout_put(72, 100 - 72, rows[i].size);
		layout_put(100, 5, 8);
		layout_renders(&file, "l", "first_nodes", SIZE, 0,
			       pathf("%s64\t4\t28\n100\t5\t0\n", table));
		/* Back to the very beginning of the object, and before it. */
		layout_put(108, (uint64_t)-108, rows[i].size);
		next = rows[i].is_signed ? "-108" : rows[i].size == 1 ? "148" : "4294967188";
		if (strcmp(rows[i].type, "uint64_t") == 0)
			next = "18446744073709551508";
		layout_renders(&file, "l", "first_nodes", SIZE, 0,
			       rows[i].is_signed
				       ? pathf("%s64\t4\t28\n100\t5\t%s\n0\t0\t56\n64\t!ELOOP\n",
					       table, next)
				       : NULL);
		if (rows[i].is_signed) {
			layout_put(108, (uint64_t)-109, rows[i].size);
			layout_renders(&file, "l", "first_nodes", SIZE, 0, NULL);
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
	memset(layout_memory, 0, sizeof(layout_memory));
	layout_put(0, 100, 8);
	layout_put(8, 100, 8);
	layout_put(16, 200, 8);
	layout_put(24, 300, 8);
	layout_put(100, 1, 4);
	layout_put(104, 112, 4);
	layout_put(108, 112, 4);
	layout_put(202, 204, 2);
	layout_put(300, 302, 2);
	layout_renders(&file, "top", "trees[1].root_nodes", SIZE, 0,
		       "OFFSET\tV\tLEFT\tRIGHT\n100\t1\t112\t112\n");
	layout_renders(&file, "top", "first_nodes", SIZE, 0,
		       "OFFSET\tLINK.C\tLINK.NEXT\n200\t\\x00\t204\n204\t\\x00\t0\n");
	layout_renders(&file, "top", "t_nodes", SIZE, 0, "OFFSET\tTO\n300\t302\n302\t0\n");
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
		cmocka_unit_test(test_follow),        cmocka_unit_test(test_circles),
		cmocka_unit_test(test_out_of_bounds), cmocka_unit_test(test_self_relative),
		cmocka_unit_test(test_next),          cmocka_unit_test(test_too_big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
