/* SPDX-License-Identifier: MIT */
/* Scope guards: a resource marked _cleanup_… is released when its variable goes out of scope. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(release) __attribute__((cleanup(release)))

static inline void close_fdp(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void free_ptrp(void *ptr)
{
	free(*(void **)ptr);
}

static inline void close_filep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void close_dirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define _cleanup_close_ _cleanup_(close_fdp)
#define _cleanup_free_ _cleanup_(free_ptrp)
#define _cleanup_fclose_ _cleanup_(close_filep)
#define _cleanup_closedir_ _cleanup_(close_dirp)

/* Gives a guarded descriptor away: the guard then releases nothing. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
