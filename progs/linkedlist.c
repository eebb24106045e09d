/* SPDX-License-Identifier: MIT */
/* Appending nodes to a linked list, and walking over them. */
#include "progs/linkedlist.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "progs/shared_object.h"

#define NODE_HEAD offsetof(struct pshm_listnode, text)

static bool aligned_within(uint64_t offset, uint64_t min, uint64_t max)
{
	return offset % 8 == 0 && offset >= min && offset <= max;
}

/* Can what the head of the list says be? It may have been written by anybody. */
static bool plausible(const struct pshm_linkedlist *list, uint64_t total)
{
	if (list->count < 0 || list->count == INT_MAX)
		return false;
	if (!aligned_within(list->used, sizeof(*list), total))
		return false;
	if (list->head == 0 && list->tail == 0)
		return true;
	return aligned_within(list->head, sizeof(*list), list->tail) &&
	       aligned_within(list->tail, list->head, list->used - NODE_HEAD);
}

/* Memory for the bytes up to `end`: a write into the object then cannot fail halfway. */
static int reserve(int fd, uint64_t start, uint64_t end)
{
	int error;

	do
		error = posix_fallocate(fd, (off_t)start, (off_t)(end - start));
	while (error == EINTR);
	return -error;
}

/* The node first, then the links to it: who reads meanwhile finds whole nodes only. */
int linkedlist_append(int fd, struct pshm_linkedlist *list, const char *text)
{
	const struct pshm_linkedlist now = *list; /* looked at once */
	const size_t length = strlen(text);
	const struct pshm_listnode node = {.length = (uint32_t)length};
	const uint64_t at = now.used, end = (at + NODE_HEAD + length + 7) / 8 * 8;
	struct stat st;
	int r;

	if (length > UINT32_MAX)
		return -EFBIG;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!plausible(&now, (uint64_t)st.st_size))
		return -EBADMSG;
	r = reserve(fd, at, end);
	if (r == 0)
		r = shared_object_write(fd, &node, NODE_HEAD, at);
	if (r == 0)
		r = shared_object_write(fd, text, length, at + NODE_HEAD);
	if (r < 0)
		return r;
	list->used = end;
	if (now.tail != 0)
		r = shared_object_write(fd, &at, sizeof(at),
					now.tail + offsetof(struct pshm_listnode, next));
	else
		list->head = at;
	if (r < 0)
		return r;
	list->tail = at;
	list->count = now.count + 1;
	return 0;
}

/* One text, in pieces: linkedlist_node() has looked whether it is there. */
static int write_text(const struct object *object, uint64_t at, uint32_t length, FILE *out)
{
	char piece[4096];
	int r = 0;

	for (uint32_t done = 0; r == 0 && done < length;) {
		size_t n = length - done < sizeof(piece) ? length - done : sizeof(piece);

		r = object_read(object, at + done, piece, n);
		if (r == 0)
			fwrite(piece, 1, n, out);
		done += (uint32_t)n;
	}
	if (r == 0)
		fputc('\n', out);
	return r;
}

int linkedlist_write(const struct object *object, const struct pshm_linkedlist *list, FILE *out)
{
	uint64_t least = sizeof(*list);

	/* One that nobody can write to ends the walk: nobody gets the rest. */
	for (uint64_t at = list->head; at != 0 && !ferror(out);) {
		struct pshm_listnode node;
		int r = linkedlist_node(object, at, &least, &node);

		if (r == 0)
			r = write_text(object, at + NODE_HEAD, node.length, out);
		if (r < 0)
			return r == -ENODATA ? -EBADMSG : r;
		at = node.next;
	}
	return 0;
}
