/* SPDX-License-Identifier: MIT */
/* Which names are listed. */
#include "progs/ls_names.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/object.h"
#include "progs/cli.h"

static int add(struct ls_names *names, const char *name)
{
	if (names->n == names->room) {
		const size_t room = names->room ? 2 * names->room : 64;
		char **more = reallocarray(names->items, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		names->items = more;
		names->room = room;
	}
	names->items[names->n] = strdup(name);
	return names->items[names->n] ? (int)(names->n++, 0) : -ENOMEM;
}

static int add_entry(const struct dirent *entry, void *data)
{
	return add(data, entry->d_name);
}

int ls_names_all(int dirfd, struct ls_names *names)
{
	return object_list(dirfd, add_entry, names);
}

static int look(int dirfd, const char *name)
{
	struct statx st;
	int r = object_stat(dirfd, name, &st);

	if (r == -EXDEV || (r == 0 && !S_ISREG(st.stx_mode)))
		return -EINVAL;
	return r;
}

int ls_names_add(int dirfd, const char *argument, struct ls_names *names)
{
	const char *name = cli_object_name(argument);
	char semaphore[sizeof("sem.") + NAME_MAX];
	int r = look(dirfd, name);

	if (r == -ENOENT) {
		snprintf(semaphore, sizeof(semaphore), "sem.%s", name);
		if (look(dirfd, semaphore) == 0)
			return add(names, semaphore);
	}
	return r == 0 ? add(names, name) : r;
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* In every locale the same, as ls sorts with LC_ALL=C. */
void ls_names_sort(struct ls_names *names)
{
	if (names->n > 0)
		qsort(names->items, names->n, sizeof(*names->items), compare);
}

void ls_names_deinit(struct ls_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct ls_names){0};
}
