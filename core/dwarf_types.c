/* SPDX-License-Identifier: MIT */
/* From types of debug information to rows. */
#include "core/dwarf_types.h"

#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/dwarf_name.h"
#include "core/type_make.h"

struct dwarf_known {
	struct dwarf_known *next;
	const void *die;
	const struct field_type *type;
};

int dwarf_size(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Die under;
	uint8_t address_size;

	if (dwarf_number(die, DW_AT_byte_size, ret))
		return *ret > DWARF_SIZE_MAX ? -EBADMSG : 0;
	switch (dwarf_tag(die)) {
	case DW_TAG_enumeration_type: /* as the integer that it is */
		if (dwarf_type_of(die, &under) && dwarf_strip(&under, NULL, NULL, &under) == 0 &&
		    dwarf_number(&under, DW_AT_byte_size, ret))
			break;
		return -EBADMSG;
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type: /* clang leaves it to the unit */
		if (!dwarf_diecu(die, &under, &address_size, NULL))
			return -EBADMSG;
		*ret = address_size;
		break;
	case DW_TAG_ptr_to_member_type: /* Itanium C++ ABI, 2.3: an offset; two words of a method */
		if (!dwarf_diecu(die, &under, &address_size, NULL))
			return -EBADMSG;
		*ret = address_size;
		if (dwarf_type_of(die, &under) && dwarf_tag(&under) == DW_TAG_subroutine_type)
			*ret *= 2;
		break;
	default:
		return -EBADMSG;
	}
	return *ret > DWARF_SIZE_MAX ? -EBADMSG : 0;
}

/* Numbers by encoding and size; where a name is told, it must be in the type's own. */
static const struct {
	unsigned encoding;
	uint64_t size; /* 0: any that the row can show */
	const char *name;
	const struct field_type *type;
} numbers[] = {
	{DW_ATE_boolean, 1, NULL, &type_bool},
	{DW_ATE_signed_char, 1, "signed", &type_schar},
	{DW_ATE_signed_char, 1, NULL, &type_char},
	{DW_ATE_unsigned_char, 1, "unsigned", &type_uchar},
	{DW_ATE_unsigned_char, 1, "u8", &type_uchar},
	{DW_ATE_unsigned_char, 1, NULL, &type_char},
	{DW_ATE_signed, 1, NULL, &type_schar},
	{DW_ATE_signed, 2, NULL, &type_short},
	{DW_ATE_signed, 4, NULL, &type_int},
	{DW_ATE_signed, 8, "long long", &type_llong},
	{DW_ATE_signed, 8, NULL, &type_long},
	{DW_ATE_signed, 16, NULL, &type_int128},
	{DW_ATE_unsigned, 1, "char8_t", &type_char},
	{DW_ATE_unsigned, 1, NULL, &type_uchar},
	{DW_ATE_unsigned, 2, NULL, &type_ushort},
	{DW_ATE_unsigned, 4, NULL, &type_uint},
	{DW_ATE_unsigned, 8, "long long", &type_ullong},
	{DW_ATE_unsigned, 8, NULL, &type_ulong},
	{DW_ATE_unsigned, 16, NULL, &type_uint128},
	{DW_ATE_float, 4, NULL, &type_float},
	{DW_ATE_float, 8, NULL, &type_double},
	{DW_ATE_float, 12, "long double", &type_long_double},
	{DW_ATE_float, 16, "long double", &type_long_double},
	{DW_ATE_UTF, 1, NULL, &type_char},
	{DW_ATE_UTF, 2, NULL, &type_ushort},
	{DW_ATE_UTF, 4, NULL, &type_char32},
};

static const struct field_type *number_of(uint64_t encoding, uint64_t size, const char *name)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].encoding == encoding && numbers[i].size == size &&
		    (!numbers[i].name || strstr(name, numbers[i].name)))
			return numbers[i].type;
	return NULL;
}

const struct field_type *dwarf_integer(uint64_t size, bool is_signed)
{
	return number_of(is_signed ? DW_ATE_signed : DW_ATE_unsigned, size, "");
}

static int no_room(const struct arena *arena, size_t wanted)
{
	return wanted > arena->left ? -EFBIG : -ENOMEM;
}

static const char *name_or(Dwarf_Die *die, const char *otherwise)
{
	const char *name = dwarf_diename(die);

	return name && *name ? name : otherwise;
}

static int base_type(struct dwarf_types *types, Dwarf_Die *die, const struct field_type **ret)
{
	uint64_t encoding, size;
	const char *name = name_or(die, "");

	*ret = NULL;
	if (dwarf_number(die, DW_AT_encoding, &encoding) && dwarf_size(die, &size) == 0)
		*ret = number_of(encoding, size, name);
	return *ret ? 0 : type_make_opaque(types->arena, *name ? name : "bytes", ret);
}

/* The pointers' type, in words: of what is pointed to, its name is enough. */
static int pointer_type(struct dwarf_types *types, Dwarf_Die *die, const struct field_type **ret)
{
	Dwarf_Die target;
	char name[128];
	const bool typed = dwarf_type_of(die, &target);
	const bool of_struct = typed && dwarf_tag(&target) == DW_TAG_structure_type;

	snprintf(name, sizeof(name), "%s%s *", of_struct ? "struct " : "",
		 typed ? name_or(&target, "…") : "void");
	return type_make_new(types->arena, MADE_POINTER, name, &(const struct type_detail){0}, ret);
}

static int member_pointer(struct dwarf_types *types, Dwarf_Die *die, const struct field_type **ret)
{
	(void)die;
	return type_make_opaque(types->arena, "pointer to member", ret);
}

static int count_names(Dwarf_Die *die, size_t *ret, bool *ret_negative)
{
	Dwarf_Die child;
	int r = dwarf_child(die, &child);

	*ret = 0;
	*ret_negative = false;
	for (; r == 0; r = dwarf_next(&child)) {
		Dwarf_Attribute value;
		Dwarf_Sword number;

		if (dwarf_tag(&child) != DW_TAG_enumerator)
			continue;
		(*ret)++;
		/* Only those that are negative are told as signed numbers. */
		if (dwarf_attr(&child, DW_AT_const_value, &value) &&
		    dwarf_whatform(&value) == DW_FORM_sdata &&
		    dwarf_formsdata(&value, &number) == 0 && number < 0)
			*ret_negative = true;
	}
	return r < 0 ? -EBADMSG : 0;
}

/* One without a value is none. */
static int fill_names(struct dwarf_types *types, Dwarf_Die *die, struct type_name *names, size_t n,
		      size_t *ret_n)
{
	Dwarf_Die child;
	size_t i = 0;

	for (int r = dwarf_child(die, &child); r == 0 && i < n; r = dwarf_next(&child)) {
		char safe[DWARF_NAME_SIZE] = "";

		if (dwarf_tag(&child) != DW_TAG_enumerator ||
		    !dwarf_number(&child, DW_AT_const_value, &names[i].value))
			continue;
		dwarf_put_name(safe, name_or(&child, ""), false);
		names[i].name = arena_text(types->arena, safe);
		if (!names[i++].name)
			return no_room(types->arena, sizeof(safe));
	}
	*ret_n = i;
	return 0;
}

/* What is stored: an integer of the size, signed where the type or a name is. */
static const struct field_type *number_under(Dwarf_Die *die, uint64_t size, bool negative)
{
	Dwarf_Die under;
	uint64_t encoding;

	if (dwarf_type_of(die, &under) && dwarf_strip(&under, NULL, NULL, &under) == 0 &&
	    dwarf_number(&under, DW_AT_encoding, &encoding))
		negative = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	return dwarf_integer(size, negative);
}

static int enum_type(struct dwarf_types *types, Dwarf_Die *die, const struct field_type **ret)
{
	struct type_detail detail = {0};
	struct type_name *names;
	bool negative = false;
	char title[128];
	uint64_t size;
	int r = dwarf_size(die, &size);

	if (r == 0)
		r = count_names(die, &detail.n_names, &negative);
	if (r < 0)
		return r;
	detail.element = number_under(die, size, negative);
	detail.element_size = size;
	if (!detail.element || size > sizeof(uint64_t))
		return type_make_opaque(types->arena, name_or(die, "enum"), ret);
	names = arena_alloc(types->arena, detail.n_names * sizeof(*names));
	if (!names)
		return no_room(types->arena, detail.n_names * sizeof(*names));
	r = fill_names(types, die, names, detail.n_names, &detail.n_names);
	if (r < 0)
		return r;
	detail.names = names;
	detail.is_signed = detail.element == dwarf_integer(size, true);
	snprintf(title, sizeof(title), "enum %s", name_or(die, ""));
	return type_make_new(types->arena, MADE_ENUM, dwarf_diename(die) ? title : "enum", &detail,
			     ret);
}

int dwarf_cases(struct dwarf_types *types, const char *title, const struct field_type *number,
		uint64_t size, struct type_name *names, size_t n, const char *otherwise,
		const struct field_type **ret)
{
	const struct type_detail detail = {.element = number,
					   .element_size = size,
					   .names = names,
					   .n_names = n,
					   .otherwise = otherwise};

	return type_make_new(types->arena, MADE_ENUM, title, &detail, ret);
}

static const struct {
	int tag;
	int (*make)(struct dwarf_types *types, Dwarf_Die *die, const struct field_type **ret);
} scalars[] = {
	{DW_TAG_base_type, base_type},
	{DW_TAG_enumeration_type, enum_type},
	{DW_TAG_pointer_type, pointer_type},
	{DW_TAG_reference_type, pointer_type},
	{DW_TAG_rvalue_reference_type, pointer_type},
	{DW_TAG_ptr_to_member_type, member_pointer},
	{DW_TAG_unspecified_type, base_type},
};

/* Rows that were not made are static, and found as fast as remembered ones. */
static int remember(struct dwarf_types *types, const Dwarf_Die *die, const struct field_type *type)
{
	struct dwarf_known *known = arena_alloc(types->arena, sizeof(*known));

	if (!known)
		return no_room(types->arena, sizeof(*known));
	*known = (struct dwarf_known){types->known, die->addr, type};
	types->known = known;
	return 0;
}

int dwarf_scalar(struct dwarf_types *types, Dwarf_Die *die, const struct field_type **ret)
{
	int r;

	for (const struct dwarf_known *known = types->known; known; known = known->next)
		if (known->die == die->addr) {
			*ret = known->type;
			return 0;
		}
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
		if (scalars[i].tag == dwarf_tag(die)) {
			r = scalars[i].make(types, die, ret);
			return r < 0 ? r : remember(types, die, *ret);
		}
	return type_make_opaque(types->arena, name_or(die, "bytes"), ret);
}

int dwarf_bits(struct dwarf_types *types, Dwarf_Die *die, unsigned bit, unsigned width,
	       const struct field_type **ret)
{
	const struct field_type *element;
	uint64_t size = 0;
	int r = dwarf_scalar(types, die, &element);

	if (r == 0)
		r = dwarf_size(die, &size);
	if (r < 0)
		return r;
	if (size > sizeof(uint64_t) || width == 0 || width > 8 * size)
		return -EBADMSG;
	return type_make_bits(types->arena, element, size, bit, width, ret);
}
