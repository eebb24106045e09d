/* SPDX-License-Identifier: MIT */
/* A program's debug information, in whichever files it is. */
#pragma once

#include "core/dwarf_file.h"

struct dwarf_program {
	struct dwarf_file file;        /* the program's, or one that was taken out of it */
	struct dwarf_file alternative; /* what that shares with others; .dwarf NULL: nothing */
	int fd, alternative_fd; /* what they are read by, where that is not the program's own */
};

/* `folder` and `root` as dwarf_separate_open(). Errors as dwarf_layout(). */
int dwarf_program_init(int fd, const char *folder, const char *root, enum dwarf_parts parts,
		       struct dwarf_program *ret);
void dwarf_program_deinit(struct dwarf_program *program);

#define _cleanup_dwarf_program_ __attribute__((cleanup(dwarf_program_deinit)))
