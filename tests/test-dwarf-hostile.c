/* SPDX-License-Identifier: MIT */
/* Debug information that lies: an error or a bounded answer, and never a crash. */
#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "tests/liar.h"
#include "tests/support.h"

static void test_honest(void **state)
{
	struct elf_text info;

	(void)state;
	liar_begin_member(&info);
	liar_int(&info);
	liar_end(&info, "an int", 0, 1);
}

static void test_cycles(void **state)
{
	struct elf_text info;
	uint32_t at;

	(void)state;
	liar_begin(&info);
	liar_member(&info, "m", ELF_FIRST, 0);
	liar_end(&info, "a struct in itself", -ELOOP, 0);

	liar_begin(&info);
	fputc(ENTRY_BASE_CLASS, info.out);
	elf_put(info.out, ELF_FIRST, 4);
	elf_put_uleb(info.out, 0);
	liar_end(&info, "a class that is its own base", -ELOOP, 0);

	at = liar_begin_member(&info);
	fputc(ENTRY_TYPEDEF, info.out);
	elf_put_name(info.out, "sem_t"); /* which is looked at more closely */
	elf_put(info.out, at, 4);
	liar_end(&info, "a typedef of itself", -ELOOP, 0);

	at = liar_begin_member(&info);
	fputc(ENTRY_ARRAY, info.out);
	elf_put(info.out, at, 4);
	fputc(ENTRY_RANGE, info.out);
	elf_put(info.out, 1, 8);
	elf_put(info.out, 0, 1);
	liar_end(&info, "an array of itself", -EFBIG, 0);

	liar_begin(&info);
	elf_put(info.out, 0, 1);
	at = (uint32_t)ftell(info.out);
	fputc(ENTRY_ORIGIN, info.out);
	elf_put(info.out, at, 4);
	liar_end(&info, "a struct that specifies itself", 0, 0);
}

static void array(const char *what, const uint64_t *bounds, size_t n, int error, size_t rows)
{
	struct elf_text info;
	const uint32_t at = liar_begin_member(&info);

	fputc(ENTRY_ARRAY, info.out);
	elf_put(info.out, at + 1 + 4 + 9 * n + 1, 4);
	for (size_t i = 0; i < n; i++) {
		fputc(ENTRY_RANGE, info.out);
		elf_put(info.out, bounds[i], 8);
	}
	elf_put(info.out, 0, 1);
	liar_int(&info);
	liar_end(&info, what, error, rows);
}

static void test_bounds(void **state)
{
	static const uint64_t wide[] = {1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20};
	static const uint64_t many[64] = {0};

	(void)state;
	array("bound 2^64-1", &(uint64_t){UINT64_MAX}, 1, 0, 1); /* as [0] may be said */
	array("bound 2^64-2", &(uint64_t){UINT64_MAX - 1}, 1, -EBADMSG, 0);
	array("bound 2^63", &(uint64_t){UINT64_C(1) << 63}, 1, -EBADMSG, 0);
	array("bound 2^47", &(uint64_t){UINT64_C(1) << 47}, 1, -EBADMSG, 0);
	array("2^100 elements", wide, 5, -EBADMSG, 0);
	array("64 dimensions", many, 64, -EFBIG, 0);
	array("no dimension", many, 0, 0, 0);
}

static void place(const char *what, uint64_t offset, int error, size_t rows)
{
	struct elf_text info;

	liar_begin(&info);
	liar_member(&info, "m", 200, offset);
	elf_put(info.out, 0, 1);
	while (ftell(info.out) < 200)
		elf_put(info.out, 0, 1);
	liar_int(&info);
	liar_end(&info, what, error, rows);
}

static void test_places(void **state)
{
	(void)state;
	place("at 2^63", UINT64_C(1) << 63, -EBADMSG, 0);
	place("at 2^64-1", UINT64_MAX, -EBADMSG, 0);
	place("at 2^49", UINT64_C(1) << 49, -EBADMSG, 0);
	place("behind the struct", 4096, 0, 1);
}

/* Where a member is said by a program for a stack machine. */
static void computed(const char *what, const char *code, size_t size, size_t rows)
{
	struct elf_text info;

	liar_begin(&info);
	fputc(ENTRY_COMPUTED, info.out);
	elf_put_name(info.out, "m");
	elf_put(info.out, (size_t)ftell(info.out) + 4 + (size < 128 ? 1 : 2) + size + 1, 4);
	elf_put_uleb(info.out, size);
	fwrite(code, 1, size, info.out);
	elf_put(info.out, 0, 1);
	liar_int(&info);
	liar_end(&info, what, rows ? 0 : LIAR_ANY, rows);
}

static void test_computed(void **state)
{
	char endless[4096];

	(void)state;
	computed("plus_uconst 4", "\x23\x04", 2, 1);
	computed("a stack that runs dry", "\x22\x22\x22", 3, 1);
	computed("a constant without its bytes", "\x0e\x01", 2, 1);
	computed("a loop", "\x2f\xfd\xff", 3, 1);
	computed("nothing", "", 0, 1);
	computed("an unknown operation", "\x01", 1, 1);
	computed("an implicit pointer", "\xf2\xff\xff\xff\xff\x7f", 6, 1);
	memset(endless, 0x12, sizeof(endless)); /* dup, dup, dup, … */
	computed("4096 operations", endless, sizeof(endless), 1);
	memset(endless, 0x23, sizeof(endless));
	computed("a number without an end", endless, 2, 1);
}

/* Types that are nowhere. */
static void test_nowhere(void **state)
{
	static const uint32_t places[] = {0, 1, 11, 1000, 0x7fffffff, 0xfffffff0, UINT32_MAX};
	struct elf_text info;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		liar_begin(&info);
		liar_member(&info, "m", places[i], 0);
		liar_end(&info, "a type that is nowhere", LIAR_ANY, 0);

		liar_begin(&info);
		fputc(ENTRY_FAR, info.out);
		elf_put_name(info.out, "m");
		elf_put(info.out, places[i], 4);
		elf_put_uleb(info.out, 0);
		liar_end(&info, "a type in no unit", LIAR_ANY, 0);

		liar_begin(&info);
		fputc(ENTRY_SIBLING, info.out);
		elf_put_name(info.out, "other");
		elf_put(info.out, places[i], 4);
		liar_end(&info, "a sibling that is nowhere", LIAR_ANY, 0);

		liar_begin(&info);
		fputc(ENTRY_VARIANT, info.out);
		elf_put(info.out, places[i], 4);
		fputc(ENTRY_CASE, info.out);
		elf_put_uleb(info.out, 0);
		elf_put(info.out, 0, 2);
		liar_end(&info, "a variant of nothing", LIAR_ANY, 0);
	}
}

static void bits(const char *what, uint64_t width, uint64_t first, int error)
{
	struct elf_text info;

	liar_begin(&info);
	fputc(ENTRY_BITS, info.out);
	elf_put_name(info.out, "m");
	elf_put(info.out, 100, 4);
	elf_put_uleb(info.out, width);
	elf_put_uleb(info.out, first);
	elf_put(info.out, 0, 1);
	while (ftell(info.out) < 100)
		elf_put(info.out, 0, 1);
	liar_int(&info);
	liar_end(&info, what, error, error ? 0 : 1);
}

static void test_bits(void **state)
{
	(void)state;
	bits("3 bits", 3, 5, 0);
	bits("no bits", 0, 0, -EBADMSG);
	bits("33 bits of an int", 33, 0, -EBADMSG);
	bits("2^64-1 bits", UINT64_MAX, 0, -EBADMSG);
	bits("from bit 2^64-1 on", 1, UINT64_MAX, -EBADMSG);
	bits("from bit 2^60 on", 1, UINT64_C(1) << 60, -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest),   cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_bounds),   cmocka_unit_test(test_places),
		cmocka_unit_test(test_computed), cmocka_unit_test(test_nowhere),
		cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
