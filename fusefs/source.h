/* SPDX-License-Identifier: MIT */
/* The folder that is mirrored, as users know it. */
#pragma once

/*
 * source_find_path() - The absolute path of the open folder `source`, which the caller frees; or as
 * it was typed, where that leads elsewhere: the path of /proc/PID/root is "/", whichever root it
 * is.
 *
 * NULL: no memory.
 */
char *source_find_path(const char *typed, int source);
