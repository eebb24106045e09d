/* SPDX-License-Identifier: MIT */
/* In the place of dwarf*.c where this is built without libdw. */
#include <errno.h>

#include "core/dwarf.h"

int dwarf_open_at(int dirfd, const char *path, int *ret_fd)
{
	(void)dirfd;
	(void)path;
	(void)ret_fd;
	return -ENOTSUP;
}

int dwarf_layout(int fd, const char *folder, const char *name, const struct layout **ret)
{
	(void)fd;
	(void)folder;
	(void)name;
	(void)ret;
	return -ENOTSUP;
}

void dwarf_layout_free(const struct layout *layout)
{
	(void)layout;
}
