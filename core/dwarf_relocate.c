/* SPDX-License-Identifier: MIT */
/* Relocations of object files, as far as they are from debug information to debug information. */
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "core/dwarf_image.h"

#define SIZE_LIMIT (UINT64_C(1) << 30)

/* "The symbol's value plus the addend", which is all that debug information has of others. */
static const struct {
	unsigned machine, type;
	size_t width;
} absolute[] = {
	{EM_X86_64, R_X86_64_32, 4},
	{EM_X86_64, R_X86_64_64, 8},
	{EM_386, R_386_32, 4},
	{EM_AARCH64, R_AARCH64_ABS32, 4},
	{EM_AARCH64, R_AARCH64_ABS64, 8},
	{EM_ARM, R_ARM_ABS32, 4},
	{EM_PPC64, R_PPC64_ADDR32, 4},
	{EM_PPC64, R_PPC64_ADDR64, 8},
	{EM_S390, R_390_32, 4},
	{EM_S390, R_390_64, 8},
};

/* All tables, and what is common to them. */
struct tables {
	Elf *elf;
	unsigned machine;
	const struct dwarf_section **by_number; /* those that are in the image, or NULL */
	size_t n;
	unsigned char *at[N_KINDS]; /* where each kind begins */
};

/* One table of relocations, and what it is about. */
struct table {
	const struct tables *all;
	const struct dwarf_section *target;
	Elf_Data *symbols;
	bool addends; /* the table has them; else the target does */
};

static size_t width_of(unsigned machine, uint64_t type)
{
	for (size_t i = 0; i < sizeof(absolute) / sizeof(absolute[0]); i++)
		if (absolute[i].machine == machine && absolute[i].type == type)
			return absolute[i].width;
	return 0;
}

static const struct dwarf_section *find(const struct tables *all, size_t number)
{
	return number < all->n ? all->by_number[number] : NULL;
}

/* Symbols of code stay 0. Numbers of sections beyond 0xff00 are in a table that is not looked at.
 */
static uint64_t symbol_value(const struct table *table, uint64_t number)
{
	const struct dwarf_section *section;
	GElf_Sym symbol;

	if (number > INT32_MAX || !gelf_getsym(table->symbols, (int)number, &symbol))
		return 0;
	section = find(table->all, symbol.st_shndx);
	return section ? section->at + symbol.st_value : 0;
}

static uint64_t get(const unsigned char *place, size_t width)
{
	uint64_t eight;
	uint32_t four;

	if (width == 8)
		return memcpy(&eight, place, 8), eight;
	return memcpy(&four, place, 4), four;
}

static void put(unsigned char *place, size_t width, uint64_t value)
{
	const uint32_t four = (uint32_t)value;

	memcpy(place, width == 8 ? (const void *)&value : &four, width);
}

static void relocate(const struct table *table, const GElf_Rela *entry)
{
	const struct dwarf_section *target = table->target;
	const size_t width = width_of(table->all->machine, GELF_R_TYPE(entry->r_info));
	unsigned char *place;
	uint64_t value;

	if (width == 0 || target->size < width || entry->r_offset > target->size - width)
		return;
	place = table->all->at[target->kind] + target->at + entry->r_offset;
	value = table->addends ? (uint64_t)entry->r_addend : get(place, width);
	put(place, width, value + symbol_value(table, GELF_R_SYM(entry->r_info)));
}

static bool get_entry(Elf_Data *data, size_t i, bool addends, GElf_Rela *ret)
{
	GElf_Rel rel;

	if (addends)
		return gelf_getrela(data, (int)i, ret) != NULL;
	if (!gelf_getrel(data, (int)i, &rel))
		return false;
	*ret = (GElf_Rela){.r_offset = rel.r_offset, .r_info = rel.r_info};
	return true;
}

/* Files may be far longer than memory, and full of holes. */
static Elf_Data *read_section(Elf_Scn *scn)
{
	GElf_Shdr header;

	return gelf_getshdr(scn, &header) && header.sh_size <= SIZE_LIMIT ? elf_getdata(scn, NULL)
									  : NULL;
}

static void relocate_section(const struct tables *all, Elf_Scn *scn, const GElf_Shdr *header)
{
	struct table table = {.all = all,
			      .target = find(all, header->sh_info),
			      .addends = header->sh_type == SHT_RELA};
	Elf_Data *data = table.target ? read_section(scn) : NULL;
	GElf_Rela entry;

	table.symbols = data ? read_section(elf_getscn(all->elf, header->sh_link)) : NULL;
	for (size_t i = 0; table.symbols && i < INT32_MAX; i++) {
		if (!get_entry(data, i, table.addends, &entry))
			break;
		relocate(&table, &entry);
	}
}

static int list_sections(const struct dwarf_sections *sections, struct tables *all)
{
	if (elf_getshdrnum(all->elf, &all->n) < 0)
		return -EBADMSG;
	all->by_number = calloc(all->n, sizeof(const struct dwarf_section *));
	if (!all->by_number)
		return -ENOMEM;
	for (size_t i = 0; i < sections->n; i++)
		all->by_number[elf_ndxscn(sections->list[i].scn)] = &sections->list[i];
	return 0;
}

int dwarf_relocate(Elf *elf, const struct dwarf_sections *sections, struct dwarf_image *image)
{
	struct tables all = {.elf = elf};
	GElf_Ehdr ehdr;
	int r;

	if (!gelf_getehdr(elf, &ehdr) || ehdr.e_type != ET_REL)
		return 0;
	all.machine = ehdr.e_machine;
	for (enum dwarf_kind i = 0; i < N_KINDS; i++)
		all.at[i] = image->bytes + image->at[i];
	r = list_sections(sections, &all);
	if (r < 0)
		return r;
	for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn; scn = elf_nextscn(elf, scn)) {
		GElf_Shdr header;

		if (gelf_getshdr(scn, &header) &&
		    (header.sh_type == SHT_RELA || header.sh_type == SHT_REL))
			relocate_section(&all, scn, &header);
	}
	free(all.by_number);
	return 0;
}
