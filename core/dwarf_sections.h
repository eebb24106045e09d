/* SPDX-License-Identifier: MIT */
/* Which sections of an ELF file are needed, and where in the file they are. */
#pragma once

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which an image has them (dwarf_image.h): the one that may be huge is the last. */
enum dwarf_kind {
	KIND_ABBREV,
	KIND_STR,
	KIND_LINE_STR,
	KIND_STR_OFFSETS,
	KIND_LINE,
	KIND_ADDR,
	KIND_ARANGES,
	KIND_RANGES,
	KIND_RNGLISTS,
	KIND_LOC,
	KIND_LOCLISTS,
	KIND_TYPES,
	KIND_INFO,
	N_KINDS
};

/* What is asked of a program: its types alone, or also its variables, and where they are. */
enum dwarf_parts { DWARF_TYPES, DWARF_VARIABLES };

struct dwarf_section {
	enum dwarf_kind kind;
	Elf_Scn *scn;
	uint64_t from;   /* where it begins in the file */
	uint64_t stored; /* how many bytes it has there */
	uint64_t size;   /* … and how many when it is inflated */
	uint64_t at;     /* where it begins among the sections of its kind */
	bool packed;
};

struct dwarf_sections {
	struct dwarf_section *list; /* on the heap: dwarf_sections_deinit() */
	size_t n;
	uint64_t sizes[N_KINDS]; /* of all of a kind together: object files may have many */
	enum dwarf_parts parts;
	bool split;           /* those of a .dwo file */
	bool has_alternative; /* parts of it are in another file (dwz(1)) */
};

/* The section's name in a file of this kind: ".debug_info", ".debug_info.dwo". */
const char *dwarf_kind_name(enum dwarf_kind kind, bool split);

/*
 * dwarf_sections_find() - All of them; what they say has been checked against the file's `length`.
 *
 * -ENODATA: it has none; -EFBIG: more than 2 GiB of them; -EBADMSG.
 */
int dwarf_sections_find(Elf *elf, uint64_t length, enum dwarf_parts parts,
			struct dwarf_sections *ret);
void dwarf_sections_deinit(struct dwarf_sections *sections);

/*
 * dwarf_section_bytes() - The bytes of a small section (up to 64 KiB), or NULL. They are the ELF's.
 */
const Elf_Data *dwarf_section_bytes(Elf *elf, const char *name);

#define _cleanup_dwarf_sections_ __attribute__((cleanup(dwarf_sections_deinit)))
