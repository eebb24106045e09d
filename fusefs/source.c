/* SPDX-License-Identifier: MIT */
/* Which folder SOURCE is, in words. */
#include "fusefs/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"

char *source_find_path(const char *typed, int source)
{
	_cleanup_free_ char *whole = realpath(typed, NULL);
	struct stat st, wanted;

	if (whole && stat(whole, &st) == 0 && fstat(source, &wanted) == 0 &&
	    st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino)
		return strdup(whole);
	return strdup(typed);
}
