/* SPDX-License-Identifier: MIT */
/* From the name of a struct to where the debug information tells of it. */
#pragma once

#include "core/dwarf_file.h"

struct dwarf_match {
	struct dwarf_file other; /* the .dwo file that it is in, if it is in one */
	int fd;                  /* … and what that is read by */
	Dwarf_Die die;           /* the struct's, or that of a typedef of it */
	char name[256];          /* as the program calls it: "struct shmbuf", "ns::Ring<int, 8>" */
};

/* Look for it until `deadline` (clock_ns()). Errors as dwarf_layout(); then there is nothing to
 * deinit. */
int dwarf_find(struct dwarf_file *file, const char *folder, const char *name, uint64_t deadline,
	       struct dwarf_match *ret);
void dwarf_match_deinit(struct dwarf_match *match);

#define _cleanup_dwarf_match_ __attribute__((cleanup(dwarf_match_deinit)))

/*
 * dwarf_strip() - The type without its typedefs, const, volatile and the like.
 *
 * `each` (or NULL) is told of every one on the way, the last included; other than 0 ends it, and is
 * returned. -ELOOP where they have no end; -ENODATA: of no type (void).
 */
int dwarf_strip(const Dwarf_Die *type, int (*each)(Dwarf_Die *die, void *data), void *data,
		Dwarf_Die *ret);

/* The type of a member, a typedef and so on; a type unit's where it is in one. False: it has none.
 */
bool dwarf_type_of(Dwarf_Die *die, Dwarf_Die *ret);

/* An unsigned attribute; false: it has none, or not as a constant. */
bool dwarf_number(Dwarf_Die *die, unsigned attribute, uint64_t *ret);

/* What is in a type unit: of it there is but a signature, and at times a declaration, elsewhere. */
void dwarf_resolve(Dwarf_Die *die);

/* The next child of a parent: 0, 1 where there is none, -EBADMSG where they go backwards. */
int dwarf_next(Dwarf_Die *die);
