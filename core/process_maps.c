/* SPDX-License-Identifier: MIT */
/* The mappings of a process, by (device, inode), never by path. */
#include "core/process_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/object.h"
#include "core/process_file.h"

/* linux/fs.h since 6.11; declared here, for Debian 12 builds with headers of 6.1. */
struct map_query {
	__u64 size;
	__u64 query_flags;
	__u64 query_addr;
	__u64 vma_start;
	__u64 vma_end;
	__u64 vma_flags;
	__u64 vma_page_size;
	__u64 vma_offset;
	__u64 inode;
	__u32 dev_major;
	__u32 dev_minor;
	__u32 vma_name_size; /* 0: no path is formatted */
	__u32 build_id_size;
	__u64 vma_name_addr;
	__u64 build_id_addr;
};

#define MAP_QUERY _IOWR('f', 17, struct map_query)

enum {
	MAP_QUERY_READABLE = 0x01,
	MAP_QUERY_WRITABLE = 0x02,
	MAP_QUERY_EXECUTABLE = 0x04,
	MAP_QUERY_SHARED = 0x08,
	MAP_QUERY_COVERING_OR_NEXT = 0x10,
	MAP_QUERY_FILE_BACKED = 0x20,
};

static int query(int fd, uint64_t address, uint64_t flags, struct mapping *ret)
{
	struct map_query q = {.size = sizeof(q), .query_flags = flags, .query_addr = address};

	if (ioctl(fd, MAP_QUERY, &q) < 0)
		return -errno;
	*ret = (struct mapping){
		.start = q.vma_start,
		.end = q.vma_end,
		.offset = q.vma_offset,
		.dev = object_device(q.dev_major, q.dev_minor),
		.ino = q.inode,
		.readable = q.vma_flags & MAP_QUERY_READABLE,
		.writable = q.vma_flags & MAP_QUERY_WRITABLE,
		.executable = q.vma_flags & MAP_QUERY_EXECUTABLE,
		.shared = q.vma_flags & MAP_QUERY_SHARED,
	};
	return 0;
}

/* A number that is followed by `end`; *at is then behind that. */
static bool take_number(const char **at, int base, char end, uint64_t *ret)
{
	char *rest;

	*ret = strtoull(*at, &rest, base);
	if (rest == *at || *rest != end)
		return false;
	*at = rest + 1;
	return true;
}

/* "start-end rwxp offset major:minor inode  path": all but inode and path in hexadecimal. */
bool mapping_parse(const char *line, struct mapping *ret)
{
	uint64_t major, minor;
	char *rest;

	if (!take_number(&line, 16, '-', &ret->start) || !take_number(&line, 16, ' ', &ret->end))
		return false;
	if (strnlen(line, 5) < 5 || line[4] != ' ')
		return false;
	ret->readable = line[0] == 'r';
	ret->writable = line[1] == 'w';
	ret->executable = line[2] == 'x';
	ret->shared = line[3] == 's';
	line += 5;
	if (!take_number(&line, 16, ' ', &ret->offset) || !take_number(&line, 16, ':', &major) ||
	    !take_number(&line, 16, ' ', &minor))
		return false;
	ret->dev = object_device(major, minor);
	ret->ino = strtoull(line, &rest, 10);
	return rest != line && (*rest == '\0' || *rest == ' ');
}

/* Takes the whole lines out of the text; returns how many bytes of it are left over. */
static int take_lines(struct maps *maps, char *text, size_t *size)
{
	char *line = text, *end;

	text[*size] = '\0';
	while ((end = memchr(line, '\n', *size - (size_t)(line - text)))) {
		int r = array_grow(&maps->items, maps->n, sizeof(*maps->items));

		if (r < 0)
			return r;
		*end = '\0';
		if (!mapping_parse(line, &maps->items[maps->n]))
			return -EBADMSG;
		maps->n++;
		line = end + 1;
	}
	*size -= (size_t)(line - text);
	memmove(text, line, *size);
	return 0;
}

/* Each line is one mapping; the longest has a path of 4 * PATH_MAX (all newlines). */
static int read_text(struct maps *maps)
{
	char text[32768];
	size_t size = 0;
	ssize_t n;

	maps->text = true;
	while ((n = read(maps->fd, text + size, sizeof(text) - 1 - size)) > 0) {
		int r;

		size += (size_t)n;
		r = take_lines(maps, text, &size);
		if (r < 0)
			return r;
	}
	if (n < 0)
		return -errno;
	return size ? -EBADMSG : maps->n ? 0 : -ESRCH;
}

int maps_open(int dirfd, bool text, struct maps *ret)
{
	struct mapping any;
	int r = -ENOTTY;

	maps_close(ret);
	ret->fd = process_open(dirfd, "maps", O_RDONLY | O_CLOEXEC);
	if (ret->fd < 0)
		return -errno;
	if (!text)
		r = query(ret->fd, 0, MAP_QUERY_COVERING_OR_NEXT, &any);
	if (r == -ENOTTY)
		r = read_text(ret);
	return r == -ENOENT ? -ESRCH : r;
}

void maps_close(struct maps *maps)
{
	if (maps->fd >= 0)
		close(maps->fd);
	free(maps->items);
	*maps = MAPS_NONE;
}

/* The first item that ends above the address. */
static size_t search(const struct maps *maps, uint64_t address)
{
	size_t low = 0, high = maps->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (maps->items[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int maps_next(const struct maps *maps, uint64_t address, struct mapping *ret)
{
	size_t i;

	if (!maps->text)
		return query(maps->fd, address, MAP_QUERY_COVERING_OR_NEXT | MAP_QUERY_FILE_BACKED,
			     ret);
	for (i = search(maps, address); i < maps->n && !maps->items[i].ino;)
		i++;
	if (i == maps->n)
		return -ENOENT;
	*ret = maps->items[i];
	return 0;
}

int maps_find(const struct maps *maps, uint64_t address, struct mapping *ret)
{
	size_t i;

	if (!maps->text)
		return query(maps->fd, address, 0, ret);
	i = search(maps, address);
	if (i == maps->n || maps->items[i].start > address)
		return -ENOENT;
	*ret = maps->items[i];
	return 0;
}
