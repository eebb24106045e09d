/* SPDX-License-Identifier: MIT */
/* From the members of a struct to rows: where each lies, and what is in it. */
#include "core/dwarf_rows.h"

#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/dwarf_name.h"
#include "core/type_make.h"

enum { VISITS_MAX = 1000000 };

/* What is told of, but not where or what it is: a member of a virtual base class, for instance. */
static int render_unknown(const struct field *field, const struct image *image, FILE *out)
{
	(void)field;
	(void)image;
	(void)out;
	return -ENOTSUP;
}

int dwarf_rows_put(struct dwarf_rows *rows, const struct field_path *path,
		   const struct field_type *type, uint64_t offset, uint64_t size)
{
	const struct field row = {.type = type, .offset = offset, .size = size, .help = ""};

	if (offset > DWARF_SIZE_MAX || size > DWARF_SIZE_MAX)
		return -EBADMSG;
	return made_rows_put(&rows->made, path, &row);
}

/* At the top, what has no name is called as what it is. */
static int put_unknown(struct dwarf_rows *rows, const struct field_path *path, const char *title,
		       const char *why)
{
	struct field row = {.render = render_unknown, .help = ""};
	struct field_path own = *path;
	int r = type_make_opaque(rows->types.arena, why, &row.type);

	if (!*own.name)
		field_path_member(path, title, &own);
	return r < 0 ? r : made_rows_put(&rows->made, &own, &row);
}

int dwarf_rows_lock(Dwarf_Die *die, void *data)
{
	const struct field_type *lock = dwarf_lock(die);

	if (lock)
		*(const struct field_type **)data = lock;
	return lock ? 1 : 0;
}

/* In DWARF 2 the offset is a program: one that adds it to the struct's address. */
static bool offset_expression(Dwarf_Attribute *location, uint64_t *ret)
{
	Dwarf_Op *ops;
	size_t n;

	if (dwarf_getlocation(location, &ops, &n) < 0)
		return false;
	if (n == 1 && ops[0].atom == DW_OP_plus_uconst) {
		*ret = ops[0].number;
		return true;
	}
	return false;
}

/* False: it is not the same for every such struct. */
static bool member_offset(Dwarf_Die *member, uint64_t *ret)
{
	Dwarf_Attribute location;

	*ret = 0; /* a union's members say nothing */
	if (!dwarf_attr(member, DW_AT_data_member_location, &location))
		return true;
	return dwarf_number(member, DW_AT_data_member_location, ret) ||
	       offset_expression(&location, ret);
}

/*
 * The first bit, from the lowest of the struct's first byte on. DWARF 2 and 3 count from the
 * highest bit of the integer that the field is in.
 */
static int first_bit(Dwarf_Die *member, Dwarf_Die *type, uint64_t offset, uint64_t width,
		     uint64_t *ret)
{
	uint64_t start, storage;

	if (dwarf_number(member, DW_AT_data_bit_offset, &start)) {
		*ret = 8 * offset + start;
		return start > 8 * DWARF_SIZE_MAX ? -EBADMSG : 0;
	}
	*ret = 8 * offset;
	if (!dwarf_number(member, DW_AT_bit_offset, &start))
		return 0;
	if (!dwarf_number(member, DW_AT_byte_size, &storage) && dwarf_size(type, &storage) < 0)
		return -EBADMSG;
	if (storage > 16 || start + width > 8 * storage)
		return -EBADMSG;
	*ret += 8 * storage - start - width;
	return 0;
}

static int put_bits(struct dwarf_rows *rows, Dwarf_Die *member, Dwarf_Die *type,
		    const struct field_path *path, uint64_t base, uint64_t offset)
{
	const struct field_type *row = NULL;
	uint64_t width = 0, bit = 0;
	Dwarf_Die die;
	int r = dwarf_strip(type, NULL, NULL, &die);

	if (r == 0 && (!dwarf_number(member, DW_AT_bit_size, &width) || width > 64))
		r = -EBADMSG;
	if (r == 0)
		r = first_bit(member, &die, offset, width, &bit);
	if (r == 0)
		r = dwarf_bits(&rows->types, &die, bit % 8, (unsigned)width, &row);
	return r < 0 ? r
		     : dwarf_rows_put(rows, path, row, base + bit / 8, (bit % 8 + width + 7) / 8);
}

/* Rust's AtomicU32, NonZeroI8Inner and so on: what is behind the first word. */
static bool is_integer(const char *name)
{
	static const char *const integers[] = {"8", "16", "32", "64", "128", "size"};

	if (strcmp(name, "Bool") == 0)
		return true;
	if (*name != 'I' && *name != 'U')
		return false;
	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
		const size_t n = strlen(integers[i]);

		if (strncmp(name + 1, integers[i], n) == 0 &&
		    (name[1 + n] == '\0' || strcmp(name + 1 + n, "Inner") == 0))
			return true;
	}
	return false;
}

/* What standard libraries put around a value: it has the value's name, not one of their own. */
static bool is_wrapper(Dwarf_Die *die)
{
	static const char *const wrappers[] = {
		"atomic<",       "__atomic_base<", "array<",          "Atomic<",      "AtomicPtr<",
		"UnsafeCell<",   "Cell<",          "SyncUnsafeCell<", "MaybeUninit<", "NonZero<",
		"ManuallyDrop<", "MaybeDangling<", "Wrapping<",       "CachePadded<"};
	const char *name = dwarf_diename(die);

	for (size_t i = 0; name && i < sizeof(wrappers) / sizeof(wrappers[0]); i++)
		if (strncmp(name, wrappers[i], strlen(wrappers[i])) == 0)
			return true;
	return name && ((strncmp(name, "Atomic", 6) == 0 && is_integer(name + 6)) ||
			(strncmp(name, "NonZero", 7) == 0 && is_integer(name + 7)));
}

int dwarf_rows_member(struct dwarf_rows *rows, Dwarf_Die *member, const struct field_path *outer,
		      uint64_t base)
{
	const bool named = dwarf_tag(member) == DW_TAG_member;
	struct field_path path;
	Dwarf_Die type;
	uint64_t offset;

	/* A static one is no part of the struct. */
	if (dwarf_hasattr(member, DW_AT_external) || dwarf_hasattr(member, DW_AT_declaration))
		return 0;
	field_path_member(outer, named ? dwarf_diename(member) : NULL, &path);
	if (!dwarf_type_of(member, &type))
		return -EBADMSG;
	if (!member_offset(member, &offset))
		return put_unknown(rows, &path, "base", "at no fixed place");
	if (offset > DWARF_SIZE_MAX)
		return -EBADMSG;
	if (dwarf_hasattr(member, DW_AT_bit_size))
		return put_bits(rows, member, &type, &path, base, offset);
	return dwarf_rows_value(rows, &type, &path, base + offset);
}

static int add_wrapped(struct dwarf_rows *rows, Dwarf_Die *member, const struct field_path *path,
		       uint64_t base)
{
	Dwarf_Die type;
	uint64_t offset;

	if (dwarf_hasattr(member, DW_AT_external) || dwarf_hasattr(member, DW_AT_declaration))
		return 0;
	if (!dwarf_type_of(member, &type) || !member_offset(member, &offset) ||
	    offset > DWARF_SIZE_MAX)
		return -EBADMSG;
	return dwarf_rows_value(rows, &type, path, base + offset);
}

static int add_child(struct dwarf_rows *rows, Dwarf_Die *child, const struct field_path *path,
		     uint64_t base, bool wrapper)
{
	if (++rows->visits > VISITS_MAX)
		return -EFBIG;
	if (clock_ns() > rows->deadline)
		return -ETIMEDOUT;
	switch (dwarf_tag(child)) {
	case DW_TAG_member:
	case DW_TAG_inheritance:
		return wrapper ? add_wrapped(rows, child, path, base)
			       : dwarf_rows_member(rows, child, path, base);
	case DW_TAG_variant_part:
		return dwarf_rows_variant(rows, child, path, base);
	default:
		return 0; /* methods, types */
	}
}

/* Of what is put around a value, the members are called as it is. */
static int add_struct(struct dwarf_rows *rows, Dwarf_Die *die, const struct field_path *path,
		      uint64_t base)
{
	const bool wrapper = *path->name && is_wrapper(die);
	struct field_path own = *path;
	Dwarf_Die child;
	int r;

	if (dwarf_hasattr(die, DW_AT_declaration))
		return put_unknown(rows, path, "base", "not described");
	if (rows->depth == MADE_DEPTH_MAX)
		return -ELOOP;
	r = wrapper ? 0 : field_path_enter(rows->types.arena, &own, base);
	if (r < 0)
		return r;
	rows->depth++;
	r = dwarf_child(die, &child);
	while (r == 0) {
		r = add_child(rows, &child, &own, base, wrapper);
		if (r == 0)
			r = dwarf_next(&child);
	}
	rows->depth--;
	/* 1: there is none (any more). */
	return r == 1 ? 0 : r == -1 ? -EBADMSG : r;
}

static int add_scalar(struct dwarf_rows *rows, Dwarf_Die *die, const struct field_path *path,
		      uint64_t offset)
{
	const struct field_type *type;
	uint64_t size;
	int r;

	/* Rust's (): nothing to be shown. */
	if (dwarf_size(die, &size) < 0)
		return put_unknown(rows, path, "", "of no known size");
	if (size == 0)
		return 0;
	r = dwarf_scalar(&rows->types, die, &type);
	return r < 0 ? r : dwarf_rows_put(rows, path, type, offset, size);
}

int dwarf_rows_value(struct dwarf_rows *rows, Dwarf_Die *type, const struct field_path *path,
		     uint64_t offset)
{
	const struct field_type *lock = NULL;
	Dwarf_Die die;
	int r = dwarf_strip(type, dwarf_rows_lock, &lock, &die);

	if (lock)
		return dwarf_rows_put(rows, path, lock, offset, lock->size);
	if (r == -ENODATA)
		return put_unknown(rows, path, "", "void");
	if (r < 0)
		return r;
	if (offset > DWARF_SIZE_MAX)
		return -EBADMSG;
	switch (dwarf_tag(&die)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return add_struct(rows, &die, path, offset);
	case DW_TAG_array_type:
		return dwarf_rows_array(rows, &die, path, offset);
	default:
		return add_scalar(rows, &die, path, offset);
	}
}

int dwarf_rows_add(struct dwarf_rows *rows, Dwarf_Die *type)
{
	const struct field_type *lock = NULL;
	const struct field_path top = {0};
	struct field_path path;
	Dwarf_Die die;
	int r = dwarf_strip(type, dwarf_rows_lock, &lock, &die);

	if (!lock)
		return r < 0 ? r : add_struct(rows, &die, &top, 0);
	/* A struct that is itself a lock has no name for it: its own will do. */
	field_path_member(&top, lock->name, &path);
	return dwarf_rows_put(rows, &path, lock, 0, lock->size);
}
