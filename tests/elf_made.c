/* SPDX-License-Identifier: MIT */
/* Writing ELF and DWARF by hand. */
#include "tests/elf_made.h"

#include <dwarf.h>
#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void elf_text_begin(struct elf_text *ret)
{
	*ret = (struct elf_text){0};
	ret->out = open_memstream(&ret->bytes, &ret->size);
	if (!ret->out)
		abort();
}

void elf_text_end(struct elf_text *text)
{
	if (fclose(text->out) != 0)
		abort();
	text->out = NULL;
}

void elf_text_deinit(struct elf_text *text)
{
	free(text->bytes);
	text->bytes = NULL;
}

void elf_put(FILE *out, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fputc((int)(value >> 8 * i & 0xff), out);
}

void elf_put_uleb(FILE *out, uint64_t value)
{
	do
		fputc((int)((value & 0x7f) | (value > 0x7f ? 0x80 : 0)), out);
	while (value >>= 7);
}

void elf_put_name(FILE *out, const char *name)
{
	fputs(name, out);
	fputc('\0', out);
}

void *elf_make(const struct elf_part *parts, size_t n, size_t *ret_size)
{
	const size_t headers = (n + 2) * sizeof(Elf64_Shdr);
	Elf64_Ehdr ehdr = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				       EV_CURRENT},
			   .e_type = ET_EXEC,
			   .e_machine = EM_X86_64,
			   .e_version = EV_CURRENT,
			   .e_shoff = sizeof(ehdr),
			   .e_ehsize = sizeof(ehdr),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = (Elf64_Half)(n + 2),
			   .e_shstrndx = (Elf64_Half)(n + 1)};
	Elf64_Shdr shdr = {0};
	size_t at = sizeof(ehdr) + headers, name = 1;
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, ret_size);

	fwrite(&ehdr, 1, sizeof(ehdr), out);
	fwrite(&shdr, 1, sizeof(shdr), out);
	for (size_t i = 0; i < n; i++) {
		shdr = (Elf64_Shdr){.sh_name = (Elf64_Word)name,
				    .sh_type = SHT_PROGBITS,
				    .sh_flags = parts[i].flags,
				    .sh_offset = at,
				    .sh_size = parts[i].size,
				    .sh_addralign = 1};
		fwrite(&shdr, 1, sizeof(shdr), out);
		name += strlen(parts[i].name) + 1;
		at += parts[i].size;
	}
	shdr = (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = at, .sh_size = name};
	fwrite(&shdr, 1, sizeof(shdr), out);
	for (size_t i = 0; i < n; i++)
		fwrite(parts[i].bytes, 1, parts[i].size, out);
	fputc('\0', out);
	for (size_t i = 0; i < n; i++)
		elf_put_name(out, parts[i].name);
	fclose(out);
	return bytes;
}

static const struct {
	unsigned tag;
	bool children;
	struct {
		unsigned name, form;
	} attributes[4];
} entries[N_ENTRIES] = {
	[ENTRY_UNIT] = {DW_TAG_compile_unit, true},
	[ENTRY_STRUCT] = {DW_TAG_structure_type,
			  true,
			  {{DW_AT_name, DW_FORM_string}, {DW_AT_byte_size, DW_FORM_data8}}},
	[ENTRY_MEMBER] = {DW_TAG_member,
			  false,
			  {{DW_AT_name, DW_FORM_string},
			   {DW_AT_type, DW_FORM_ref4},
			   {DW_AT_data_member_location, DW_FORM_udata}}},
	[ENTRY_BASE] = {DW_TAG_base_type,
			false,
			{{DW_AT_name, DW_FORM_string},
			 {DW_AT_byte_size, DW_FORM_data1},
			 {DW_AT_encoding, DW_FORM_data1}}},
	[ENTRY_TYPEDEF] = {DW_TAG_typedef,
			   false,
			   {{DW_AT_name, DW_FORM_string}, {DW_AT_type, DW_FORM_ref4}}},
	[ENTRY_ARRAY] = {DW_TAG_array_type, true, {{DW_AT_type, DW_FORM_ref4}}},
	[ENTRY_RANGE] = {DW_TAG_subrange_type, false, {{DW_AT_upper_bound, DW_FORM_data8}}},
	[ENTRY_BASE_CLASS] = {DW_TAG_inheritance,
			      false,
			      {{DW_AT_type, DW_FORM_ref4},
			       {DW_AT_data_member_location, DW_FORM_udata}}},
	[ENTRY_COMPUTED] = {DW_TAG_member,
			    false,
			    {{DW_AT_name, DW_FORM_string},
			     {DW_AT_type, DW_FORM_ref4},
			     {DW_AT_data_member_location, DW_FORM_exprloc}}},
	[ENTRY_STRP] = {DW_TAG_structure_type,
			true,
			{{DW_AT_name, DW_FORM_strp}, {DW_AT_byte_size, DW_FORM_data1}}},
	[ENTRY_FAR] = {DW_TAG_member,
		       false,
		       {{DW_AT_name, DW_FORM_string},
			{DW_AT_type, DW_FORM_ref_addr},
			{DW_AT_data_member_location, DW_FORM_udata}}},
	[ENTRY_ENUM] = {DW_TAG_enumeration_type,
			true,
			{{DW_AT_name, DW_FORM_string}, {DW_AT_byte_size, DW_FORM_data1}}},
	[ENTRY_NAME] = {DW_TAG_enumerator,
			false,
			{{DW_AT_name, DW_FORM_string}, {DW_AT_const_value, DW_FORM_udata}}},
	[ENTRY_BITS] = {DW_TAG_member,
			false,
			{{DW_AT_name, DW_FORM_string},
			 {DW_AT_type, DW_FORM_ref4},
			 {DW_AT_bit_size, DW_FORM_udata},
			 {DW_AT_data_bit_offset, DW_FORM_udata}}},
	[ENTRY_VARIANT] = {DW_TAG_variant_part, true, {{DW_AT_discr, DW_FORM_ref4}}},
	[ENTRY_CASE] = {DW_TAG_variant, true, {{DW_AT_discr_value, DW_FORM_udata}}},
	[ENTRY_FUNCTION] = {DW_TAG_subprogram, true},
	[ENTRY_SIBLING] = {DW_TAG_structure_type,
			   true,
			   {{DW_AT_name, DW_FORM_string}, {DW_AT_sibling, DW_FORM_ref4}}},
	[ENTRY_ORIGIN] = {DW_TAG_structure_type, true, {{DW_AT_specification, DW_FORM_ref4}}},
};

void elf_put_abbrevs(FILE *out)
{
	for (unsigned i = 1; i < N_ENTRIES; i++) {
		elf_put_uleb(out, i);
		elf_put_uleb(out, entries[i].tag);
		fputc(entries[i].children, out);
		for (size_t k = 0; k < 4 && entries[i].attributes[k].name; k++) {
			elf_put_uleb(out, entries[i].attributes[k].name);
			elf_put_uleb(out, entries[i].attributes[k].form);
		}
		elf_put(out, 0, 2);
	}
	fputc(0, out);
}

void elf_put_unit(FILE *out, uint32_t length)
{
	elf_put(out, length, 4);
	elf_put(out, 4, 2); /* version */
	elf_put(out, 0, 4); /* offset of the table */
	elf_put(out, 8, 1); /* bytes of an address */
	fputc(ENTRY_UNIT, out);
}

void elf_end_unit(struct elf_text *info)
{
	const uint32_t length = (uint32_t)info->size - 4;

	memcpy(info->bytes, &length, sizeof(length));
}
