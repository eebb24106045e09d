/* SPDX-License-Identifier: MIT */
/* The names of a folder, by inode. */
#include "core/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/object.h"
#include "core/text_stream.h"

struct name {
	uint64_t ino;
	size_t at; /* in the text */
};

struct names {
	struct name *names;
	size_t count;
	char *text; /* each with its NUL */
	size_t text_size;
	FILE *out;
};

static int note(const struct dirent *entry, void *data)
{
	struct names *names = data;

	int r = array_grow(&names->names, names->count, sizeof(*names->names));

	if (r < 0)
		return r;
	names->names[names->count++] = (struct name){entry->d_ino, names->text_size};
	names->text_size += strlen(entry->d_name) + 1;
	fwrite(entry->d_name, 1, strlen(entry->d_name) + 1, names->out);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	return (a->ino > b->ino) - (a->ino < b->ino);
}

int names_load(int dirfd, struct names **ret)
{
	struct names *names = calloc(1, sizeof(*names));
	size_t size;
	int r;

	if (!names)
		return -ENOMEM;
	names->out = text_open(&names->text, &size);
	r = names->out ? object_list(dirfd, note, names) : -ENOMEM;
	if (names->out && fclose(names->out) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0) {
		names_free(names);
		return r;
	}
	if (names->count)
		qsort(names->names, names->count, sizeof(*names->names), compare);
	*ret = names;
	return 0;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	free(names->names);
	free(names->text);
	free(names);
}

const char *names_find(const struct names *names, uint64_t ino)
{
	const struct name key = {.ino = ino}, *found;

	if (names->count == 0)
		return NULL;
	found = bsearch(&key, names->names, names->count, sizeof(key), compare);
	return found ? names->text + found->at : NULL;
}
