/* SPDX-License-Identifier: MIT */
/* Debug information that lies in a file of its own: by build-id, by .gnu_debuglink, by dwz(1). */
#pragma once

/* Where packages of debug information put it. */
#define DWARF_ROOT "/usr/lib/debug"

/*
 * dwarf_separate_open() - What was taken out of the program that `fd` reads.
 *
 * Looked for under `root` by its build-id; then by the name that the program has for it, in its own
 * folder, in .debug there, and under `root` (`folder` NULL: not there). It must have the program's
 * build-id, or where that has none the checksum that it tells. -ENOENT: there is none. Local files
 * only: nothing is asked of the network.
 */
int dwarf_separate_open(int fd, const char *folder, const char *root, int *ret_fd);

/* The file that dwz(1) has put parts of the debug information of `fd` into, which has the id that
 * is told of it. -ENOLINK: it is not there. */
int dwarf_alternative_open(int fd, const char *folder, const char *root, int *ret_fd);
