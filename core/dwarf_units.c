/* SPDX-License-Identifier: MIT */
/* From unit to unit, past those in which nothing is to be found. */
#include "core/dwarf_units.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

enum {
	WINDOW = 1 << 20, /* what the processor's cache holds: read at 8 GB/s */
	HEAD = 4096,      /* of each unit so much is filled in, for libdw to see what it is */
	HEADER_MAX = 64,  /* a unit's header, and the first number behind it */
	SAMPLE = 64 << 10,
	TABLES_MAX = 16 << 20,
	UNIT_MAX = 128 << 20, /* libdw passes over one in a single call, at worst in 36 ns a byte */
};

int dwarf_units_init(struct dwarf_file *file, const char *name, bool all, uint64_t deadline,
		     struct dwarf_units *ret)
{
	int r;

	*ret = (struct dwarf_units){.file = file, .deadline = deadline};
	r = dwarf_filter_init(&file->image, name, deadline, &ret->filter);
	if (r < 0)
		return r;
	ret->filter.passes_all = ret->filter.passes_all || all;
	if (ret->filter.passes_all)
		return dwarf_image_fill_all(&file->image);
	if (!file->image.filled)
		ret->window = malloc(WINDOW);
	return file->image.filled || ret->window ? 0 : -ENOMEM;
}

void dwarf_units_deinit(struct dwarf_units *units)
{
	dwarf_filter_deinit(&units->filter);
	free(units->window);
	units->window = NULL;
}

/*
 * Some bytes of .debug_info: at least *size of them where those are no more than a window, which
 * are there until the next call. Less are there where it is larger than that.
 */
static int get_bytes(struct dwarf_units *units, uint64_t offset, uint64_t *size,
		     const unsigned char **ret)
{
	const struct dwarf_image *image = &units->file->image;
	const uint64_t left = image->sizes[KIND_INFO] - offset;
	int r;

	if (image->filled) {
		*ret = image->bytes + image->at[KIND_INFO] + offset;
		return 0;
	}
	if (*size > WINDOW)
		*size = WINDOW;
	if (offset < units->window_at || offset + *size > units->window_at + units->window_size) {
		units->window_size = 0;
		r = dwarf_read(image->fd, units->window, left < WINDOW ? left : WINDOW,
			       image->from + offset);
		if (r < 0)
			return r;
		units->window_at = offset;
		units->window_size = left < WINDOW ? left : WINDOW;
	}
	*ret = units->window + (offset - units->window_at);
	return 0;
}

static uint64_t take(const unsigned char **at, unsigned n)
{
	uint64_t eight = 0;
	uint32_t four;
	uint16_t two;

	*at += n;
	switch (n) {
	case 8:
		return memcpy(&eight, *at - 8, 8), eight;
	case 4:
		return memcpy(&four, *at - 4, 4), four;
	case 2:
		return memcpy(&two, *at - 2, 2), two;
	default:
		return (*at)[-1];
	}
}

/* What a header has behind what all have: an id; a signature, and where the type is. */
static unsigned more_bytes(unsigned kind, bool is_64bit)
{
	switch (kind) {
	case DW_UT_skeleton:
	case DW_UT_split_compile:
		return 8;
	case DW_UT_type:
	case DW_UT_split_type:
		return is_64bit ? 16 : 12;
	default:
		return 0;
	}
}

/* DWARF 5, section 7.5.1, and what was before. HEADER_MAX bytes are there. */
static int read_header(const unsigned char *at, uint64_t left, struct dwarf_unit *ret)
{
	const unsigned char *end = at + HEADER_MAX;
	uint64_t length = take(&at, 4);
	unsigned kind = DW_UT_compile;

	ret->is_64bit = length == 0xffffffff;
	if (ret->is_64bit)
		length = take(&at, 8);
	/* The shortest header has 7 bytes behind the length. */
	if (length < 7 || length > left - (ret->is_64bit ? 12 : 4))
		return -EBADMSG;
	ret->size = length + (ret->is_64bit ? 12 : 4);
	if (ret->size > UNIT_MAX)
		return -EFBIG;
	ret->version = (unsigned)take(&at, 2);
	if (ret->version >= 5) {
		kind = (unsigned)take(&at, 1);
		ret->address_size = (unsigned)take(&at, 1);
		ret->abbrevs = take(&at, ret->is_64bit ? 8 : 4);
	} else {
		ret->abbrevs = take(&at, ret->is_64bit ? 8 : 4);
		ret->address_size = (unsigned)take(&at, 1);
	}
	ret->is_types = kind == DW_UT_type || kind == DW_UT_split_type;
	at += more_bytes(kind, ret->is_64bit);
	dwarf_take_uleb(&at, end, &ret->root);
	return 0;
}

static int read_unit(struct dwarf_units *units, struct dwarf_unit *ret)
{
	struct dwarf_image *image = &units->file->image;
	const uint64_t left = image->sizes[KIND_INFO] - units->offset;
	uint64_t size = left < HEADER_MAX ? left : HEADER_MAX;
	unsigned char header[HEADER_MAX] = {0};
	const unsigned char *bytes;
	int r = left < 11 ? -EBADMSG : get_bytes(units, units->offset, &size, &bytes);

	if (r < 0)
		return r;
	if (units->offset == 0) {
		uint64_t sample = left < SAMPLE ? left : SAMPLE;

		r = get_bytes(units, 0, &sample, &bytes);
		if (r == 0)
			dwarf_filter_sample(&units->filter, bytes, sample);
	}
	memcpy(header, bytes, size);
	*ret = (struct dwarf_unit){.offset = units->offset};
	if (r == 0)
		r = read_header(header, left, ret);
	if (r == 0)
		r = dwarf_image_fill(image, ret->offset, ret->size < HEAD ? ret->size : HEAD);
	return r;
}

/* Window by window, each with the last bytes of the one before. */
static int look_for_bytes(struct dwarf_units *units, const struct dwarf_unit *unit)
{
	for (uint64_t done = 0; done < unit->size;) {
		uint64_t size = unit->size - done;
		const unsigned char *bytes;
		int r = get_bytes(units, unit->offset + done, &size, &bytes);

		if (r < 0)
			return r;
		if (dwarf_filter_bytes(&units->filter, unit, bytes, bytes + size))
			return 1;
		if (done + size == unit->size)
			break;
		done += size - FILTER_REACH;
	}
	return 0;
}

/* 1: the unit is all there, to be looked at; 0: nothing is in it. */
static int take_unit(struct dwarf_units *units, const struct dwarf_unit *unit, Dwarf_Die *die,
		     bool skeleton)
{
	struct dwarf_image *image = &units->file->image;
	/* Of a skeleton all names are in another file. */
	int r = skeleton ? FILTER_TAKE : (int)dwarf_filter_unit(&units->filter, unit, die);

	if (r == FILTER_LOOK)
		r = look_for_bytes(units, unit);
	if (r <= 0)
		return r;
	units->tables += units->filter.abbrevs.length;
	r = units->filter.abbrevs.refers ? dwarf_image_fill_all(image)
					 : dwarf_image_fill(image, unit->offset, unit->size);
	return r < 0 ? r : 1;
}

/*
 * For each unit libdw remembers its table, up to the last entry that was wanted, in some 20 times
 * as many bytes. Only type units share tables, which are small.
 */
static int read_table(struct dwarf_units *units, const struct dwarf_unit *unit)
{
	int r = dwarf_filter_read(&units->filter, unit);

	units->tables += units->filter.abbrevs.root_end;
	if (r == 0 && units->tables > TABLES_MAX + 2 * units->file->image.sizes[KIND_ABBREV])
		r = -EFBIG;
	return r;
}

int dwarf_units_next(struct dwarf_units *units, Dwarf_Die *ret, uint8_t *ret_kind)
{
	const uint64_t size = units->file->image.sizes[KIND_INFO];
	struct dwarf_unit unit;
	int r;

	for (;;) {
		const bool in_info = units->offset < size;

		if (clock_ns() > units->deadline)
			return -ETIMEDOUT;
		r = in_info ? read_unit(units, &unit) : 0;
		if (r == 0 && in_info)
			r = read_table(units, &unit);
		if (r < 0)
			return r;
		r = dwarf_get_units(units->file->dwarf, units->cu, &units->cu, NULL, ret_kind, ret,
				    NULL);
		if (r != 0)
			return r < 0 ? -EBADMSG : 1;
		if (!in_info)
			return 0; /* .debug_types, which few have, and that is small */
		if (dwarf_dieoffset(ret) - dwarf_cuoffset(ret) != unit.offset)
			return -EBADMSG;
		units->offset += unit.size;
		r = take_unit(units, &unit, ret, *ret_kind == DW_UT_skeleton);
		if (r != 0)
			return r < 0 ? r : 0;
	}
}

static int read_header_at(const struct dwarf_image *image, uint64_t offset, struct dwarf_unit *ret)
{
	const uint64_t left =
		offset < image->sizes[KIND_INFO] ? image->sizes[KIND_INFO] - offset : 0;
	unsigned char header[HEADER_MAX] = {0};
	int r = left < 11 ? -EBADMSG
			  : dwarf_read(image->fd, header, left < HEADER_MAX ? left : HEADER_MAX,
				       image->from + offset);

	*ret = (struct dwarf_unit){.offset = offset};
	return r < 0 ? r : read_header(header, left, ret);
}

int dwarf_units_skim(struct dwarf_file *file, uint64_t deadline)
{
	struct dwarf_image *image = &file->image;
	uint64_t offset = 0;
	int r = 0;

	while (r == 0 && !image->filled && offset < image->sizes[KIND_INFO]) {
		struct dwarf_unit unit;

		if (clock_ns() > deadline)
			return -ETIMEDOUT;
		r = read_header_at(image, offset, &unit);
		if (r == 0)
			r = dwarf_image_fill(image, offset, unit.size < HEAD ? unit.size : HEAD);
		offset += unit.size;
	}
	return r;
}

int dwarf_unit_fill(struct dwarf_file *file, uint64_t offset)
{
	struct dwarf_unit unit;
	int r = file->image.filled ? 0 : read_header_at(&file->image, offset, &unit);

	return r < 0 || file->image.filled ? r : dwarf_image_fill(&file->image, offset, unit.size);
}
