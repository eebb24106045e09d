/* SPDX-License-Identifier: MIT */
/* The few values of a layout that are shown where there is room for no more, as text and JSON. */
#include <errno.h>
#include <string.h>

#include "core/layout_json.h"
#include "tests/specimen.h"
#include "tests/support.h"

/* Fail the test unless this is the summary of the bytes, as text and as JSON. */
static void summary_is(const struct layout *layout, const void *bytes, size_t size,
		       const char *text, const char *json)
{
	_cleanup_json_ struct json_object *value = NULL;
	struct specimen specimen;
	struct sink sink;

	sink_init(&sink);
	specimen_make(&specimen, bytes, size);
	assert_int_equal(layout_print_summary(layout, &specimen.image, sink.out), 0);
	sink_equals(&sink, text);
	assert_int_equal(layout_json_summary(layout, &specimen.image, &value), 0);
	assert_int_equal(json_write(value, sink.out), 0);
	sink_equals(&sink, pathf("%s\n", json));
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

static void test_built_in(void **state)
{
	struct pshm_linkedlist list = {.magic = PSHM_LINKEDLIST_MAGIC, .count = 7};
	struct pshm_seqnum seqnum = {.seqnum = -115};
	union {
		struct pshm_xfr xfr;
		char bytes[sizeof(struct pshm_xfr) + 8]; /* with room for buf */
	} block = {.xfr = {.cnt = 5}};
	struct pshm_sem sem;

	(void)state;
	sem_init(&sem.sem, 1, 3);
	sem_init(&seqnum.sem, 1, 0);
	sem_init(&block.xfr.wsem, 1, 0);
	sem_init(&block.xfr.rsem, 1, 1);
	sem_init(&list.sem, 1, 1);
	summary_is(layouts_find("sem"), &sem, sizeof(sem), "3", "3");
	summary_is(layouts_find("seqnum"), &seqnum, sizeof(seqnum), "-115", "-115");
	summary_is(layouts_find("xfr"), &block, sizeof(block), "cnt=5,turn=reader",
		   "{\"cnt\":5,\"turn\":\"reader\"}");
	summary_is(layouts_find("linkedlist"), &list, sizeof(list), "7", "7");
}

static void test_errors(void **state)
{
	unsigned char bytes[68];

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	summary_is(layouts_find("sem"), bytes, 32, "!EBADMSG", "\"!EBADMSG\"");
	summary_is(layouts_find("seqnum"), bytes, 35, "!ENODATA", "\"!ENODATA\"");
	summary_is(layouts_find("seqnum"), bytes, 0, "!ENODATA", "\"!ENODATA\"");
	summary_is(layouts_find("xfr"), bytes, sizeof(bytes), "cnt=-1,turn=!EBADMSG",
		   "{\"cnt\":-1,\"turn\":\"!EBADMSG\"}");
}

/* Where no row says so, the first value is taken; all is one word, whatever the bytes are. */
static void test_unmarked(void **state)
{
	struct pair {
		char text[100];
		int number;
	} pair = {.text = "a\tb\\c\033[2J", .number = 5};
	static const struct field fields[] = {
		{.name = "text", .type = &type_text, .size = 100},
		FIELD(struct pair, number, "the number"),
	};
	static const struct layout layout = {
		.name = "pair", .size = sizeof(struct pair), .fields = fields, .n_fields = 2};

	(void)state;
	summary_is(&layout, &pair, sizeof(pair), "a\\tb\\\\c\\x1b[2J", "\"a\\tb\\\\c\\u001b[2J\"");
	memset(pair.text, 'x', sizeof(pair.text));
	summary_is(&layout, &pair, sizeof(pair), pathf("%.60s…", pair.text),
		   pathf("\"%.100s\"", pair.text));
}

/* A row of each layout is marked, in all of its ABIs. */
static void test_all_marked(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		size_t marked = 0;

		for (size_t f = 0; f < layouts[i].n_fields; f++)
			marked += layouts[i].fields[f].summary;
		assert_true(marked > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_unmarked),
		cmocka_unit_test(test_all_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
