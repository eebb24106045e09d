/* SPDX-License-Identifier: MIT */
/*
 * Opening programs. Files are read, not mapped: one that shrinks meanwhile is an error then, and no
 * SIGBUS.
 */
#include "core/dwarf_file.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/dwarf.h"

#define SIZE_LIMIT (UINT64_C(2) << 30)

int dwarf_open_at(int dirfd, const char *path, int *ret_fd)
{
	_cleanup_close_ int place = openat(dirfd, path, O_PATH | O_CLOEXEC);
	char self[40];
	struct stat st;

	if (place < 0 || fstat(place, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
	*ret_fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

/* What the section has when libelf has inflated it: it believes the number that is in the file. */
static int inflated_size(Elf_Scn *section, const GElf_Shdr *header, const char *name, uint64_t *ret)
{
	GElf_Chdr chdr;

	*ret = header->sh_type == SHT_NOBITS ? 0 : header->sh_size;
	if (header->sh_flags & SHF_COMPRESSED) {
		if (!gelf_getchdr(section, &chdr))
			return -EBADMSG;
		*ret = chdr.ch_size;
	} else if (strncmp(name, ".zdebug", 7) == 0) {
		/* "ZLIB" and the size, big-endian: what GNU had before. */
		Elf_Data *data = elf_rawdata(section, NULL);

		if (!data || data->d_size < 12 || !data->d_buf)
			return -EBADMSG;
		*ret = 0;
		for (int i = 4; i < 12; i++)
			*ret = *ret << 8 | ((const unsigned char *)data->d_buf)[i];
	} else {
		return 0;
	}
	/* zlib makes 1,032 bytes of one at most, zstd of that size is refused alike. */
	return *ret / 1100 > header->sh_size ? -EBADMSG : 0;
}

/* Has it debug information, and no more of it than may be? */
static int check_sections(Elf *elf)
{
	uint64_t total = 0, size;
	size_t names;
	bool found = false;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return -EBADMSG;
	for (Elf_Scn *section = elf_nextscn(elf, NULL); section;
	     section = elf_nextscn(elf, section)) {
		GElf_Shdr header;
		const char *name;
		int r;

		if (!gelf_getshdr(section, &header))
			return -EBADMSG;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || (strncmp(name, ".debug", 6) != 0 && strncmp(name, ".zdebug", 7) != 0))
			continue;
		r = inflated_size(section, &header, name, &size);
		if (r < 0)
			return r;
		if (size > SIZE_LIMIT || (total += size) > SIZE_LIMIT)
			return -EFBIG;
		found = found || strstr(name, "debug_info");
	}
	return found ? 0 : -ENODATA;
}

/* One of this machine's byte order: what is in shared memory is, too. */
static int check_ident(Elf *elf, bool *ret_32bit)
{
	const char native = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	size_t size;
	const char *ident = elf_getident(elf, &size);

	if (elf_kind(elf) != ELF_K_ELF || !ident || size < EI_NIDENT || ident[EI_DATA] != native)
		return -ENOEXEC;
	*ret_32bit = ident[EI_CLASS] == ELFCLASS32;
	return 0;
}

/* Parts that dwz(1) has put into another file: libdw would open it by a name that is in this one.
 */
static bool has_alternative(Dwarf *dwarf)
{
	const char *name;
	const void *id;

	return dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id) > 0;
}

static int init(int fd, struct dwarf_file *ret)
{
	int r;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOTSUP;
	ret->elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!ret->elf)
		return -ENOEXEC;
	r = check_ident(ret->elf, &ret->is_32bit);
	if (r == 0)
		r = check_sections(ret->elf);
	if (r < 0)
		return r;
	ret->dwarf = dwarf_begin_elf(ret->elf, DWARF_C_READ, NULL);
	if (!ret->dwarf)
		return -EBADMSG;
	return has_alternative(ret->dwarf) ? -ENOTSUP : 0;
}

int dwarf_file_init(int fd, struct dwarf_file *ret)
{
	int r;

	*ret = (struct dwarf_file){0};
	r = init(fd, ret);
	if (r < 0)
		dwarf_file_deinit(ret);
	return r;
}

void dwarf_file_deinit(struct dwarf_file *file)
{
	if (file->dwarf)
		dwarf_end(file->dwarf);
	if (file->elf)
		elf_end(file->elf);
	*file = (struct dwarf_file){0};
}
