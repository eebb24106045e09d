/* SPDX-License-Identifier: MIT */
/* Following relative offsets that a stranger may have written. */
#include "core/link.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/record.h"
#include "core/text_stream.h"

/* What is looked at and shown of a chain: objects that cost nothing have any length. */
#define SHOWN_MAX ((size_t)4 * 1024 * 1024)

/* What an object of JSON takes beside what is in it. */
#define JSON_NODE 64

/* On the way from one to the next. */
struct walk {
	const struct object *object;
	uint64_t total; /* how long the object was */
	const struct link *link;
	struct record record;
	void *seen; /* a tsearch(3) tree of offsets */
	size_t left;
};

/* Where the chain has come to. */
struct node {
	uint64_t at;
	struct image image; /* of its bytes, where error is 0 */
	int error;
};

static int64_t number_value(const struct link_number *number, const unsigned char *bytes)
{
	const size_t size = number->type->size;
	const unsigned unused = (unsigned)(64 - 8 * size);
	uint64_t value = 0;

	memcpy(&value, bytes, size);
	value <<= unused;
	return number->type->number == NUMBER_SIGNED ? (int64_t)value >> unused
						     : (int64_t)(value >> unused);
}

/* Where the number with these bytes leads, in a struct at `base`. False: nowhere. */
static bool follow(const struct link_number *number, uint64_t base, const unsigned char *bytes,
		   uint64_t *ret)
{
	const int64_t value = number_value(number, bytes);

	*ret = number->self ? base + number->at + (uint64_t)value : (uint64_t)value;
	return value != 0 && !(number->self && value == 1);
}

static int compare(const void *a, const void *b)
{
	const uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;

	return x < y ? -1 : x > y;
}

/* -ELOOP: the walk has been there. The offset is its own key. */
static int visit(struct walk *walk, uint64_t at)
{
	const void *key = (const void *)(uintptr_t)at;

	if (tfind(key, &walk->seen, compare))
		return -ELOOP;
	return tsearch(key, &walk->seen, compare) ? 0 : -ENOMEM;
}

/* Anew, all by one read: this many bytes. */
static int load_bytes(const struct walk *walk, struct node *node, size_t size)
{
	unsigned char *bytes = malloc(size ? size : 1);
	int r;

	if (!bytes)
		return -ENOMEM;
	r = object_read(walk->object, node->at, bytes, size);
	free(node->image.bytes);
	node->image.bytes = bytes;
	node->image.size = size;
	return r == -ENODATA ? -EBADMSG : r;
}

/* How far the fields reach that are counted. */
static size_t node_end(const struct walk *walk, const struct image *image)
{
	size_t end = image->size, size;

	for (size_t i = 0; i < walk->record.n; i++) {
		const struct leaf *leaf = &walk->record.leaves[i];

		if (leaf->field->length && leaf_size(leaf, image, &size) == 0 &&
		    leaf_offset(leaf) + size > end)
			end = leaf_offset(leaf) + size;
	}
	return end;
}

static int load(struct walk *walk, struct node *node)
{
	const size_t size = walk->link->target->size;
	size_t end;
	int r;

	/* Half of what an offset can be: no sum overflows. */
	if (node->at > INT64_MAX / 2)
		return -EBADMSG;
	if (size > walk->left)
		return -EFBIG;
	r = load_bytes(walk, node, size);
	if (r < 0)
		return r;
	node->image.total = walk->total > node->at + size ? walk->total - node->at : size;
	end = node_end(walk, &node->image);
	if (end > walk->left)
		return -EFBIG;
	walk->left -= end;
	return end > size ? load_bytes(walk, node, end) : 0;
}

/* Tells of this one, and where the next one is. 1: it is the last. */
static int step(struct walk *walk, uint64_t *at,
		int (*fn)(struct walk *walk, const struct node *node, void *data), void *data)
{
	const struct link_number *next = &walk->link->next;
	struct node node = {.at = *at};
	int r;

	node.error = visit(walk, node.at);
	if (node.error == 0)
		node.error = load(walk, &node);
	r = node.error == -ENOMEM ? -ENOMEM : fn(walk, &node, data);
	if (r == 0 &&
	    (node.error || !next->type || !follow(next, node.at, node.image.bytes + next->at, at)))
		r = 1;
	free(node.image.bytes);
	return r;
}

static void forget(void *offset)
{
	(void)offset;
}

/* Where the first one is, by the number in the image, or further on in the object. 1: nowhere. */
static int find_first(const struct link *link, const struct image *image, uint64_t *ret)
{
	const size_t size = link->first.type->size;
	unsigned char bytes[sizeof(uint64_t)];
	int r = 0;

	if (link->first.at + size <= image->size)
		memcpy(bytes, image->bytes + link->first.at, size);
	else
		r = object_read(image->object, link->first.at, bytes, size);
	if (r < 0)
		return r;
	return follow(&link->first, 0, bytes, ret) ? 0 : 1;
}

/* Calls `fn` with each; other than 0 ends it, and an error is returned. */
static int walk_all(struct walk *walk, const struct image *image,
		    int (*fn)(struct walk *walk, const struct node *node, void *data), void *data)
{
	uint64_t at;
	int r = find_first(walk->link, image, &at);

	while (r == 0)
		r = step(walk, &at, fn, data);
	return r < 0 ? r : 0;
}

static int walk_open(const struct field *field, const struct image *image, size_t left,
		     struct walk *ret)
{
	*ret = (struct walk){.object = image->object,
			     .total = image->object->st.stx_size > image->total
					      ? image->object->st.stx_size
					      : image->total,
			     .link = field->link,
			     .left = left};
	return record_open(field->link->target, "OFFSET", &ret->record);
}

static void walk_close(struct walk *walk)
{
	tdestroy(walk->seen, forget);
	record_close(&walk->record);
}

#define _cleanup_walk_ __attribute__((cleanup(walk_close)))

/* Beyond what an offset can be it is more telling with its sign. */
static void print_offset(uint64_t at, FILE *out)
{
	fprintf(out, "%" PRId64, (int64_t)at);
}

/* In memory first, to see how long the line is. */
static int print_node(struct walk *walk, const struct node *node, void *data)
{
	_cleanup_free_ char *text = NULL;
	struct text_stream line;
	FILE *out = data;
	size_t size = 0;
	int r = text_stream_open(&line), closed;

	if (r < 0)
		return r;
	print_offset(node->at, line.out);
	if (node->error)
		fprintf(line.out, "\t!%s", strerrorname_np(-node->error));
	else
		r = record_print(&walk->record, &node->image, line.out);
	fputc('\n', line.out);
	closed = text_stream_close(&line, &text, &size);
	if (r < 0 || closed < 0)
		return -ENOMEM;
	fwrite(text, 1, size, out);
	walk->left -= size < walk->left ? size : walk->left;
	return ferror(out) ? 1 : 0;
}

int link_print(const struct field *field, const struct image *image, FILE *out)
{
	_cleanup_walk_ struct walk walk = {0};
	int r = walk_open(field, image, SHOWN_MAX, &walk);

	if (r < 0)
		return r;
	if (field->link->first.at + field->link->first.type->size > image->total)
		return -ENODATA;
	record_print_heads(&walk.record, out);
	fputc('\n', out);
	return walk_all(&walk, image, print_node, out);
}

static int add_error(struct json_object *object, int error)
{
	return json_add(object, "error", json_object_new_string(strerrorname_np(-error)));
}

static int add_node(struct walk *walk, const struct node *node, void *array)
{
	struct json_object *object = json_object_new_object();
	int r = json_append(array, object);

	if (r == 0)
		r = json_add(object, "offset", json_object_new_int64((int64_t)node->at));
	if (r == 0 && node->error)
		return add_error(object, node->error);
	/* What was read has been taken of what is left; it is shown, and no more than that. */
	if (r == 0 && walk->left < JSON_NODE)
		r = -EFBIG;
	if (r == 0) {
		walk->left -= JSON_NODE;
		r = record_json(&walk->record, &node->image, &walk->left, object);
	}
	return r == -EFBIG ? add_error(object, r) ? -ENOMEM : 1 : r;
}

int link_json(const struct field *field, const struct image *image, size_t *left,
	      struct json_object **ret)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	_cleanup_walk_ struct walk walk = {0};
	int r = array ? walk_open(field, image, *left, &walk) : -ENOMEM;

	if (r == 0)
		r = walk_all(&walk, image, add_node, array);
	if (r < 0)
		return r;
	*left = walk.left;
	*ret = json_object_get(array);
	return 0;
}
