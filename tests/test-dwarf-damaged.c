/* SPDX-License-Identifier: MIT */
/* Programs that are cut off or damaged: sections, tables and units that lie. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/liar.h"
#include "tests/support.h"

static void any_answer(const void *bytes, size_t size)
{
	liar_look(bytes, size, "struct numbers", NULL);
	liar_look(bytes, size, "struct arrays", NULL);
	liar_look(bytes, size, "nested", NULL);
	liar_look(bytes, size, "nowhere", NULL);
}

static void *read_specimen(const char *name, size_t *ret_size)
{
	const char *path = pathf("%s/%s", getenv("PSHM_PLAIN"), name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);
	void *bytes = malloc((size_t)size);

	assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
	*ret_size = (size_t)size;
	return bytes;
}

/* One that reads beyond the end of a copy that is no longer is seen by sanitizers. */
static void test_truncated(void **state)
{
	static const char *const names[] = {"dwarf-gcc-5", "dwarf-gcc-gz", "dwarf-gcc-units-4"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t size;
		_cleanup_free_ char *bytes = read_specimen(names[i], &size);

		for (size_t length = 0; length < size; length += 64)
			liar_look(bytes, length, "struct nested", NULL);
	}
}

static uint64_t next_random(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *random >> 20;
}

static void flip(const char *name, int times)
{
	size_t size;
	_cleanup_free_ unsigned char *bytes = read_specimen(name, &size);
	uint64_t random = 7;

	for (int i = 0; i < times; i++) {
		_cleanup_free_ unsigned char *copy = malloc(size);

		memcpy(copy, bytes, size);
		for (int k = 0; k < 1 + i % 50; k++)
			copy[next_random(&random) % size] ^=
				(unsigned char)(1 << next_random(&random) % 8);
		any_answer(copy, size);
	}
}

/* Of an object file the relocations, too: an offset that wraps was found by the fuzzer. */
static void test_flipped(void **state)
{
	(void)state;
	flip("dwarf-gcc-5", 400);
	flip("object-gcc-5.o", 400);
	flip("object-gcc-32-5.o", 100);
}

/* A program with a struct "t" that has an int; its name is the first of .debug_str. */
struct made {
	struct elf_text info, abbrevs;
};

static void made_init(struct made *ret)
{
	elf_text_begin(&ret->abbrevs);
	elf_put_abbrevs(ret->abbrevs.out);
	elf_text_end(&ret->abbrevs);
	elf_text_begin(&ret->info);
	elf_put_unit(ret->info.out, 0);
	fputc(ENTRY_STRP, ret->info.out);
	elf_put(ret->info.out, 0, 4);
	elf_put(ret->info.out, 4, 1);
	fputc(ENTRY_MEMBER, ret->info.out);
	elf_put_name(ret->info.out, "m");
	elf_put(ret->info.out, (size_t)ftell(ret->info.out) + 6, 4);
	elf_put_uleb(ret->info.out, 0);
	fputc('\0', ret->info.out);
	fputc(ENTRY_BASE, ret->info.out);
	elf_put_name(ret->info.out, "int");
	elf_put(ret->info.out, 0x0504, 2);
	fputc('\0', ret->info.out);
	elf_text_end(&ret->info);
	elf_end_unit(&ret->info);
}

static void made_deinit(struct made *made)
{
	elf_text_deinit(&made->info);
	elf_text_deinit(&made->abbrevs);
}

/* Of these sections, and some more. */
static int look_at_parts(const void *info, size_t info_size, const void *abbrevs,
			 size_t abbrevs_size, const struct elf_part *more, size_t n_more)
{
	struct elf_part parts[4] = {{".debug_info", info, info_size, 0},
				    {".debug_abbrev", abbrevs, abbrevs_size, 0}};
	_cleanup_free_ void *elf = NULL;
	size_t size;

	for (size_t i = 0; i < n_more; i++)
		parts[2 + i] = more[i];
	elf = elf_make(parts, 2 + n_more, &size);
	return liar_look(elf, size, "t", NULL);
}

static void test_texts(void **state)
{
	struct made made;

	(void)state;
	made_init(&made);
	/* Nothing behind it but the end of the section. */
	assert_int_equal(look_at_parts(made.info.bytes, made.info.size, made.abbrevs.bytes,
				       made.abbrevs.size,
				       &(struct elf_part){".debug_str", "t", 1, 0}, 1),
			 0);
	for (unsigned place = 1; place < 8; place++) {
		memcpy(made.info.bytes + ELF_FIRST + 1, &place, 4);
		assert_int_equal(look_at_parts(made.info.bytes, made.info.size, made.abbrevs.bytes,
					       made.abbrevs.size,
					       &(struct elf_part){".debug_str", "t", 1, 0}, 1),
				 -ESRCH);
	}
	assert_int_equal(look_at_parts(made.info.bytes, made.info.size, made.abbrevs.bytes,
				       made.abbrevs.size, NULL, 0),
			 -ESRCH);
	made_deinit(&made);
}

/* A compressed section that says so of itself. */
static int compressed(uint64_t size, const char *bytes, size_t n)
{
	char section[256] = {0};
	const Elf64_Chdr header = {ELFCOMPRESS_ZLIB, 0, size, 1};
	struct elf_part parts[] = {{".debug_info", section, sizeof(header) + n, SHF_COMPRESSED},
				   {".debug_abbrev", "", 1, 0}};
	_cleanup_free_ void *elf = NULL;
	size_t elf_size;

	memcpy(section, &header, sizeof(header));
	memcpy(section + sizeof(header), bytes, n);
	elf = elf_make(parts, 2, &elf_size);
	return liar_look(elf, elf_size, "t", NULL);
}

/* … in the way of before. */
static int old_compressed(uint64_t size, const char *bytes, size_t n)
{
	char section[256] = "ZLIB";
	struct elf_part parts[] = {{".zdebug_info", section, 12 + n, 0},
				   {".debug_abbrev", "", 1, 0}};
	_cleanup_free_ void *elf = NULL;
	size_t elf_size;

	for (int i = 0; i < 8; i++)
		section[4 + i] = (char)(size >> (56 - 8 * i));
	memcpy(section + 12, bytes, n);
	elf = elf_make(parts, 2, &elf_size);
	return liar_look(elf, elf_size, "t", NULL);
}

/* 100 zero bytes, by zlib: the twelve that it makes of them. */
#define ZEROS "\x78\x9c\x63\x60\xa0\x3d\x00\x00\x00\x64\x00\x01"

static void test_compressed(void **state)
{
	static const uint64_t sizes[] = {
		0, 1, 99, 101, 1 << 20, 1u << 31, UINT64_C(1) << 40, UINT64_MAX, UINT64_MAX - 4096};

	(void)state;
	assert_int_equal(compressed(100, ZEROS, 12), -EBADMSG); /* a unit of no length */
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_true(compressed(sizes[i], ZEROS, 12) < 0);
		assert_true(compressed(sizes[i], "no zlib", 8) < 0);
		assert_true(compressed(sizes[i], "", 0) < 0);
		assert_true(old_compressed(sizes[i], ZEROS, 12) < 0);
		assert_true(old_compressed(sizes[i], "", 0) < 0);
	}
}

static void test_abbrevs(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} tables[] = {
		{"", 0},
		{"\x01", 1},
		{"\x01\x11", 2},
		{"\x01\x11\x01", 3},
		{"\x01\x11\x01\x03", 4},                 /* an attribute without a form */
		{"\x01\x11\x01\x03\x7f\x00\x00\x00", 8}, /* a form that nobody knows */
		{"\x01\x11\x01\x03\x16\x00\x00\x00", 8}, /* DW_FORM_indirect */
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 12},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x11\x01\x00\x00\x00", 15},
		{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x00\x00\x00", 15},
		{"\x01\x11\x01\x00\x00\x01\x13\x01\x00\x00\x00", 11}, /* one number twice */
		{"\x01\x11\x01\x00\x03\x00\x00\x00", 8},
		{"\x01\x11\x01\x03\x21\x80\x80", 7}, /* DW_FORM_implicit_const without it */
	};
	struct made made;

	(void)state;
	made_init(&made);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		assert_true(look_at_parts(made.info.bytes, made.info.size, tables[i].bytes,
					  tables[i].n, &(struct elf_part){".debug_str", "t", 2, 0},
					  1) < 0);
	/* Each byte of a right one, as each other byte. */
	for (size_t i = 0; i < 64 * 256; i++) {
		const char before = made.abbrevs.bytes[i / 256];

		made.abbrevs.bytes[i / 256] = (char)i;
		look_at_parts(made.info.bytes, made.info.size, made.abbrevs.bytes,
			      made.abbrevs.size, &(struct elf_part){".debug_str", "t", 2, 0}, 1);
		made.abbrevs.bytes[i / 256] = before;
	}
	made_deinit(&made);
}

static void unit(const char *bytes, size_t n)
{
	struct made made;
	struct elf_part text = {".debug_str", "t", 2, 0};

	made_init(&made);
	assert_true(look_at_parts(bytes, n, made.abbrevs.bytes, made.abbrevs.size, &text, 1) < 0);
	made_deinit(&made);
}

static void test_units(void **state)
{
	char bytes[64] = {0};

	(void)state;
	for (size_t n = 0; n < sizeof(bytes); n++)
		unit(bytes, n); /* of no length */
	memset(bytes, 0xff, sizeof(bytes));
	for (size_t n = 0; n < sizeof(bytes); n++)
		unit(bytes, n); /* 64-bit, of 2^64-1 bytes */
	for (unsigned i = 0; i < 16; i++) {
		bytes[0] = (char)(0xf0 + i);
		unit(bytes, sizeof(bytes));
	}
	/* A length that leads back to the first byte; a version, a table that is not there. */
	unit("\xff\xff\xff\xff\xf4\xff\xff\xff\xff\xff\xff\xff\x04\0\0\0\0\0\0\0\0\0\x08\x01", 24);
	unit("\xfc\xff\xff\xff\x04\0\0\0\0\0\x08\x01", 12);
	unit("\x08\0\0\0\x4d\0\0\0\0\0\x08\x01", 12);
	unit("\x08\0\0\0\x04\0\xff\xff\xff\xff\x08\x01", 12);
	unit("\x08\0\0\0\x04\0\xff\0\0\0\x08\x01", 12);
	unit("\x08\0\0\0\x04\0\0\0\0\0\xff\x01", 12);
	unit("\x09\0\0\0\x05\0\x77\x08\0\0\0\0\x01", 13);
}

/* Each of a hundred thousand units has the same long table, whose last entry it wants. */
static void test_many_units(void **state)
{
	static const char unit_bytes[] = "\x0d\0\0\0\x04\0\0\0\0\0\x08\xa0\x8d\x06\x01t";
	struct elf_text info, abbrevs;

	(void)state;
	elf_text_begin(&info);
	for (int i = 0; i < 100000; i++)
		fwrite(unit_bytes, 1, sizeof(unit_bytes), info.out);
	elf_text_end(&info);
	elf_text_begin(&abbrevs);
	for (unsigned i = 1; i <= 100000; i++) {
		elf_put_uleb(abbrevs.out, i);
		elf_put(abbrevs.out, 0x013, 1);
		elf_put(abbrevs.out, 0, 1);
		elf_put(abbrevs.out, 0x0803, 2); /* name, inline */
		elf_put(abbrevs.out, 0, 2);
	}
	fputc('\0', abbrevs.out);
	elf_text_end(&abbrevs);
	look_at_parts(info.bytes, info.size, abbrevs.bytes, abbrevs.size, NULL, 0);
	elf_text_deinit(&info);
	elf_text_deinit(&abbrevs);
}

/* The header of the file: more sections than it has, or names in none of them. */
static void test_headers(void **state)
{
	struct made made;
	struct elf_part parts[] = {{".debug_info", NULL, 0, 0}, {".debug_abbrev", "", 1, 0}};
	_cleanup_free_ char *elf = NULL;
	size_t size;

	(void)state;
	made_init(&made);
	parts[0].bytes = made.info.bytes;
	parts[0].size = made.info.size;
	elf = elf_make(parts, 2, &size);
	for (size_t i = 0; i < (sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Shdr)) * 8; i++) {
		static const unsigned char values[] = {0, 1, 4, 0x7f, 0x80, 0xfe, 0xff, 8};
		const char before = elf[i / 8];

		elf[i / 8] = (char)values[i % 8];
		liar_look(elf, size, "t", NULL);
		elf[i / 8] = before;
	}
	memset(elf + offsetof(Elf64_Ehdr, e_shnum), 0, 2);
	((Elf64_Shdr *)(elf + sizeof(Elf64_Ehdr)))->sh_size = UINT64_C(1) << 27;
	assert_int_equal(liar_look(elf, size, "t", NULL), -EFBIG);
	made_deinit(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),  cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_texts),      cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_abbrevs),    cmocka_unit_test(test_units),
		cmocka_unit_test(test_many_units), cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
