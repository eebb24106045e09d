/* SPDX-License-Identifier: MIT */
/* What a type is called, as far as its place in the debug information tells. */
#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dwarf_layout.h"

bool dwarf_of_c(Dwarf_Die *unit)
{
	switch (dwarf_srclang(unit)) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
		return true;
	default:
		return false;
	}
}

static const char *keyword(Dwarf_Die *die)
{
	Dwarf_Die unit;

	if (!dwarf_diecu(die, &unit, NULL, NULL) || !dwarf_of_c(&unit))
		return "";
	switch (dwarf_tag(die)) {
	case DW_TAG_structure_type:
		return "struct ";
	case DW_TAG_union_type:
		return "union ";
	default:
		return "";
	}
}

static bool is_scope(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		return true;
	default:
		return false;
	}
}

void dwarf_full_name(Dwarf_Die *die, char *ret, size_t size)
{
	Dwarf_Die *scopes = NULL;
	const char *own = dwarf_diename(die), *outer;
	int n = dwarf_getscopes_die(die, &scopes);
	size_t at = (size_t)snprintf(ret, size, "%s", keyword(die));

	/* From the outermost, the unit, on; the first is the type itself. */
	for (int i = n - 1; i >= 1 && at < size; i--) {
		outer = is_scope(&scopes[i]) ? dwarf_diename(&scopes[i]) : NULL;
		if (outer)
			at += (size_t)snprintf(ret + at, size - at, "%s::", outer);
	}
	if (at < size)
		snprintf(ret + at, size - at, "%s", own ? own : "struct");
	if (n > 0)
		free(scopes);
}
