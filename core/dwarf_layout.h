/* SPDX-License-Identifier: MIT */
/* From the entry of a struct in the debug information to a layout. */
#pragma once

#include "core/dwarf_file.h"
#include "core/layout.h"

/* As dwarf_layout(), of the struct (or typedef of one) that `die` is, which is called `name`. */
int dwarf_layout_of(const struct dwarf_file *file, const Dwarf_Die *die, const char *name,
		    const struct layout **ret);

/* Is the unit of a language that says "struct" before the names of structs? */
bool dwarf_of_c(Dwarf_Die *unit);

/* What the struct or typedef is called, with the scopes around it: "struct x", "ns::Ring<int>". */
void dwarf_full_name(Dwarf_Die *die, char *ret, size_t size);
