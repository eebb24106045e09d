/* SPDX-License-Identifier: MIT */
/* Which unit an address is of, by the table that compilers write for that. */
#pragma once

#include "core/dwarf_file.h"

/*
 * dwarf_unit_of() - Where in .debug_info the unit begins that has the code at `pc` (in the file).
 *
 * By one pass over .debug_aranges: libdw would sort all of it, which takes 60 ms for the 50,000
 * ranges of a large program. -ENOENT: the table does not tell; -EBADMSG.
 */
int dwarf_unit_of(const struct dwarf_file *file, uint64_t pc, uint64_t *ret);
