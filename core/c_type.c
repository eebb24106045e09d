/* SPDX-License-Identifier: MIT */
/* Where a compiler puts the members of a struct. */
#include "core/c_type.h"

#include <errno.h>

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return to ? (n + to - 1) / to * to : n;
}

int c_array(const struct c_type *of, uint64_t count, struct c_type *ret)
{
	*ret = (struct c_type){.kind = C_ARRAY,
			       .complete = true,
			       .broken = of->broken,
			       .open = count == 0,
			       .align = of->align,
			       .to = of,
			       .count = count};
	if (__builtin_mul_overflow(of->size, count, &ret->size) || ret->size > C_SIZE_MAX)
		return -EFBIG;
	return 0;
}

bool c_is_integer(const struct c_type *type)
{
	return type->kind == C_ROW && type->row->number && type->size <= sizeof(uint64_t);
}

/* How far the members before have come. */
struct place {
	uint64_t bits;  /* from the start on */
	uint64_t end;   /* of a union: the largest */
	uint64_t align; /* of all together */
};

static uint64_t alignment(const struct c_member *member, bool packed)
{
	const uint64_t own = packed || member->packed ? 1 : member->type->align;

	return member->aligned > own ? member->aligned : own;
}

/*
 * A bit field lies in one integer of its type, unless it is packed. One of no bits ends that
 * integer; without a name it has no say in how the struct is aligned.
 */
static void place_bits(struct place *place, struct c_member *member, bool packed)
{
	const uint64_t unit = 8 * member->type->align, align = alignment(member, packed);
	const uint64_t width = member->width;
	const bool whole = !packed && !member->packed;

	if (width == 0)
		place->bits = round_up(place->bits, unit);
	else if (member->aligned)
		place->bits = round_up(place->bits, 8 * align);
	else if (whole && (place->bits % unit) + width > 8 * member->type->size)
		place->bits = round_up(place->bits, unit);
	member->offset = place->bits / 8;
	member->bit = place->bits % 8;
	place->bits += width;
	if (member->name && align > place->align)
		place->align = align;
}

static void place_member(struct place *place, struct c_member *member, bool packed)
{
	const uint64_t align = alignment(member, packed);

	if (member->is_bits) {
		place_bits(place, member, packed);
		return;
	}
	place->bits = round_up(place->bits, 8 * align);
	member->offset = place->bits / 8;
	place->bits += 8 * member->type->size;
	if (align > place->align)
		place->align = align;
}

int c_place(struct c_type *type, bool packed, uint64_t aligned)
{
	struct place place = {.align = aligned ? aligned : 1};

	for (struct c_member *member = type->first; member; member = member->next) {
		place_member(&place, member, packed);
		if (place.bits > 8 * C_SIZE_MAX)
			return -EFBIG;
		if (place.bits > place.end)
			place.end = place.bits;
		if (type->kind == C_UNION)
			place.bits = 0;
		type->open = type->open || member->type->open;
		type->broken = type->broken || member->type->broken;
	}
	type->align = place.align;
	type->size = round_up((place.end + 7) / 8, type->align);
	type->complete = true;
	return 0;
}
