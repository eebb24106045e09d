/* SPDX-License-Identifier: MIT */
/* What the entries of a unit look like: as far as it helps to find one by its name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dwarf_image.h"

/* A unit, as its header tells. */
struct dwarf_unit {
	uint64_t offset, size; /* in .debug_info, with the header */
	uint64_t abbrevs;      /* its table's offset in .debug_abbrev */
	uint64_t root;         /* which entry of that its own one is */
	unsigned version, address_size;
	bool is_64bit; /* offsets have 8 bytes */
	bool is_types; /* a type unit */
};

/* Where the text of a name is. */
enum dwarf_text {
	TEXT_OFFSET, /* its offset in .debug_str */
	TEXT_INLINE,
	TEXT_INDEX, /* its number in .debug_str_offsets */
	TEXT_OTHER
};

/* One kind of entry that defines a struct, a union or a typedef. */
struct dwarf_definition {
	unsigned char code[10]; /* what it begins with, as it is in the unit … */
	unsigned n_code;
	int before; /* … then so many bytes to its name; -1: it varies */
	enum dwarf_text text;
	bool declared; /* no more than a declaration */
};

/* The table of one unit. */
struct dwarf_abbrevs {
	uint64_t offset, root;
	unsigned version, address_size;
	bool is_64bit;
	struct dwarf_definition *list; /* on the heap: dwarf_abbrevs_deinit() */
	size_t n, room;
	bool refers;    /* to other units */
	bool specifies; /* what has a name is declared in one place and defined in another */
	bool has[TEXT_OTHER + 1];
	uint64_t length, root_end; /* in bytes, all of it, and up to the unit's own entry */
};

/* A number of DWARF's (LEB128), for *at to go behind it; false: it has no end. */
bool dwarf_take_uleb(const unsigned char **at, const unsigned char *end, uint64_t *ret);

/* Read the table of the unit, unless *abbrevs is that one already. -EBADMSG, -ENOMEM. */
int dwarf_abbrevs_read(const struct dwarf_image *image, const struct dwarf_unit *unit,
		       struct dwarf_abbrevs *abbrevs);
void dwarf_abbrevs_deinit(struct dwarf_abbrevs *abbrevs);
