/* SPDX-License-Identifier: MIT */
/* The nodes of a linked list, whose links a stranger may have written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/specimen.h"
#include "tests/support.h"

#define SIZE 1024
#define FIRST sizeof(struct pshm_linkedlist)
#define HEAD offsetof(struct pshm_listnode, text)

/* A list as it lies in memory. */
static unsigned char memory[SIZE];

static void begin(uint64_t head)
{
	struct pshm_linkedlist list = {.magic = "PSHMLIST", .head = head, .count = 2};

	memset(memory, 0, sizeof(memory));
	memcpy(memory, &list, sizeof(list));
}

static void put_node(uint64_t at, uint64_t next, uint32_t length, const char *text)
{
	struct pshm_listnode node = {.next = next, .length = length};

	memcpy(memory + at, &node, HEAD);
	memcpy(memory + at + HEAD, text, strlen(text));
}

/* The `nodes` file of the first `size` bytes of it; text NULL: only the error counts. */
static void nodes_are(size_t size, int r, const char *text)
{
	struct specimen specimen;
	struct sink sink;

	sink_init(&sink);
	specimen_make(&specimen, memory, size);
	assert_int_equal(render_named(layouts_find("linkedlist"), "nodes", &specimen, sink.out), r);
	if (text)
		sink_equals(&sink, text);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

static void test_lists(void **state)
{
	(void)state;
	begin(0);
	nodes_are(SIZE, 0, "OFFSET\tNEXT\tTEXT\n");
	nodes_are(FIRST, 0, "OFFSET\tNEXT\tTEXT\n");
	begin(FIRST);
	put_node(FIRST, 200, 5, "hello");
	put_node(200, 300, 0, "");
	put_node(300, 0, 4, "a\tb\n");
	nodes_are(SIZE, 0, "OFFSET\tNEXT\tTEXT\n72\t200\thello\n200\t300\t\n300\t0\ta\\tb\\n\n");
	nodes_are(300 + HEAD + 4, 0, NULL);
	nodes_are(300 + HEAD + 3, -EBADMSG, NULL);
	/* The tail's text may end just where the object does, or the next node begin there. */
	put_node(FIRST, FIRST + HEAD + 5, 5, "hello");
	put_node(FIRST + HEAD + 5, 0, 1, "x");
	nodes_are(SIZE, 0, "OFFSET\tNEXT\tTEXT\n72\t89\thello\n89\t0\tx\n");
}

/* Links that go back, or in circles, end the walk. */
static void test_backwards(void **state)
{
	(void)state;
	begin(200);
	put_node(200, 200, 5, "itself");
	nodes_are(SIZE, -EBADMSG, NULL);
	put_node(200, 300, 1, "a");
	put_node(300, 200, 1, "b");
	nodes_are(SIZE, -EBADMSG, NULL);
	put_node(300, 1, 1, "b");
	nodes_are(SIZE, -EBADMSG, NULL);
	/* Into its own head, into its own text, right behind it. */
	put_node(200, 201, 5, "hello");
	nodes_are(SIZE, -EBADMSG, NULL);
	put_node(200, 200 + HEAD + 4, 5, "hello");
	nodes_are(SIZE, -EBADMSG, NULL);
	begin(200);
	put_node(200, 200 + HEAD + 5, 5, "hello");
	nodes_are(SIZE, 0, NULL);
}

static void test_out_of_bounds(void **state)
{
	static const uint64_t ends[] = {SIZE - HEAD + 1,   SIZE,      SIZE + 1,
					(uint64_t)1 << 40, INT64_MAX, (uint64_t)1 << 63,
					UINT64_MAX - HEAD, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		begin(ends[i]);
		nodes_are(SIZE, -EBADMSG, NULL);
		begin(100);
		put_node(100, ends[i], 1, "x");
		nodes_are(SIZE, -EBADMSG, NULL);
	}
	/* In the header: what lies there is no node. */
	for (uint64_t at = 1; at < FIRST; at++) {
		begin(at);
		nodes_are(SIZE, -EBADMSG, NULL);
	}
	/* A node of no text at the very end is one. */
	begin(SIZE - HEAD);
	nodes_are(SIZE, 0, NULL);
}

static void test_lengths(void **state)
{
	static const uint32_t lengths[] = {SIZE - 100 - HEAD + 1, SIZE, INT32_MAX, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		begin(100);
		put_node(100, 0, lengths[i], "x");
		nodes_are(SIZE, -EBADMSG, NULL);
	}
	begin(100);
	put_node(100, 0, SIZE - 100 - HEAD, "x");
	nodes_are(SIZE, 0, NULL);
	for (size_t size = 0; size < FIRST; size++)
		nodes_are(size, -ENODATA, "");
}

/* Huge lists are refused, not loaded: more than 4 MiB, of nodes or of one text. Such an object may
 * be a hole that costs nothing. In `fields` the beginning of any is shown, and no more is read. */
static void test_too_big(void **state)
{
	const size_t n = 1000001, size = FIRST + n * HEAD;
	unsigned char *big = calloc(1, size);
	struct pshm_linkedlist list = {.magic = "PSHMLIST", .head = FIRST};
	struct specimen specimen;
	struct sink sink;

	(void)state;
	assert_non_null(big);
	sink_init(&sink);
	memcpy(big, &list, sizeof(list));
	for (size_t i = 0; i < n; i++) {
		struct pshm_listnode node = {.next = FIRST + (i + 1) * HEAD};

		memcpy(big + FIRST + i * HEAD, &node, HEAD);
	}
	specimen_make_part(&specimen, big, size, 4096);
	assert_int_equal(linkedlist_print(NULL, &specimen.image, sink.out), -EFBIG);
	sink_text(&sink);
	layout_print_fields(layouts_find("linkedlist"), &specimen.image, sink.out);
	assert_non_null(strstr(sink_text(&sink), "\nnodes\tOFFSET\\tNEXT\\tTEXT\\n72"));
	specimen_deinit(&specimen);
	/* The same bytes as one node with one long text. */
	((struct pshm_listnode *)(void *)(big + FIRST))->next = 0;
	((struct pshm_listnode *)(void *)(big + FIRST))->length = 4 * 1024 * 1024;
	specimen_make_part(&specimen, big, size, 4096);
	assert_int_equal(linkedlist_print(NULL, &specimen.image, sink.out), -EFBIG);
	specimen_deinit(&specimen);
	free(big);
	sink_deinit(&sink);
}

/* The object has become shorter since its header was read. */
static void test_shrunk(void **state)
{
	struct specimen specimen;
	struct sink sink;

	(void)state;
	begin(500);
	put_node(500, 0, 5, "hello");
	sink_init(&sink);
	specimen_make(&specimen, memory, SIZE);
	assert_int_equal(ftruncate(specimen.object.fd, 500 + HEAD + 1), 0);
	assert_int_equal(linkedlist_print(NULL, &specimen.image, sink.out), -EBADMSG);
	assert_int_equal(ftruncate(specimen.object.fd, 505), 0);
	assert_int_equal(linkedlist_print(NULL, &specimen.image, sink.out), -EBADMSG);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

/* The header's fields are shown as they are, whatever the links lead to. */
static void test_header(void **state)
{
	struct specimen specimen;
	struct sink sink;

	(void)state;
	begin(1);
	sink_init(&sink);
	specimen_make(&specimen, memory, SIZE);
	assert_int_equal(layout_print_fields(layouts_find("linkedlist"), &specimen.image, sink.out),
			 0);
	sink_equals(&sink, "magic\tPSHMLIST\nsem_value\t0\nsem_nwaiters\t0\nsem_pshared\t0\n"
			   "head\t1\ntail\t0\nused\t0\ncount\t2\nnodes\t!EBADMSG\n");
	specimen_deinit(&specimen);
	begin(0);
	specimen_make(&specimen, memory, SIZE);
	assert_int_equal(layout_print_fields(layouts_find("linkedlist"), &specimen.image, sink.out),
			 0);
	assert_non_null(strstr(sink_text(&sink), "\nnodes\tOFFSET\\tNEXT\\tTEXT\n"));
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),         cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_out_of_bounds), cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_too_big),       cmocka_unit_test(test_shrunk),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
