/* SPDX-License-Identifier: MIT */
/* Copying the sections out, with headers around them that nobody can have lied in. */
#include "core/dwarf_image.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Up to here it is not worth the while to look which parts are needed. */
#define FILL_AT_ONCE (UINT64_C(4) << 20)

enum {
	ALIGNED = 16,
	NAMES_SIZE = 512, /* of the names of sections */
	PADDING = 64,     /* zero bytes behind each: libdw (0.188) trusts texts to have an end */
	N_HEADERS = N_KINDS + 2 /* none, those, and the one of the names */
};

int dwarf_read(int fd, void *ret, uint64_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t n = pread(fd, ret, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		ret = (char *)ret + n;
		size -= (uint64_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static bool is_text(enum dwarf_kind kind)
{
	return kind == KIND_STR || kind == KIND_LINE_STR;
}

/* calloc() takes what is as large as this from the kernel: pages that are not filled are none. */
static int allocate(const struct dwarf_sections *sections, struct dwarf_image *ret)
{
	uint64_t at = sizeof(Elf64_Ehdr) + N_HEADERS * sizeof(Elf64_Shdr) + NAMES_SIZE;

	for (enum dwarf_kind i = 0; i < N_KINDS; i++) {
		const uint64_t size = sections->sizes[i];

		at = (at + ALIGNED - 1) / ALIGNED * ALIGNED;
		ret->at[i] = at;
		ret->sizes[i] = size && is_text(i) ? size + 1 : size;
		at += ret->sizes[i] + PADDING;
	}
	ret->size = at;
	ret->bytes = calloc(1, at);
	return ret->bytes ? 0 : -ENOMEM;
}

static void put_header(struct dwarf_image *image, unsigned number, size_t name, uint64_t at,
		       uint64_t size)
{
	Elf64_Shdr *headers = (Elf64_Shdr *)(image->bytes + sizeof(Elf64_Ehdr));

	headers[number] = (Elf64_Shdr){.sh_name = (Elf64_Word)name,
				       .sh_type = SHT_PROGBITS,
				       .sh_offset = at,
				       .sh_size = size,
				       .sh_addralign = 1};
}

static void put_headers(struct dwarf_image *image, bool split)
{
	const uint64_t names_at = sizeof(Elf64_Ehdr) + N_HEADERS * sizeof(Elf64_Shdr);
	char *names = (char *)image->bytes + names_at;
	size_t end = 1;

	*(Elf64_Ehdr *)image->bytes = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB,
			    EV_CURRENT},
		.e_type = ET_EXEC,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = N_HEADERS,
		.e_shstrndx = N_HEADERS - 1};
	for (enum dwarf_kind i = 0; i < N_KINDS; i++) {
		const char *name = dwarf_kind_name(i, split);

		put_header(image, (unsigned)i + 1, end, image->at[i], image->sizes[i]);
		strcpy(names + end, name);
		end += strlen(name) + 1;
	}
	put_header(image, N_HEADERS - 1, 0, names_at, NAMES_SIZE);
	((Elf64_Shdr *)(image->bytes + sizeof(Elf64_Ehdr)))[N_HEADERS - 1].sh_type = SHT_STRTAB;
}

/* The library inflates it in its own memory. */
static int copy_packed(const struct dwarf_section *section, unsigned char *ret)
{
	const Elf_Data *data;
	GElf_Shdr header;
	int r;

	if (!gelf_getshdr(section->scn, &header))
		return -EBADMSG;
	r = header.sh_flags & SHF_COMPRESSED ? elf_compress(section->scn, 0, 0)
					     : elf_compress_gnu(section->scn, 0, 0);
	data = r < 0 ? NULL : elf_rawdata(section->scn, NULL);
	if (!data || data->d_size != section->size || !data->d_buf)
		return -EBADMSG;
	memcpy(ret, data->d_buf, section->size);
	return 0;
}

static int copy_sections(const struct dwarf_sections *sections, struct dwarf_image *image)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sections->n; i++) {
		const struct dwarf_section *section = &sections->list[i];
		unsigned char *to = image->bytes + image->at[section->kind] + section->at;

		if (section->kind == KIND_INFO && !image->filled)
			image->from = section->from;
		else if (section->kind == KIND_LINE && !image->filled && !section->packed &&
			 section->stored == sections->sizes[KIND_LINE])
			image->lines_from = section->from;
		else if (section->packed)
			r = copy_packed(section, to);
		else
			r = dwarf_read(image->fd, to, section->stored, section->from);
	}
	return r;
}

/* Later: what is large, and lies in the file in one piece, as it is. */
static bool can_wait(Elf *elf, const struct dwarf_sections *sections)
{
	const struct dwarf_section *info = NULL;
	GElf_Ehdr header;

	if (!gelf_getehdr(elf, &header) || header.e_type == ET_REL ||
	    sections->sizes[KIND_INFO] <= FILL_AT_ONCE)
		return false;
	for (size_t i = 0; i < sections->n; i++) {
		if (sections->list[i].kind != KIND_INFO)
			continue;
		if (info)
			return false;
		info = &sections->list[i];
	}
	return info && !info->packed;
}

int dwarf_image_init(Elf *elf, int fd, const struct dwarf_sections *sections,
		     struct dwarf_image *ret)
{
	int r;

	*ret = (struct dwarf_image){.fd = fd, .filled = !can_wait(elf, sections)};
	r = allocate(sections, ret);
	if (r < 0)
		return r;
	put_headers(ret, sections->split);
	r = copy_sections(sections, ret);
	if (r == 0)
		r = dwarf_relocate(elf, sections, ret);
	if (r < 0)
		dwarf_image_deinit(ret);
	return r;
}

void dwarf_image_deinit(struct dwarf_image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

int dwarf_image_fill(struct dwarf_image *image, uint64_t offset, uint64_t size)
{
	if (image->filled)
		return 0;
	if (offset > image->sizes[KIND_INFO] || size > image->sizes[KIND_INFO] - offset)
		return -EBADMSG;
	return dwarf_read(image->fd, image->bytes + image->at[KIND_INFO] + offset, size,
			  image->from + offset);
}

int dwarf_image_fill_all(struct dwarf_image *image)
{
	int r = dwarf_image_fill(image, 0, image->sizes[KIND_INFO]);

	if (r == 0)
		image->filled = true;
	return r;
}

int dwarf_image_fill_lines(struct dwarf_image *image)
{
	const uint64_t from = image->lines_from;

	image->lines_from = 0;
	return from ? dwarf_read(image->fd, image->bytes + image->at[KIND_LINE],
				 image->sizes[KIND_LINE], from)
		    : 0;
}
