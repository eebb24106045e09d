/* SPDX-License-Identifier: MIT */
/* What is asked of one entry of the debug information. */
#include <dwarf.h>
#include <errno.h>

#include "core/dwarf_find.h"

enum { STRIP_MAX = 64 };

bool dwarf_number(Dwarf_Die *die, unsigned attribute, uint64_t *ret)
{
	Dwarf_Attribute value;
	Dwarf_Word word;
	Dwarf_Sword sword;

	if (!dwarf_attr_integrate(die, attribute, &value))
		return false;
	if (dwarf_formudata(&value, &word) == 0)
		*ret = word;
	else if (dwarf_formsdata(&value, &sword) == 0)
		*ret = (uint64_t)sword;
	else
		return false;
	return true;
}

int dwarf_next(Dwarf_Die *die)
{
	const Dwarf_Off before = dwarf_dieoffset(die);
	int r = dwarf_siblingof(die, die);

	if (r == 0 && dwarf_dieoffset(die) <= before)
		return -EBADMSG;
	return r < 0 ? -EBADMSG : r;
}

void dwarf_resolve(Dwarf_Die *die)
{
	Dwarf_Attribute signature;
	Dwarf_Die whole;

	if (dwarf_attr(die, DW_AT_signature, &signature) && dwarf_formref_die(&signature, &whole))
		*die = whole;
}

bool dwarf_type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute type;

	if (!dwarf_attr_integrate(die, DW_AT_type, &type) || !dwarf_formref_die(&type, ret))
		return false;
	dwarf_resolve(ret);
	return true;
}

static bool is_qualifier(int tag)
{
	switch (tag) {
	case DW_TAG_typedef:
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
	case DW_TAG_packed_type:
	case DW_TAG_immutable_type:
	case DW_TAG_shared_type:
		return true;
	default:
		return false;
	}
}

int dwarf_strip(const Dwarf_Die *type, int (*each)(Dwarf_Die *die, void *data), void *data,
		Dwarf_Die *ret)
{
	*ret = *type;
	for (int i = 0; i < STRIP_MAX; i++) {
		int r = each ? each(ret, data) : 0;
		Dwarf_Die die;

		if (r != 0)
			return r;
		if (!is_qualifier(dwarf_tag(ret)))
			return 0;
		if (!dwarf_type_of(ret, &die))
			return -ENODATA;
		*ret = die;
	}
	return -ELOOP;
}
