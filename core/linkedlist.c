/* SPDX-License-Identifier: MIT */
/* Walking a linked list of relative offsets that a stranger may have written. */
#include "core/layouts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/text.h"

/* What is shown of a list: texts may be holes, so an object that costs nothing has any length. */
#define SHOWN_MAX (4 * 1024 * 1024)

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

static int print_text(const struct object *object, uint64_t at, size_t length, FILE *out)
{
	_cleanup_free_ char *text = malloc(length + 1);
	int r = text ? object_read(object, at, text, length) : -ENOMEM;

	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;
	text_escape(text, length, out);
	return 0;
}

int linkedlist_print(const struct image *image, FILE *out)
{
	struct pshm_linkedlist list;
	uint64_t at, least = sizeof(list);
	size_t shown = 0;

	if (image->size < sizeof(list))
		return -ENODATA;
	memcpy(&list, image->bytes, sizeof(list));
	fputs("OFFSET\tNEXT\tTEXT\n", out);
	for (at = list.head; at != 0 && !ferror(out);) {
		struct pshm_listnode node;
		int r = linkedlist_node(image->object, at, &least, &node);

		if (r < 0)
			return r;
		shown += NODE_HEAD + node.length;
		if (shown > SHOWN_MAX)
			return -EFBIG;
		fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t", at, node.next);
		r = print_text(image->object, at + NODE_HEAD, node.length, out);
		if (r < 0)
			return r;
		fputc('\n', out);
		at = node.next;
	}
	return 0;
}
