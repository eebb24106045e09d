/* SPDX-License-Identifier: MIT */
/* Finding a layout by its name. */
#include "core/layout_name.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/dwarf.h"
#include "core/layout_made.h"
#include "core/layouts.h"
#include "core/text.h"

bool layout_name_is_program(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon && colon > name && colon[1];
}

/* `name` is taken apart. */
static int load(char *name, int dirfd, const struct layout **ret)
{
	char *structure = strchr(name, ':'), path[PATH_MAX];
	_cleanup_close_ int fd = -1;
	int r;

	*structure++ = '\0';
	r = dwarf_open_at(dirfd, name, &fd);
	return r < 0 ? r : dwarf_layout(fd, dwarf_folder(fd, path), structure, ret);
}

int layout_named(const char *name, int dirfd, const struct layout **ret)
{
	const struct layout *made = NULL;
	_cleanup_free_ char *copy = NULL;
	int r;

	*ret = layouts_find(name);
	if (*ret)
		return 0;
	if (!layout_name_is_program(name))
		return -EINVAL;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	r = load(copy, dirfd, &made);
	return r < 0 ? r : layout_keep(made, dwarf_layout_free, ret);
}

void layout_name_explain(const char *name, int error, FILE *out)
{
	const char *colon = strchr(name, ':');

	if (!layout_name_is_program(name)) {
		fputs(error == -EINVAL ? "there is no such layout" : strerrordesc_np(-error), out);
		return;
	}
	text_escape(name, (size_t)(colon - name), out);
	fputs(": ", out);
	dwarf_explain(error, colon + 1, out);
}
