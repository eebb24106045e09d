/* SPDX-License-Identifier: MIT */
/* Tables of .debug_abbrev (DWARF 5, section 7.5.3). */
#include "core/dwarf_abbrevs.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
	const unsigned char *at, *end;
	bool bad;
};

bool dwarf_take_uleb(const unsigned char **at, const unsigned char *end, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; *at < end; shift += 7) {
		const unsigned char byte = *(*at)++;

		if (shift < 64)
			*ret |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static uint64_t take_uleb(struct cursor *cursor)
{
	uint64_t value;

	cursor->bad = !dwarf_take_uleb(&cursor->at, cursor->end, &value) || cursor->bad;
	return cursor->bad ? 0 : value;
}

static unsigned put_uleb(uint64_t value, unsigned char ret[10])
{
	unsigned n = 0;

	do
		ret[n++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
	while (value >>= 7);
	return n;
}

/* Bytes of an attribute in this form, or -1: it varies, or the form is not known. */
static int size_of(uint64_t form, const struct dwarf_abbrevs *abbrevs)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_flag:
	case DW_FORM_ref1:
	case DW_FORM_strx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
		return 2;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_strx4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
		return 8;
	case DW_FORM_addr:
		return (int)abbrevs->address_size;
	case DW_FORM_ref_addr:
		if (abbrevs->version == 2)
			return (int)abbrevs->address_size;
		return abbrevs->is_64bit ? 8 : 4;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
		return abbrevs->is_64bit ? 8 : 4;
	default:
		return -1;
	}
}

static enum dwarf_text text_of(uint64_t form)
{
	switch (form) {
	case DW_FORM_strp:
		return TEXT_OFFSET;
	case DW_FORM_string:
		return TEXT_INLINE;
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
	case DW_FORM_GNU_str_index:
		return TEXT_INDEX;
	default:
		return TEXT_OTHER;
	}
}

/* Must other units be there to follow it? */
static bool is_reference(uint64_t form)
{
	switch (form) {
	case DW_FORM_ref_addr:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup4:
	case DW_FORM_ref_sup8:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_indirect:
		return true;
	default:
		return false;
	}
}

static bool is_type(uint64_t tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type || tag == DW_TAG_typedef;
}

static int append(struct dwarf_abbrevs *abbrevs, const struct dwarf_definition *definition)
{
	if (abbrevs->n == abbrevs->room) {
		const size_t room = abbrevs->room ? 2 * abbrevs->room : 32;
		struct dwarf_definition *more = reallocarray(abbrevs->list, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		abbrevs->list = more;
		abbrevs->room = room;
	}
	abbrevs->list[abbrevs->n++] = *definition;
	abbrevs->has[definition->text] = true;
	return 0;
}

/* The attributes of one kind of entry, behind its code. */
static int read_kind(struct cursor *cursor, uint64_t code, struct dwarf_abbrevs *abbrevs)
{
	struct dwarf_definition definition = {.n_code = put_uleb(code, definition.code)};
	const bool type = is_type(take_uleb(cursor));
	bool named = false;
	int before = 0;

	cursor->at += cursor->at < cursor->end; /* whether it has children */
	while (!cursor->bad) {
		const uint64_t name = take_uleb(cursor), form = take_uleb(cursor);
		const int size = size_of(form, abbrevs);

		if (name == 0 && form == 0)
			break;
		if (form == DW_FORM_implicit_const)
			take_uleb(cursor);
		abbrevs->refers = abbrevs->refers || is_reference(form);
		abbrevs->specifies = abbrevs->specifies || (type && name == DW_AT_specification);
		definition.declared = definition.declared || name == DW_AT_declaration;
		if (name == DW_AT_name) {
			named = true;
			definition.before = before;
			definition.text = text_of(form);
		}
		before = before < 0 || size < 0 || before > 64 ? -1 : before + size;
	}
	return type && named && !cursor->bad ? append(abbrevs, &definition) : 0;
}

int dwarf_abbrevs_read(const struct dwarf_image *image, const struct dwarf_unit *unit,
		       struct dwarf_abbrevs *abbrevs)
{
	const uint64_t size = image->sizes[KIND_ABBREV];
	const unsigned char *bytes = image->bytes + image->at[KIND_ABBREV];
	struct cursor cursor = {bytes + unit->abbrevs, bytes + size, false};
	struct dwarf_definition *list = abbrevs->list;
	const size_t room = abbrevs->room;
	int r = 0;

	if (list && abbrevs->offset == unit->abbrevs && abbrevs->version == unit->version &&
	    abbrevs->is_64bit == unit->is_64bit && abbrevs->address_size == unit->address_size &&
	    abbrevs->root == unit->root)
		return 0;
	if (unit->abbrevs >= size)
		return -EBADMSG;
	*abbrevs = (struct dwarf_abbrevs){.offset = unit->abbrevs,
					  .root = unit->root,
					  .version = unit->version,
					  .address_size = unit->address_size,
					  .is_64bit = unit->is_64bit,
					  .list = list,
					  .room = room};
	while (r == 0 && !cursor.bad) {
		const uint64_t code = take_uleb(&cursor);

		if (code == 0)
			break;
		r = read_kind(&cursor, code, abbrevs);
		abbrevs->length = (uint64_t)(cursor.at - bytes) - unit->abbrevs;
		if (code == unit->root)
			abbrevs->root_end = abbrevs->length;
	}
	if (abbrevs->root_end == 0)
		abbrevs->root_end = abbrevs->length;
	return r;
}

void dwarf_abbrevs_deinit(struct dwarf_abbrevs *abbrevs)
{
	free(abbrevs->list);
	abbrevs->list = NULL;
}
