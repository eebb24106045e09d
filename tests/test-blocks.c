/* SPDX-License-Identifier: MIT */
/* What is shown of the blocks of a transfer, which a stranger may have written. */
#include <errno.h>
#include <string.h>

#include "tests/specimen.h"
#include "tests/support.h"

enum { COUNT = 4, SIZE = 4096 };

static unsigned char memory[SIZE];

static struct pshm_blocks *begin(uint32_t count)
{
	struct pshm_blocks *object = (struct pshm_blocks *)memory;

	memset(memory, 0, sizeof(memory));
	*object = (struct pshm_blocks){.count = count, .size = 100, .data = 2048};
	memcpy(object->magic, PSHM_BLOCKS_MAGIC, 8);
	return object;
}

/* The file `blocks` of the first `size` bytes of it; text NULL: only the error counts. */
static void blocks_are(size_t size, int r, const char *text)
{
	struct specimen specimen;
	struct sink sink;

	sink_init(&sink);
	specimen_make(&specimen, memory, size);
	assert_int_equal(render_named(layouts_find("blocks"), "blocks", &specimen, sink.out), r);
	if (text)
		sink_equals(&sink, text);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

static void test_table(void **state)
{
	struct pshm_blocks *object = begin(COUNT);

	(void)state;
	bytes_are("x", memory, SIZE, "blocks (any)", NULL);
	object->blocks[1] = (struct pshm_block){BLOCK_FILLING, 0};
	object->blocks[2] = (struct pshm_block){BLOCK_FILLED, 100};
	object->blocks[3] = (struct pshm_block){BLOCK_EMPTYING, 7};
	blocks_are(SIZE, 0,
		   "BLOCK\tSTATE\tBYTES\tHAS\n0\tempty\t0\twriter\n1\tfilling\t0\twriter\n"
		   "2\tfilled\t100\treader\n3\temptying\t7\treader\n");
	begin(0);
	blocks_are(SIZE, 0, "BLOCK\tSTATE\tBYTES\tHAS\n");
}

static void test_hostile(void **state)
{
	struct pshm_blocks *object = begin(COUNT);

	(void)state;
	blocks_are(sizeof(*object) + COUNT * sizeof(struct pshm_block), 0, NULL);
	blocks_are(sizeof(*object) + COUNT * sizeof(struct pshm_block) - 1, -ENODATA, NULL);
	blocks_are(sizeof(*object) - 1, -ENODATA, NULL);
	object->blocks[3].state = 4;
	blocks_are(SIZE, -EBADMSG, NULL);
	object->blocks[3] = (struct pshm_block){BLOCK_FILLED, 101};
	blocks_are(SIZE, -EBADMSG, NULL);
	begin(PSHM_BLOCKS_MAX + 1);
	blocks_are(SIZE, -EBADMSG, NULL);
	begin(UINT32_MAX);
	blocks_are(SIZE, -EBADMSG, NULL);
	begin(PSHM_BLOCKS_MAX);
	blocks_are(SIZE, -ENODATA, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
