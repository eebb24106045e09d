/* SPDX-License-Identifier: MIT */
/*
 * An ELF file of our own, in memory, that has nothing but what a program tells of its types.
 *
 * The program is read and never mapped: it may shrink or change meanwhile, and libdw looks twice at
 * what it has found right once. What it has for a debugger, often half of all, is not even read;
 * and a huge .debug_info only where something is to be found, since to read 300 MB into fresh
 * memory takes 170 to 230 ms, and through a small window 40.
 */
#pragma once

#include "core/dwarf_sections.h"

struct dwarf_image {
	unsigned char *bytes;
	uint64_t size;
	uint64_t at[N_KINDS];    /* where each kind begins in the image */
	uint64_t sizes[N_KINDS]; /* with a NUL behind the last text */
	int fd;
	uint64_t from;       /* where .debug_info is in the file, while … */
	bool filled;         /* … not all of it has been read */
	uint64_t lines_from; /* where .debug_line is, until that is read; 0: it has been */
};

/* The image of these sections. `fd` stays the caller's, and must stay open as long as it. */
int dwarf_image_init(Elf *elf, int fd, const struct dwarf_sections *sections,
		     struct dwarf_image *ret);
void dwarf_image_deinit(struct dwarf_image *image);

/* Read this part of .debug_info to where it belongs; until then it is all zero. -EBADMSG, -errno.
 */
int dwarf_image_fill(struct dwarf_image *image, uint64_t offset, uint64_t size);

/* Read all of it. */
int dwarf_image_fill_all(struct dwarf_image *image);

/* Read .debug_line, which only tells in which files types are declared. */
int dwarf_image_fill_lines(struct dwarf_image *image);

/* pread(2) of all bytes: -EBADMSG where there are fewer. */
int dwarf_read(int fd, void *ret, uint64_t size, uint64_t offset);

/*
 * dwarf_relocate() - Put in what a linker would have, where the ELF is an object file.
 *
 * Offsets between sections are not in their bytes there but in those of relocations (in the
 * addends, as x86-64 and aarch64 have it). What has no meaning for us, addresses of code, is left
 * out.
 */
int dwarf_relocate(Elf *elf, const struct dwarf_sections *sections, struct dwarf_image *image);
