/* SPDX-License-Identifier: MIT */
/* Walking a linked list of relative offsets that a stranger may have written. */
#include "core/layouts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/text.h"

#define NODES_MAX 1000000
#define TEXT_MAX (1024 * 1024)

/* Links must go forward, behind the node itself: so no cycle is possible, and the walk ends. */
static int node_read(const struct image *image, uint64_t at, struct pshm_listnode *ret, FILE *out)
{
	const size_t head = offsetof(struct pshm_listnode, text);
	_cleanup_free_ char *text = NULL;
	uint64_t end;
	int r;

	if (at > image->total || image->total - at < head)
		return -EBADMSG;
	r = object_read(image->object, at, ret, head);
	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;
	end = at + head + ret->length;
	if (end > image->total || (ret->next != 0 && ret->next < end))
		return -EBADMSG;
	if (ret->length > TEXT_MAX)
		return -EFBIG;
	text = malloc(ret->length + 1);
	if (!text)
		return -ENOMEM;
	r = object_read(image->object, at + head, text, ret->length);
	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;
	fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t", at, ret->next);
	text_escape(text, ret->length, out);
	fputc('\n', out);
	return 0;
}

int linkedlist_print(const struct image *image, FILE *out)
{
	struct pshm_linkedlist list;
	uint64_t at;

	if (image->size < sizeof(list))
		return -ENODATA;
	memcpy(&list, image->bytes, sizeof(list));
	at = list.head;
	if (at != 0 && at < sizeof(list))
		return -EBADMSG;
	fputs("OFFSET\tNEXT\tTEXT\n", out);
	for (unsigned n = 0; at != 0; n++) {
		struct pshm_listnode node;
		int r = n < NODES_MAX ? node_read(image, at, &node, out) : -EFBIG;

		if (r < 0)
			return r;
		at = node.next;
	}
	return 0;
}
