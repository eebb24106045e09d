/* SPDX-License-Identifier: MIT */
/* .debug_aranges: DWARF 5, section 6.1.2; the same in all versions. */
#include "core/dwarf_aranges.h"

#include <errno.h>
#include <string.h>

/* The ranges of one unit. */
struct set {
	uint64_t unit;
	unsigned address_size;
	const unsigned char *at, *end; /* the pairs of address and length */
};

/* A number of this machine's byte order, as the file's are. */
static uint64_t number(const unsigned char *at, unsigned size)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (size) {
	case 8:
		return memcpy(&eight, at, 8), eight;
	case 4:
		return memcpy(&four, at, 4), four;
	default:
		return memcpy(&two, at, 2), two;
	}
}

/* *at is at its header, and then behind all of it. */
static int read_set(const unsigned char **at, const unsigned char *end, struct set *ret)
{
	const unsigned char *begin = *at;
	const size_t room = (size_t)(end - begin);
	const bool is_64bit = room >= 4 && number(begin, 4) == 0xffffffff;
	const unsigned offset_size = is_64bit ? 8 : 4, length_size = is_64bit ? 12 : 4;
	const unsigned header = length_size + 2 + offset_size + 2;
	uint64_t length, first;

	if (room < header)
		return -EBADMSG;
	length = number(begin + length_size - offset_size, offset_size);
	if (length > room - length_size || length + length_size < header)
		return -EBADMSG;
	ret->unit = number(begin + length_size + 2, offset_size);
	ret->address_size = begin[header - 2];
	if ((ret->address_size != 4 && ret->address_size != 8) || begin[header - 1] != 0)
		return -EBADMSG;
	/* The pairs are aligned to their own size. */
	first = (header + 2 * ret->address_size - 1) / (2 * ret->address_size) *
		(2 * ret->address_size);
	ret->end = begin + length_size + length;
	ret->at = first < length_size + length ? begin + first : ret->end;
	*at = ret->end;
	return 0;
}

static bool set_has(const struct set *set, uint64_t pc)
{
	const unsigned size = set->address_size;

	for (const unsigned char *at = set->at; set->end - at >= 2 * (ptrdiff_t)size;
	     at += 2 * size) {
		const uint64_t begin = number(at, size), length = number(at + size, size);

		if (pc >= begin && pc - begin < length)
			return true;
	}
	return false;
}

int dwarf_unit_of(const struct dwarf_file *file, uint64_t pc, uint64_t *ret)
{
	const struct dwarf_image *image = &file->image;
	const unsigned char *at = image->bytes + image->at[KIND_ARANGES];
	const unsigned char *end = at + image->sizes[KIND_ARANGES];

	while (at < end) {
		struct set set;
		int r = read_set(&at, end, &set);

		if (r < 0)
			return r;
		if (set_has(&set, pc)) {
			*ret = set.unit;
			return 0;
		}
	}
	return -ENOENT;
}
