/* SPDX-License-Identifier: MIT */
/* Finding them, as gdb does (its manual, "Separate Debug Files"), and not believing their names. */
#include "core/dwarf_separate.h"

#include <errno.h>
#include <gelf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/dwarf.h"
#include "core/dwarf_file.h"

enum { ID_MIN = 3, ID_MAX = 64 };

/* No longer files are read to their end for a checksum: that takes 2.5 ms a megabyte. */
#define CHECKED_MAX ((off_t)1 << 30)

struct build_id {
	unsigned char bytes[ID_MAX];
	size_t n; /* 0: none */
};

/* What a file must be to be believed. */
struct wanted {
	struct build_id id;
	uint32_t checksum; /* where it has no id */
	const char *root;
	struct stat not ; /* nor may it be this one */
};

static void set_id(struct build_id *ret, const void *bytes, size_t n)
{
	if (n < ID_MIN || n > ID_MAX)
		return;
	memcpy(ret->bytes, bytes, n);
	ret->n = n;
}

/* The one note of .note.gnu.build-id: three words, "GNU", and the id. */
static void read_id(Elf *elf, struct build_id *ret)
{
	const Elf_Data *data = dwarf_section_bytes(elf, ".note.gnu.build-id");
	uint32_t words[3];

	*ret = (struct build_id){0};
	if (!data || !data->d_buf || data->d_size < sizeof(words) + 4)
		return;
	memcpy(words, data->d_buf, sizeof(words));
	if (words[0] == 4 && words[2] == NT_GNU_BUILD_ID &&
	    memcmp((char *)data->d_buf + sizeof(words), "GNU", 4) == 0 &&
	    words[1] <= data->d_size - sizeof(words) - 4)
		set_id(ret, (char *)data->d_buf + sizeof(words) + 4, words[1]);
}

/* The text that a section begins with, and how many bytes it has in all. */
static const char *read_text(Elf *elf, const char *section, size_t *ret_size)
{
	const Elf_Data *data = dwarf_section_bytes(elf, section);

	if (!data || !data->d_buf || !memchr(data->d_buf, 0, data->d_size))
		return NULL;
	*ret_size = data->d_size;
	return data->d_buf;
}

/* The one of zlib and of gdb: CRC-32 of ISO 3309. */
static uint32_t checksum(uint32_t crc, const unsigned char *bytes, size_t n)
{
	uint32_t table[256];

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	crc = ~crc;
	for (size_t i = 0; i < n; i++)
		crc = table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

static bool has_checksum(int fd, const struct stat *st, uint32_t wanted)
{
	_cleanup_free_ unsigned char *bytes = malloc(1 << 20);
	uint32_t crc = 0;
	ssize_t n = 0;

	for (off_t at = 0; bytes && st->st_size <= CHECKED_MAX && at < st->st_size; at += n) {
		n = pread(fd, bytes, 1 << 20, at);
		if (n <= 0)
			return false;
		crc = checksum(crc, bytes, (size_t)n);
	}
	return bytes && st->st_size <= CHECKED_MAX && crc == wanted;
}

static bool is_wanted(int fd, const struct wanted *wanted)
{
	struct build_id id;
	struct stat st;
	bool narrow;
	Elf *elf;

	if (fstat(fd, &st) < 0 ||
	    (st.st_dev == wanted->not .st_dev && st.st_ino == wanted->not .st_ino))
		return false;
	if (wanted->id.n == 0)
		return has_checksum(fd, &st, wanted->checksum);
	if (dwarf_elf_begin(fd, &elf, &narrow) < 0)
		return false;
	read_id(elf, &id);
	elf_end(elf);
	return id.n == wanted->id.n && memcmp(id.bytes, wanted->id.bytes, id.n) == 0;
}

__attribute__((format(printf, 3, 4))) static int try(const struct wanted *wanted, int *ret_fd,
						     const char *format, ...)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if ((size_t)n >= sizeof(path) || dwarf_open(path, &fd) < 0 || !is_wanted(fd, wanted))
		return -ENOENT;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int try_id(const struct wanted *wanted, int *ret_fd)
{
	char digits[2 * ID_MAX + 1] = "";

	if (wanted->id.n == 0)
		return -ENOENT;
	for (size_t i = 0; i < wanted->id.n; i++)
		snprintf(digits + 2 * i, 3, "%02x", wanted->id.bytes[i]);
	return try(wanted, ret_fd, "%s/.build-id/%.2s/%s.debug", wanted->root, digits, digits + 2);
}

/* A name with folders in it is none that objcopy(1) has put there. */
static int try_link(const struct wanted *wanted, const char *name, const char *folder, int *ret_fd)
{
	_cleanup_free_ char *real = folder ? realpath(folder, NULL) : NULL;
	int r = -ENOENT;

	if (!real || *name == '\0' || strchr(name, '/'))
		return r;
	r = try(wanted, ret_fd, "%s/%s", real, name);
	if (r < 0)
		r = try(wanted, ret_fd, "%s/.debug/%s", real, name);
	return r < 0 ? try(wanted, ret_fd, "%s%s/%s", wanted->root, real, name) : r;
}

static int find_separate(Elf *elf, const char *folder, struct wanted *wanted, int *ret_fd)
{
	const char *name;
	size_t size;
	int r;

	read_id(elf, &wanted->id);
	r = try_id(wanted, ret_fd);
	name = r < 0 ? read_text(elf, ".gnu_debuglink", &size) : NULL;
	if (!name || size < strlen(name) + 1 + sizeof(wanted->checksum))
		return r;
	memcpy(&wanted->checksum, name + size - sizeof(wanted->checksum), sizeof(wanted->checksum));
	return try_link(wanted, name, folder, ret_fd);
}

/* The name, and behind it the id. */
static int find_alternative(Elf *elf, const char *folder, struct wanted *wanted, int *ret_fd)
{
	size_t size;
	const char *name = read_text(elf, ".gnu_debugaltlink", &size);
	int r;

	if (name)
		set_id(&wanted->id, name + strlen(name) + 1, size - strlen(name) - 1);
	if (wanted->id.n == 0)
		return -ENOLINK;
	r = try_id(wanted, ret_fd);
	if (r < 0 && *name == '/')
		r = try(wanted, ret_fd, "%s", name);
	else if (r < 0 && folder)
		r = try(wanted, ret_fd, "%s/%s", folder, name);
	return r < 0 ? -ENOLINK : 0;
}

static int find(int fd, const char *folder, const char *root, int *ret_fd,
		int (*fn)(Elf *elf, const char *folder, struct wanted *wanted, int *ret_fd))
{
	struct wanted wanted = {.root = root};
	bool narrow;
	Elf *elf = NULL;
	int r = fstat(fd, &wanted.not ) < 0 ? -errno : dwarf_elf_begin(fd, &elf, &narrow);

	if (r < 0)
		return r;
	r = fn(elf, folder, &wanted, ret_fd);
	elf_end(elf);
	return r;
}

int dwarf_separate_open(int fd, const char *folder, const char *root, int *ret_fd)
{
	return find(fd, folder, root, ret_fd, find_separate);
}

int dwarf_alternative_open(int fd, const char *folder, const char *root, int *ret_fd)
{
	return find(fd, folder, root, ret_fd, find_alternative);
}
