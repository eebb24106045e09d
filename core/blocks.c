/* SPDX-License-Identifier: MIT */
/* What the blocks of a transfer are about, as anybody may have written it. */
#include "core/layouts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/json.h"

/* What a row takes in JSON, and some in memory. */
#define JSON_ROW 80

static const struct {
	const char *word, *side;
} states[] = {
	[BLOCK_EMPTY] = {"empty", "writer"},
	[BLOCK_FILLING] = {"filling", "writer"},
	[BLOCK_FILLED] = {"filled", "reader"},
	[BLOCK_EMPTYING] = {"emptying", "reader"},
};

/* All rows at one moment; the caller frees them. */
static int load(const struct image *image, struct pshm_block **ret, uint32_t *ret_count)
{
	_cleanup_free_ struct pshm_block *rows = NULL;
	struct pshm_blocks head;
	int r;

	if (image->size < sizeof(head))
		return -ENODATA;
	memcpy(&head, image->bytes, sizeof(head));
	if (head.count > PSHM_BLOCKS_MAX)
		return -EBADMSG;
	rows = calloc((size_t)head.count + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	r = object_read(image->object, sizeof(head), rows, head.count * sizeof(*rows));
	for (uint32_t i = 0; r == 0 && i < head.count; i++)
		if (rows[i].state > BLOCK_EMPTYING || rows[i].bytes > head.size)
			r = -EBADMSG;
	if (r < 0)
		return r;
	*ret_count = head.count;
	*ret = rows;
	rows = NULL;
	return 0;
}

int blocks_print(const struct field *field, const struct image *image, FILE *out)
{
	_cleanup_free_ struct pshm_block *rows = NULL;
	uint32_t count = 0;
	int r = load(image, &rows, &count);

	(void)field;
	if (r < 0)
		return r;
	fputs("BLOCK\tSTATE\tBYTES\tHAS\n", out);
	for (uint32_t i = 0; i < count; i++)
		fprintf(out, "%" PRIu32 "\t%s\t%" PRIu32 "\t%s\n", i, states[rows[i].state].word,
			rows[i].bytes, states[rows[i].state].side);
	return 0;
}

static int add_row(struct json_object *array, uint32_t number, const struct pshm_block *block)
{
	struct json_object *object = json_object_new_object();
	int r = json_append(array, object);

	if (r == 0)
		r = json_add(object, "block", json_object_new_uint64(number));
	if (r == 0)
		r = json_add(object, "state", json_object_new_string(states[block->state].word));
	if (r == 0)
		r = json_add(object, "bytes", json_object_new_uint64(block->bytes));
	if (r == 0)
		r = json_add(object, "has", json_object_new_string(states[block->state].side));
	return r;
}

int blocks_json(const struct field *field, const struct image *image, size_t *left,
		struct json_object **ret)
{
	_cleanup_free_ struct pshm_block *rows = NULL;
	_cleanup_json_ struct json_object *array = json_object_new_array();
	uint32_t count = 0;
	int r = array ? load(image, &rows, &count) : -ENOMEM;

	(void)field;
	for (uint32_t i = 0; r == 0 && i < count; i++) {
		if (*left < JSON_ROW)
			return -EFBIG;
		*left -= JSON_ROW;
		r = add_row(array, i, &rows[i]);
	}
	if (r == 0)
		*ret = json_object_get(array);
	return r;
}
