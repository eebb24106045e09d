/* SPDX-License-Identifier: MIT */
/* A struct of any program as the rows of a layout, by the program's debug information (DWARF). */
#pragma once

#include <fcntl.h>
#include <limits.h>

#include "core/layout.h"

/*
 * dwarf_open_at() - A descriptor to read the program at `path` by, which the caller closes.
 *
 * A relative path begins at the folder `dirfd` (openat(2)). Links are followed, but what is no
 * regular file is never opened. -EISDIR, -EINVAL for such; or why it cannot be.
 */
int dwarf_open_at(int dirfd, const char *path, int *ret_fd);

/* The same of what is open already, as O_PATH. */
int dwarf_open_located(int place, int *ret_fd);

/* The same from where we are. */
static inline int dwarf_open(const char *path, int *ret_fd)
{
	return dwarf_open_at(AT_FDCWD, path, ret_fd);
}

/* The folder of the program that `fd` reads, in `path`, by the kernel's text (proc(5)); or NULL. */
const char *dwarf_folder(int fd, char path[static PATH_MAX]);

/*
 * dwarf_layout() - The layout that the struct called `name` has in the program that `fd` reads.
 *
 * NAME is as the language calls it: "shmbuf" or "struct shmbuf", a union, a typedef of a struct
 * without a name, "ns::Ring<int, 8>", "module::Shared"; what stands before the last "::" may be
 * left out where that is not ambiguous, else the first one counts; one of a function only where
 * there is no other. Fields of a struct in the struct are called OUTER.INNER, elements ARRAY[N];
 * those of base classes and of what has no name as if they were the struct's own.
 *
 * `folder` (or NULL) is the program's, where -gsplit-dwarf's files may be, and what was taken out
 * of it (dwarf_separate.h). Nothing is asked of the network, and the file may be hostile.
 *
 * Returns 0, and a layout that dwarf_layout_free() gives back with all that is in it; -ENOEXEC: no
 * ELF file of this machine's byte order; -ENODATA: no debug information; -ESRCH: no such struct;
 * -EBADMSG: damaged; -ELOOP: structs in structs without end; -EFBIG: more than 4,096 fields, 16 MiB
 * of text, 2 GiB of debug information or 128 MiB of it in one unit; -ETIMEDOUT: not done within 5
 * seconds; -ENOLINK: parts are in another file (dwz(1)) that is not there; -ENOMEM; -ENOTSUP: it is
 * compressed by something else than zlib, or this was built without libdw.
 */
int dwarf_layout(int fd, const char *folder, const char *name, const struct layout **ret);

/* Why dwarf_layout() or dwarf_open() of the struct called `name` has failed, in words. */
void dwarf_explain(int error, const char *name, FILE *out);

/* Gives the layout back; NULL is none. */
void dwarf_layout_free(const struct layout *layout);

static inline void dwarf_layout_freep(const struct layout **layout)
{
	dwarf_layout_free(*layout);
}

#define _cleanup_dwarf_layout_ __attribute__((cleanup(dwarf_layout_freep)))
