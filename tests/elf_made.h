/* SPDX-License-Identifier: MIT */
/* Debug information made by hand: what no compiler would write. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One section under way: what is written to `out` is in bytes and size after elf_text_end(). */
struct elf_text {
	FILE *out;
	char *bytes;
	size_t size;
};

void elf_text_begin(struct elf_text *ret);
void elf_text_end(struct elf_text *text);
void elf_text_deinit(struct elf_text *text);

/* Numbers as DWARF has them, in this machine's order of bytes. */
void elf_put(FILE *out, uint64_t value, size_t size);
void elf_put_uleb(FILE *out, uint64_t value);
void elf_put_name(FILE *out, const char *name); /* with its NUL */

/* A section of a file: its name and its bytes. */
struct elf_part {
	const char *name;
	const void *bytes;
	size_t size;
	uint64_t flags; /* SHF_… */
};

/* A 64-bit ELF executable of these sections and nothing else, which the caller frees. */
void *elf_make(const struct elf_part *parts, size_t n, size_t *ret_size);

/* What elf_unit() has of a table of abbreviations: the numbers of its entries. */
enum elf_entry {
	ENTRY_UNIT = 1,   /* has children */
	ENTRY_STRUCT,     /* name, size (8 bytes); has children */
	ENTRY_MEMBER,     /* name, type (ref4), offset (uleb) */
	ENTRY_BASE,       /* name, size (1 byte), encoding (1 byte) */
	ENTRY_TYPEDEF,    /* name, type */
	ENTRY_ARRAY,      /* type; has children */
	ENTRY_RANGE,      /* upper bound (8 bytes) */
	ENTRY_BASE_CLASS, /* type, offset (uleb) */
	ENTRY_COMPUTED,   /* a member: name, type, offset as an expression */
	ENTRY_STRP,       /* a struct: name (offset in .debug_str), size (1 byte); has children */
	ENTRY_FAR,        /* a member: name, type (ref_addr), offset (uleb) */
	ENTRY_ENUM,       /* name, size (1 byte); has children */
	ENTRY_NAME,       /* an enumerator: name, value (uleb) */
	ENTRY_BITS,       /* a member: name, type, width (uleb), first bit (uleb) */
	ENTRY_VARIANT,    /* a variant part: its number (ref4); has children */
	ENTRY_CASE,       /* a case: its value (uleb); has children */
	ENTRY_FUNCTION,   /* has children */
	ENTRY_SIBLING,    /* a struct: name, sibling (ref4); has children */
	ENTRY_ORIGIN,     /* a struct: where it is specified (ref4); has children */
	N_ENTRIES
};

/* The table, as the bytes of .debug_abbrev. */
void elf_put_abbrevs(FILE *out);

/* The header of a unit of DWARF 4 (11 bytes), then its own entry: the next is at ELF_FIRST. */
void elf_put_unit(FILE *out, uint32_t length);
#define ELF_FIRST 12

/* Put the unit's length right, which is what the text has but for the length itself. */
void elf_end_unit(struct elf_text *info);
