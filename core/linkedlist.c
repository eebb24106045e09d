/* SPDX-License-Identifier: MIT */
/* Walking a linked list of relative offsets that a stranger may have written. */
#include "core/layouts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

/* What is shown of a list: texts may be holes, so an object that costs nothing has any length. */
#define SHOWN_MAX ((size_t)4 * 1024 * 1024)

/* What a node without text takes in JSON, {"offset":…,"next":…,"text":""}, and some in memory. */
#define JSON_NODE 64

#define NODE_HEAD offsetof(struct pshm_listnode, text)

int linkedlist_node(const struct object *object, uint64_t at, uint64_t *least,
		    struct pshm_listnode *ret)
{
	char last;
	int r;

	/* Half of what an offset can be: no sum below overflows. */
	if (at < *least || at > INT64_MAX / 2)
		return -EBADMSG;
	r = object_read(object, at, ret, NODE_HEAD);
	*least = at + NODE_HEAD;
	if (r == 0 && ret->length > 0) {
		*least += ret->length;
		r = object_read(object, *least - 1, &last, 1);
	}
	return r == -ENODATA ? -EBADMSG : r;
}

/* A node of a walk, with its text. */
struct node {
	uint64_t at;
	const char *text;
	struct pshm_listnode head;
};

static int call_with_text(const struct object *object, struct node *node,
			  int (*fn)(const struct node *node, void *data), void *data)
{
	_cleanup_free_ char *text = malloc((size_t)node->head.length + 1);
	int r = text ? object_read(object, node->at + NODE_HEAD, text, node->head.length) : -ENOMEM;

	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;
	node->text = text;
	return fn(node, data);
}

/* Calls `fn` with each node, up to `max` bytes of nodes; what it returns other than 0 ends it. */
static int walk(const struct image *image, size_t max,
		int (*fn)(const struct node *node, void *data), void *data)
{
	struct pshm_linkedlist list;
	uint64_t least = sizeof(list);
	size_t seen = 0;
	int r = 0;

	memcpy(&list, image->bytes, sizeof(list));
	for (uint64_t at = list.head; at != 0 && r == 0;) {
		struct node node = {.at = at};

		r = linkedlist_node(image->object, at, &least, &node.head);
		if (r < 0)
			return r;
		seen += NODE_HEAD + node.head.length;
		if (seen > max)
			return -EFBIG;
		r = call_with_text(image->object, &node, fn, data);
		at = node.head.next;
	}
	return r;
}

static int print_node(const struct node *node, void *data)
{
	FILE *out = data;

	fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t", node->at, node->head.next);
	text_escape(node->text, node->head.length, out);
	fputc('\n', out);
	return ferror(out) ? 1 : 0;
}

int linkedlist_print(const struct field *field, const struct image *image, FILE *out)
{
	int r;

	(void)field;
	if (image->size < sizeof(struct pshm_linkedlist))
		return -ENODATA;
	fputs("OFFSET\tNEXT\tTEXT\n", out);
	r = walk(image, SHOWN_MAX, print_node, out);
	return r < 0 ? r : 0;
}

/* What add_node() fills. */
struct json_nodes {
	struct json_object *array;
	size_t *left;
};

static int add_node(const struct node *node, void *data)
{
	const struct json_nodes *nodes = data;
	const size_t cost = JSON_NODE + (size_t)node->head.length;
	struct json_object *object;
	int r;

	if (cost > *nodes->left)
		return -EFBIG;
	*nodes->left -= cost;
	object = json_object_new_object();
	r = json_append(nodes->array, object);
	if (r == 0)
		r = json_add(object, "offset", json_object_new_uint64(node->at));
	if (r == 0)
		r = json_add(object, "next", json_object_new_uint64(node->head.next));
	if (r == 0)
		r = json_add(object, "text", json_bytes(node->text, node->head.length));
	return r;
}

int linkedlist_json(const struct field *field, const struct image *image, size_t *left,
		    struct json_object **ret)
{
	struct json_nodes nodes = {.left = left};
	int r;

	(void)field;
	if (image->size < sizeof(struct pshm_linkedlist))
		return -ENODATA;
	nodes.array = json_object_new_array();
	r = nodes.array ? walk(image, *left, add_node, &nodes) : -ENOMEM;
	if (r == 0)
		*ret = nodes.array;
	else
		json_object_put(nodes.array);
	return r;
}
