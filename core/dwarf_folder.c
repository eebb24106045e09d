/* SPDX-License-Identifier: MIT */
/* Beside which other files a program lies. */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "core/dwarf.h"

const char *dwarf_folder(int fd, char path[static PATH_MAX])
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < 0)
		return NULL;
	path[n] = '\0';
	return dirname(path);
}
