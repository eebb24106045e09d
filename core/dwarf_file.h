/* SPDX-License-Identifier: MIT */
/* An ELF file and its debug information, opened so that a hostile one does no harm. */
#pragma once

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "core/dwarf_image.h"

struct dwarf_file {
	struct dwarf_image image;
	Elf *elf; /* of the image */
	Dwarf *dwarf;
	bool is_32bit;
	bool has_alternative; /* it names another file that has parts of it */
};

/* The ELF file, when its header has been looked at. -ENOEXEC, -EFBIG. */
int dwarf_elf_begin(int fd, Elf **ret, bool *ret_32bit);

/* 0, or as dwarf_layout() says. `fd` must stay open as long as the file. */
int dwarf_file_init(int fd, enum dwarf_parts parts, struct dwarf_file *ret);
void dwarf_file_deinit(struct dwarf_file *file);

#define _cleanup_dwarf_file_ __attribute__((cleanup(dwarf_file_deinit)))
