/* SPDX-License-Identifier: MIT */
/* Looking for the bytes that a name is stored as. */
#include "core/dwarf_filter.h"

#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/dwarf_scope.h"

/* The name's first bytes, up to where others may have a blank. */
static void make_stem(const char *part, struct dwarf_needle *ret)
{
	size_t n = strcspn(part, " <>,*&()");

	if (part[n] != '\0' && n == 0)
		return;
	n += part[n] == '\0' || part[n] == '<'; /* the NUL, or what no name has else */
	ret->n = n < FILTER_STEM ? n : FILTER_STEM;
	memcpy(ret->bytes, part, ret->n);
}

static const unsigned char *find(const unsigned char *at, const unsigned char *end,
				 const struct dwarf_needle *needle)
{
	while ((size_t)(end - at) >= needle->n) {
		at = memchr(at + needle->rare, needle->bytes[needle->rare],
			    (size_t)(end - at) - needle->n + 1);
		if (!at)
			return NULL;
		at -= needle->rare;
		if (memcmp(at, needle->bytes, needle->n) == 0)
			return at;
		at++;
	}
	return NULL;
}

static void add_offset(struct dwarf_filter *filter, uint64_t offset)
{
	const uint32_t low = (uint32_t)offset; /* the first four bytes of eight, too */
	struct dwarf_needle *needle;

	if (filter->n_offsets == FILTER_OFFSETS) {
		filter->passes_all = true;
		return;
	}
	needle = &filter->offsets[filter->n_offsets++];
	*needle = (struct dwarf_needle){.n = sizeof(low)};
	memcpy(needle->bytes, &low, sizeof(low));
}

/* Where .debug_str has it: each text once, or as the end of another, as linkers leave it. */
static int find_texts(struct dwarf_filter *filter, const char *part, bool ends, uint64_t deadline)
{
	const struct dwarf_image *image = filter->image;
	const unsigned char *begin = image->bytes + image->at[KIND_STR], *at = begin;
	const unsigned char *end = begin + image->sizes[KIND_STR];

	for (; !filter->passes_all && (at = find(at, end, &filter->stem)); at++) {
		if (clock_ns() > deadline)
			return -ETIMEDOUT;
		if (!dwarf_same_name((const char *)at, part))
			continue;
		if (ends || at == begin || at[-1] == '\0')
			add_offset(filter, (uint64_t)(at - begin));
		else
			filter->merged = true;
	}
	return 0;
}

int dwarf_filter_init(const struct dwarf_image *image, const char *name, uint64_t deadline,
		      struct dwarf_filter *ret)
{
	const char *part = dwarf_last_part(name);
	int r;

	*ret = (struct dwarf_filter){.image = image};
	make_stem(part, &ret->stem);
	if (ret->stem.n == 0) {
		ret->passes_all = true;
		return 0;
	}
	r = find_texts(ret, part, false, deadline);
	if (r == 0 && ret->n_offsets == 0 && ret->merged) {
		ret->merged = false;
		r = find_texts(ret, part, true, deadline);
	}
	return r;
}

void dwarf_filter_deinit(struct dwarf_filter *filter)
{
	dwarf_abbrevs_deinit(&filter->abbrevs);
}

static void choose_rare(struct dwarf_needle *needle, const unsigned counts[256])
{
	for (size_t i = 0; i < needle->n; i++)
		if (counts[needle->bytes[i]] < counts[needle->bytes[needle->rare]])
			needle->rare = i;
}

void dwarf_filter_sample(struct dwarf_filter *filter, const unsigned char *bytes, size_t n)
{
	unsigned counts[256] = {0};

	for (size_t i = 0; i < n; i++)
		counts[bytes[i]]++;
	choose_rare(&filter->stem, counts);
	for (size_t i = 0; i < filter->n_offsets; i++)
		choose_rare(&filter->offsets[i], counts);
}

/* The part of .debug_str_offsets that is the unit's; all of it where that is not told. */
static void find_table(const struct dwarf_image *image, const struct dwarf_unit *unit,
		       Dwarf_Die *die, const unsigned char **ret, const unsigned char **ret_end)
{
	const unsigned char *begin = image->bytes + image->at[KIND_STR_OFFSETS];
	const uint64_t size = image->sizes[KIND_STR_OFFSETS];
	Dwarf_Attribute attribute;
	Dwarf_Word base;
	uint32_t length;

	*ret = begin;
	*ret_end = begin + size;
	if (unit->is_64bit || !dwarf_attr(die, DW_AT_str_offsets_base, &attribute) ||
	    dwarf_formudata(&attribute, &base) < 0 || base < 8 || base > size)
		return;
	/* The header before it is a length, and four bytes that count in it. */
	memcpy(&length, begin + base - 8, sizeof(length));
	if (length < 4 || length - 4 > size - base)
		return;
	*ret = begin + base;
	*ret_end = *ret + length - 4;
}

static bool is_indexed(const struct dwarf_filter *filter, const struct dwarf_unit *unit,
		       Dwarf_Die *die)
{
	const unsigned char *begin, *end;

	find_table(filter->image, unit, die, &begin, &end);
	for (size_t i = 0; i < filter->n_offsets; i++)
		if (find(begin, end, &filter->offsets[i]))
			return true;
	return false;
}

int dwarf_filter_read(struct dwarf_filter *filter, const struct dwarf_unit *unit)
{
	return dwarf_abbrevs_read(filter->image, unit, &filter->abbrevs);
}

enum dwarf_filter_answer dwarf_filter_unit(const struct dwarf_filter *filter,
					   const struct dwarf_unit *unit, Dwarf_Die *die)
{
	const struct dwarf_abbrevs *abbrevs = &filter->abbrevs;

	if (filter->passes_all || abbrevs->has[TEXT_OTHER] ||
	    (abbrevs->has[TEXT_INDEX] && is_indexed(filter, unit, die)))
		return FILTER_TAKE;
	if (abbrevs->has[TEXT_INLINE] || (abbrevs->has[TEXT_OFFSET] && filter->n_offsets > 0))
		return FILTER_LOOK;
	return FILTER_NONE;
}

/* Is what stands there a name, by what stands before it? */
static bool is_name(const struct dwarf_abbrevs *abbrevs, const struct dwarf_unit *unit,
		    enum dwarf_text text, const unsigned char *bytes, const unsigned char *at)
{
	const bool declared = unit->is_types || abbrevs->specifies;

	for (size_t i = 0; i < abbrevs->n; i++) {
		const struct dwarf_definition *definition = &abbrevs->list[i];
		const size_t before = definition->n_code + (size_t)definition->before;

		if (definition->text != text || (definition->declared && !declared))
			continue;
		if (definition->before < 0)
			return true;
		if ((size_t)(at - bytes) >= before &&
		    memcmp(at - before, definition->code, definition->n_code) == 0)
			return true;
	}
	return false;
}

static bool has_needle(const struct dwarf_filter *filter, const struct dwarf_unit *unit,
		       enum dwarf_text text, const struct dwarf_needle *needle,
		       const unsigned char *bytes, const unsigned char *end)
{
	for (const unsigned char *at = bytes; (at = find(at, end, needle)); at++)
		if (is_name(&filter->abbrevs, unit, text, bytes, at))
			return true;
	return false;
}

bool dwarf_filter_bytes(const struct dwarf_filter *filter, const struct dwarf_unit *unit,
			const unsigned char *bytes, const unsigned char *end)
{
	for (size_t i = 0; filter->abbrevs.has[TEXT_OFFSET] && i < filter->n_offsets; i++)
		if (has_needle(filter, unit, TEXT_OFFSET, &filter->offsets[i], bytes, end))
			return true;
	return filter->abbrevs.has[TEXT_INLINE] &&
	       has_needle(filter, unit, TEXT_INLINE, &filter->stem, bytes, end);
}
