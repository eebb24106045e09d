/* SPDX-License-Identifier: MIT */
/* The names that pshm_ls lists, sorted by their bytes. */
#pragma once

#include <stddef.h>

struct ls_names {
	char **items; /* each is freed with them */
	size_t n, room;
};

/* Add all that there are in the folder: 0 or -errno. */
int ls_names_all(int dirfd, struct ls_names *names);

/*
 * ls_names_add() - Add the one that an argument means: /name, name, and for a semaphore also
 * without "sem.", where there is no object of just that name.
 *
 * Returns 0; -ENOENT where there is neither, -EINVAL where it is no regular file, or -errno. What
 * can be no name ends the program with CLI_USAGE.
 */
int ls_names_add(int dirfd, const char *argument, struct ls_names *names);

void ls_names_sort(struct ls_names *names);
void ls_names_deinit(struct ls_names *names);
