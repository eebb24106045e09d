/* SPDX-License-Identifier: MIT */
/*
 * Which units may tell of a name. libdw takes some 0.3 us an entry to look for it, and a large
 * program has millions; but the four bytes that its name is stored as stand, in all of .debug_info,
 * in few other places, and to look for them takes 0.1 ms a megabyte.
 */
#pragma once

#include <elfutils/libdw.h>

#include "core/dwarf_abbrevs.h"

enum {
	FILTER_OFFSETS = 4,
	FILTER_STEM = 32,
	FILTER_REACH = 128, /* more than it is from an entry's first byte to its name's last */
};

/* Bytes that are looked for, and the rarest of them. */
struct dwarf_needle {
	unsigned char bytes[FILTER_STEM];
	size_t n, rare;
};

struct dwarf_filter {
	const struct dwarf_image *image;
	bool passes_all; /* the name is not one that can be looked for like that */
	bool merged;     /* it stands at the end of others, too, and those were left out */
	size_t n_offsets;
	struct dwarf_needle offsets[FILTER_OFFSETS]; /* of the name in .debug_str */
	struct dwarf_needle stem;     /* of the name: up to what may be spelt otherwise */
	struct dwarf_abbrevs abbrevs; /* the last unit's */
};

/* `name` is the struct's, with what it is in: "ns::Ring<int, 8>". -ETIMEDOUT. */
int dwarf_filter_init(const struct dwarf_image *image, const char *name, uint64_t deadline,
		      struct dwarf_filter *ret);
void dwarf_filter_deinit(struct dwarf_filter *filter);

/* How often each byte is in these, which are some of .debug_info: rare ones are found faster. */
void dwarf_filter_sample(struct dwarf_filter *filter, const unsigned char *bytes, size_t n);

enum dwarf_filter_answer {
	FILTER_NONE, /* nothing can be found in it */
	FILTER_LOOK, /* if dwarf_filter_bytes() says so of its bytes */
	FILTER_TAKE, /* it must be looked at */
};

/* Read the unit's table, which is what the next calls are about. -EBADMSG, -ENOMEM. */
int dwarf_filter_read(struct dwarf_filter *filter, const struct dwarf_unit *unit);

/* What is to be done with it, whose own entry is `die`. */
enum dwarf_filter_answer dwarf_filter_unit(const struct dwarf_filter *filter,
					   const struct dwarf_unit *unit, Dwarf_Die *die);

/*
 * Is the name in these bytes of the unit? Where they are a part of it, the first FILTER_REACH must
 * be the last of the part before.
 */
bool dwarf_filter_bytes(const struct dwarf_filter *filter, const struct dwarf_unit *unit,
			const unsigned char *bytes, const unsigned char *end);
