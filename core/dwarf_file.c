/* SPDX-License-Identifier: MIT */
/* Opening programs, whoever made them. */
#include "core/dwarf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/dwarf.h"

enum { SECTIONS_MAX = 1 << 20 };

int dwarf_open_at(int dirfd, const char *path, int *ret_fd)
{
	_cleanup_close_ int place = openat(dirfd, path, O_PATH | O_CLOEXEC);

	return place < 0 ? -errno : dwarf_open_located(place, ret_fd);
}

int dwarf_open_located(int place, int *ret_fd)
{
	char self[40];
	struct stat st;

	if (fstat(place, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
	*ret_fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

/* How many sections there are: where they are too many for the header, the first one says it. */
static int count_sections(int fd, const unsigned char *header, uint64_t *ret)
{
	const bool narrow = header[EI_CLASS] == ELFCLASS32;
	Elf32_Ehdr ehdr32;
	Elf64_Ehdr ehdr64;
	Elf32_Shdr shdr32;
	Elf64_Shdr shdr64;
	int r;

	memcpy(&ehdr32, header, sizeof(ehdr32));
	memcpy(&ehdr64, header, sizeof(ehdr64));
	*ret = narrow ? ehdr32.e_shnum : ehdr64.e_shnum;
	if (*ret > 0 || (narrow ? ehdr32.e_shoff : ehdr64.e_shoff) == 0)
		return 0;
	r = narrow ? dwarf_read(fd, &shdr32, sizeof(shdr32), ehdr32.e_shoff)
		   : dwarf_read(fd, &shdr64, sizeof(shdr64), ehdr64.e_shoff);
	*ret = narrow ? shdr32.sh_size : shdr64.sh_size;
	return r;
}

/*
 * One of this machine's byte order: what is in shared memory is, too. libelf (0.188) allocates some
 * hundred bytes for each section that the file claims to have, before it has looked at any.
 */
static int check_header(int fd, bool *ret_32bit)
{
	const char native = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	unsigned char header[sizeof(Elf64_Ehdr)] = {0};
	uint64_t sections;
	int r;

	/* A whole file may be no longer than a header of 32 bits; no program is. */
	if (dwarf_read(fd, header, sizeof(header), 0) < 0 || memcmp(header, ELFMAG, SELFMAG) != 0 ||
	    header[EI_DATA] != native)
		return -ENOEXEC;
	if (header[EI_CLASS] != ELFCLASS32 && header[EI_CLASS] != ELFCLASS64)
		return -ENOEXEC;
	*ret_32bit = header[EI_CLASS] == ELFCLASS32;
	r = count_sections(fd, header, &sections);
	return r == 0 && sections > SECTIONS_MAX ? -EFBIG : r;
}

int dwarf_elf_begin(int fd, Elf **ret, bool *ret_32bit)
{
	int r = check_header(fd, ret_32bit);

	if (r < 0)
		return r;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOTSUP;
	*ret = elf_begin(fd, ELF_C_READ, NULL);
	return *ret ? 0 : -ENOEXEC;
}

static int make_image(int fd, enum dwarf_parts parts, struct dwarf_file *ret)
{
	_cleanup_dwarf_sections_ struct dwarf_sections sections = {0};
	Elf *elf = NULL;
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : dwarf_elf_begin(fd, &elf, &ret->is_32bit);

	if (r == 0)
		r = dwarf_sections_find(elf, (uint64_t)st.st_size, parts, &sections);
	if (r == 0)
		r = dwarf_image_init(elf, fd, &sections, &ret->image);
	ret->has_alternative = sections.has_alternative;
	elf_end(elf);
	return r;
}

static int init(int fd, enum dwarf_parts parts, struct dwarf_file *ret)
{
	int r = make_image(fd, parts, ret);

	if (r < 0)
		return r;
	ret->elf = elf_memory((char *)ret->image.bytes, ret->image.size);
	ret->dwarf = ret->elf ? dwarf_begin_elf(ret->elf, DWARF_C_READ, NULL) : NULL;
	return ret->dwarf ? 0 : -EBADMSG;
}

int dwarf_file_init(int fd, enum dwarf_parts parts, struct dwarf_file *ret)
{
	int r;

	*ret = (struct dwarf_file){0};
	r = init(fd, parts, ret);
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
	dwarf_image_deinit(&file->image);
	*file = (struct dwarf_file){0};
}
