/* SPDX-License-Identifier: MIT */
/* The sections that are needed, and nothing else: most of debug information tells of code. */
#include "core/dwarf_sections.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"

#define SIZE_LIMIT (UINT64_C(2) << 30)
#define NAMES_LIMIT (UINT64_C(64) << 20)
#define SMALL_LIMIT (UINT64_C(64) << 10)

static const struct {
	const char *name, *split;
	enum dwarf_parts parts; /* that it is needed for; of types for variables, too */
} kinds[N_KINDS] = {
	[KIND_ABBREV] = {".debug_abbrev", ".debug_abbrev.dwo", DWARF_TYPES},
	[KIND_STR] = {".debug_str", ".debug_str.dwo", DWARF_TYPES},
	[KIND_LINE_STR] = {".debug_line_str", ".debug_line_str.dwo", DWARF_TYPES},
	[KIND_STR_OFFSETS] = {".debug_str_offsets", ".debug_str_offsets.dwo", DWARF_TYPES},
	[KIND_LINE] = {".debug_line", ".debug_line.dwo", DWARF_VARIABLES},
	[KIND_ADDR] = {".debug_addr", ".debug_addr.dwo", DWARF_VARIABLES},
	[KIND_ARANGES] = {".debug_aranges", ".debug_aranges.dwo", DWARF_VARIABLES},
	[KIND_RANGES] = {".debug_ranges", ".debug_ranges.dwo", DWARF_VARIABLES},
	[KIND_RNGLISTS] = {".debug_rnglists", ".debug_rnglists.dwo", DWARF_VARIABLES},
	[KIND_LOC] = {".debug_loc", ".debug_loc.dwo", DWARF_VARIABLES},
	[KIND_LOCLISTS] = {".debug_loclists", ".debug_loclists.dwo", DWARF_VARIABLES},
	[KIND_TYPES] = {".debug_types", ".debug_types.dwo", DWARF_TYPES},
	[KIND_INFO] = {".debug_info", ".debug_info.dwo", DWARF_TYPES},
};

const char *dwarf_kind_name(enum dwarf_kind kind, bool split)
{
	return split ? kinds[kind].split : kinds[kind].name;
}

/* ".zdebug_info" is what GNU had before sections could say that they are compressed. */
static bool is_called(const char *name, const char *wanted)
{
	return strcmp(name, wanted) == 0 ||
	       (strncmp(name, ".z", 2) == 0 && strcmp(name + 2, wanted + 1) == 0);
}

static bool find_kind(const char *name, const struct dwarf_sections *sections, enum dwarf_kind *ret)
{
	for (*ret = 0; *ret < N_KINDS; (*ret)++)
		if (kinds[*ret].parts <= sections->parts &&
		    is_called(name, dwarf_kind_name(*ret, sections->split)))
			return true;
	return false;
}

/* What ".zdebug_…" says of itself: "ZLIB", and the size in big-endian order. */
static int old_size(Elf_Scn *scn, uint64_t *ret)
{
	Elf_Data *data = elf_rawdata(scn, NULL);

	if (!data || data->d_size < 12 || !data->d_buf)
		return -EBADMSG;
	*ret = 0;
	for (int i = 4; i < 12; i++)
		*ret = *ret << 8 | ((const unsigned char *)data->d_buf)[i];
	return 0;
}

/* libelf allocates what the file claims: zlib makes 1,032 bytes of one at most. */
static int inflated_size(const GElf_Shdr *header, const char *name, struct dwarf_section *section)
{
	GElf_Chdr chdr;
	int r = 0;

	section->packed = true;
	if (header->sh_flags & SHF_COMPRESSED) {
		if (!gelf_getchdr(section->scn, &chdr))
			return -EBADMSG;
		if (chdr.ch_type != ELFCOMPRESS_ZLIB)
			return -ENOTSUP;
		section->size = chdr.ch_size;
	} else if (name[1] == 'z') {
		r = old_size(section->scn, &section->size);
	} else {
		section->packed = false;
		section->size = section->stored;
	}
	return r == 0 && section->size / 1100 > section->stored ? -EBADMSG : r;
}

static int append(struct dwarf_sections *sections, const struct dwarf_section *section)
{
	uint64_t total = section->size;

	for (enum dwarf_kind i = 0; i < N_KINDS; i++)
		total += sections->sizes[i];
	if (section->size > SIZE_LIMIT || total > SIZE_LIMIT)
		return -EFBIG;
	if (array_grow(&sections->list, sections->n, sizeof(*sections->list)) < 0)
		return -ENOMEM;
	sections->list[sections->n] = *section;
	sections->list[sections->n++].at = sections->sizes[section->kind];
	sections->sizes[section->kind] += section->size;
	return 0;
}

/* NOBITS: it has been moved into another file. */
static int add(struct dwarf_sections *sections, Elf_Scn *scn, const char *name, uint64_t length)
{
	struct dwarf_section section = {.scn = scn};
	GElf_Shdr header;
	int r;

	if (!find_kind(name, sections, &section.kind))
		return 0;
	if (!gelf_getshdr(scn, &header))
		return -EBADMSG;
	if (header.sh_type == SHT_NOBITS)
		return 0;
	if (header.sh_offset > length || header.sh_size > length - header.sh_offset)
		return -EBADMSG;
	/* Files may be far longer than memory, and full of holes. */
	if (header.sh_size > SIZE_LIMIT)
		return -EFBIG;
	section.from = header.sh_offset;
	section.stored = header.sh_size;
	r = inflated_size(&header, name, &section);
	return r < 0 ? r : append(sections, &section);
}

/* Their names are in one of the sections, which the library reads as a whole. */
static int find_names(Elf *elf, size_t *ret)
{
	GElf_Shdr header;

	if (elf_getshdrstrndx(elf, ret) < 0 || !gelf_getshdr(elf_getscn(elf, *ret), &header))
		return -EBADMSG;
	return header.sh_size > NAMES_LIMIT ? -EFBIG : 0;
}

static const char *name_of(Elf_Scn *scn, Elf *elf, size_t names)
{
	GElf_Shdr header;
	const char *name =
		gelf_getshdr(scn, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

	return name ? name : "";
}

static int add_all(Elf *elf, uint64_t length, struct dwarf_sections *ret)
{
	size_t names;
	int r = find_names(elf, &names);

	for (Elf_Scn *scn = NULL; r == 0 && (scn = elf_nextscn(elf, scn));) {
		const char *name = name_of(scn, elf, names);

		if (strcmp(name, ".gnu_debugaltlink") == 0)
			ret->has_alternative = true;
		r = add(ret, scn, name, length);
	}
	return r;
}

int dwarf_sections_find(Elf *elf, uint64_t length, enum dwarf_parts parts,
			struct dwarf_sections *ret)
{
	int r = 0;

	for (int split = 0; split < 2; split++) {
		*ret = (struct dwarf_sections){.split = split, .parts = parts};
		r = add_all(elf, length, ret);
		if (r < 0 || ret->sizes[KIND_INFO] > 0 || ret->sizes[KIND_TYPES] > 0)
			break;
		dwarf_sections_deinit(ret);
		r = -ENODATA;
	}
	if (r < 0)
		dwarf_sections_deinit(ret);
	return r;
}

void dwarf_sections_deinit(struct dwarf_sections *sections)
{
	free(sections->list);
	sections->list = NULL;
	sections->n = 0;
}

const Elf_Data *dwarf_section_bytes(Elf *elf, const char *name)
{
	GElf_Shdr header;
	size_t names;

	if (find_names(elf, &names) < 0)
		return NULL;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));)
		if (strcmp(name_of(scn, elf, names), name) == 0)
			return gelf_getshdr(scn, &header) && header.sh_type != SHT_NOBITS &&
					       header.sh_size <= SMALL_LIMIT
				       ? elf_rawdata(scn, NULL)
				       : NULL;
	return NULL;
}
