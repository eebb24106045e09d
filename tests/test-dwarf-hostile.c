/* SPDX-License-Identifier: MIT */
/* Debug information that lies: an error or a bounded answer in bounded time, and never a crash. */
#include <dwarf.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/dwarf.h"
#include "tests/elf_made.h"
#include "tests/exercise.h"
#include "tests/support.h"

/* Nobody waits longer than that: the search ends after 5 seconds, sanitizers are slow. */
#define PATIENCE_NS UINT64_C(8000000000)

#define ANY_ANSWER 1 /* no error to be expected, nor none */

/* dwarf_layout() of these bytes, with all that can be done with the layout. */
static int look_at(const void *bytes, size_t size, const char *name, size_t *ret_rows)
{
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;
	_cleanup_close_ int fd = exercise_file(bytes, size);
	const uint64_t begun = clock_ns();
	int r = dwarf_layout(fd, NULL, name, &layout);

	if (r == 0) {
		*ret_rows = layout->n_fields;
		exercise_layout(layout);
	}
	if (clock_ns() - begun > PATIENCE_NS)
		fail_msg("%s: %" PRIu64 " ms", name, (clock_ns() - begun) / 1000000);
	return r;
}

/* The struct "t" of a program that has this in .debug_info. */
static void expect(const char *what, const void *info, size_t info_size, int error, size_t rows)
{
	struct elf_text abbrevs;
	size_t size, n = 0;
	void *elf;
	int r;

	elf_text_begin(&abbrevs);
	elf_put_abbrevs(abbrevs.out);
	elf_text_end(&abbrevs);
	elf = elf_make((const struct elf_part[]){{".debug_info", info, info_size, 0},
						 {".debug_abbrev", abbrevs.bytes, abbrevs.size, 0},
						 {".debug_str", "no end", 6, 0}},
		       3, &size);
	r = look_at(elf, size, "t", &n);
	if (error != ANY_ANSWER && (r != error || n != rows))
		fail_msg("%s: %d and %zu rows, not %d and %zu", what, r, n, error, rows);
	free(elf);
	elf_text_deinit(&abbrevs);
}

/* The struct "t", of 64 bytes, up to its members. Its entry is the first: at ELF_FIRST. */
static void begin_struct(struct elf_text *info)
{
	elf_text_begin(info);
	elf_put_unit(info->out, 0);
	fputc(ENTRY_STRUCT, info->out);
	elf_put_name(info->out, "t");
	elf_put(info->out, 64, 8);
}

static void put_member(struct elf_text *info, const char *name, uint64_t type, uint64_t offset)
{
	fputc(ENTRY_MEMBER, info->out);
	elf_put_name(info->out, name);
	elf_put(info->out, type, 4);
	elf_put_uleb(info->out, offset);
}

/* An int, at the place that is returned. */
static uint32_t put_int(struct elf_text *info)
{
	const long at = ftell(info->out);

	fputc(ENTRY_BASE, info->out);
	elf_put_name(info->out, "int");
	elf_put(info->out, 4, 1);
	elf_put(info->out, DW_ATE_signed, 1);
	return (uint32_t)at;
}

/* A struct without a member, at the place that is returned. */
static uint32_t put_empty(struct elf_text *info)
{
	const long at = ftell(info->out);

	fputc(ENTRY_STRUCT, info->out);
	elf_put_name(info->out, "empty");
	elf_put(info->out, 0, 8);
	elf_put(info->out, 0, 1);
	return (uint32_t)at;
}

/* The unit's end, and what must come of it. */
static void end_unit(struct elf_text *info, const char *what, int error, size_t rows)
{
	elf_put(info->out, 0, 2);
	elf_text_end(info);
	elf_end_unit(info);
	expect(what, info->bytes, info->size, error, rows);
	elf_text_deinit(info);
}

/* With one member of the type that comes next: where that is. */
static uint32_t begin_with_member(struct elf_text *info)
{
	begin_struct(info);
	put_member(info, "m", (uint32_t)ftell(info->out) + 9, 0);
	elf_put(info->out, 0, 1);
	return (uint32_t)ftell(info->out);
}

static void test_honest(void **state)
{
	struct elf_text info;

	(void)state;
	begin_with_member(&info);
	put_int(&info);
	end_unit(&info, "an int", 0, 1);
}

static void test_cycles(void **state)
{
	struct elf_text info;
	uint32_t at;

	(void)state;
	begin_struct(&info);
	put_member(&info, "m", ELF_FIRST, 0);
	end_unit(&info, "a struct in itself", -ELOOP, 0);

	begin_struct(&info);
	fputc(ENTRY_BASE_CLASS, info.out);
	elf_put(info.out, ELF_FIRST, 4);
	elf_put_uleb(info.out, 0);
	end_unit(&info, "a class that is its own base", -ELOOP, 0);

	at = begin_with_member(&info);
	fputc(ENTRY_TYPEDEF, info.out);
	elf_put_name(info.out, "sem_t"); /* which is looked at more closely */
	elf_put(info.out, at, 4);
	end_unit(&info, "a typedef of itself", -ELOOP, 0);

	at = begin_with_member(&info);
	fputc(ENTRY_ARRAY, info.out);
	elf_put(info.out, at, 4);
	fputc(ENTRY_RANGE, info.out);
	elf_put(info.out, 1, 8);
	elf_put(info.out, 0, 1);
	end_unit(&info, "an array of itself", -EFBIG, 0);

	begin_struct(&info);
	elf_put(info.out, 0, 1);
	at = (uint32_t)ftell(info.out);
	fputc(ENTRY_ORIGIN, info.out);
	elf_put(info.out, at, 4);
	end_unit(&info, "a struct that specifies itself", 0, 0);
}

/* 2^31 structs in all, by 31 that have the next one twice. */
static void test_doubling(void **state)
{
	struct elf_text info;

	(void)state;
	begin_struct(&info);
	for (int i = 0; i < 30; i++) {
		const uint32_t next = (uint32_t)ftell(info.out) + 2 * 8 + 1;

		put_member(&info, "", next, 0);
		put_member(&info, "", next, 0);
		elf_put(info.out, 0, 1);
		fputc(ENTRY_STRUCT, info.out);
		elf_put_name(info.out, "");
		elf_put(info.out, 64, 8);
	}
	end_unit(&info, "2^31 structs", ANY_ANSWER, 0);
}

static void array(const char *what, const uint64_t *bounds, size_t n, int error, size_t rows)
{
	struct elf_text info;
	const uint32_t at = begin_with_member(&info);

	fputc(ENTRY_ARRAY, info.out);
	elf_put(info.out, at + 1 + 4 + 9 * n + 1, 4);
	for (size_t i = 0; i < n; i++) {
		fputc(ENTRY_RANGE, info.out);
		elf_put(info.out, bounds[i], 8);
	}
	elf_put(info.out, 0, 1);
	put_int(&info);
	end_unit(&info, what, error, rows);
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

	begin_struct(&info);
	put_member(&info, "m", 200, offset);
	elf_put(info.out, 0, 1);
	while (ftell(info.out) < 200)
		elf_put(info.out, 0, 1);
	put_int(&info);
	end_unit(&info, what, error, rows);
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

	begin_struct(&info);
	fputc(ENTRY_COMPUTED, info.out);
	elf_put_name(info.out, "m");
	elf_put(info.out, (size_t)ftell(info.out) + 4 + (size < 128 ? 1 : 2) + size + 1, 4);
	elf_put_uleb(info.out, size);
	fwrite(code, 1, size, info.out);
	elf_put(info.out, 0, 1);
	put_int(&info);
	end_unit(&info, what, rows ? 0 : ANY_ANSWER, rows);
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

static void test_many(void **state)
{
	struct elf_text info;
	uint32_t type;

	(void)state;
	elf_text_begin(&info);
	elf_put_unit(info.out, 0);
	type = put_int(&info);
	fputc(ENTRY_STRUCT, info.out);
	elf_put_name(info.out, "t");
	elf_put(info.out, 64, 8);
	for (int i = 0; i < 1000000; i++)
		put_member(&info, "m", type, 0);
	end_unit(&info, "10^6 members", -EFBIG, 0);
}

/* Each name is tried as that of a lock, whose name is … */
static void test_locks(void **state)
{
	struct elf_text info;
	uint32_t type;

	(void)state;
	elf_text_begin(&info);
	elf_put_unit(info.out, 0);
	type = put_empty(&info);
	for (int i = 0; i < 60; i++) {
		const uint32_t next = (uint32_t)ftell(info.out);

		fputc(ENTRY_TYPEDEF, info.out);
		elf_put_name(info.out, "sem_t");
		elf_put(info.out, type, 4);
		type = next;
	}
	fputc(ENTRY_STRUCT, info.out);
	elf_put_name(info.out, "t");
	elf_put(info.out, 64, 8);
	for (int i = 0; i < 500000; i++)
		put_member(&info, "m", type, 0);
	end_unit(&info, "locks that are none", -ETIMEDOUT, 0);
}

static void test_names(void **state)
{
	_cleanup_free_ char *name = malloc(65537);
	struct elf_text info;

	(void)state;
	memset(name, 'n', 65536);
	name[65536] = '\0';
	begin_struct(&info);
	put_member(&info, name, 70000, 0);
	put_member(&info, "../../etc/\x01\x7f\xff\xc2\x80\n", 70000, 4);
	elf_put(info.out, 0, 1);
	while (ftell(info.out) < 70000)
		elf_put(info.out, 0, 1);
	put_int(&info);
	end_unit(&info, "a name of 64 KiB", 0, 2);
}

/* Types that are nowhere. */
static void test_nowhere(void **state)
{
	static const uint32_t places[] = {0, 1, 11, 1000, 0x7fffffff, 0xfffffff0, UINT32_MAX};
	struct elf_text info;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		begin_struct(&info);
		put_member(&info, "m", places[i], 0);
		end_unit(&info, "a type that is nowhere", ANY_ANSWER, 0);

		begin_struct(&info);
		fputc(ENTRY_FAR, info.out);
		elf_put_name(info.out, "m");
		elf_put(info.out, places[i], 4);
		elf_put_uleb(info.out, 0);
		end_unit(&info, "a type in no unit", ANY_ANSWER, 0);

		begin_struct(&info);
		fputc(ENTRY_SIBLING, info.out);
		elf_put_name(info.out, "other");
		elf_put(info.out, places[i], 4);
		end_unit(&info, "a sibling that is nowhere", ANY_ANSWER, 0);

		begin_struct(&info);
		fputc(ENTRY_VARIANT, info.out);
		elf_put(info.out, places[i], 4);
		fputc(ENTRY_CASE, info.out);
		elf_put_uleb(info.out, 0);
		elf_put(info.out, 0, 2);
		end_unit(&info, "a variant of nothing", ANY_ANSWER, 0);
	}
}

static void bits(const char *what, uint64_t width, uint64_t first, int error)
{
	struct elf_text info;

	begin_struct(&info);
	fputc(ENTRY_BITS, info.out);
	elf_put_name(info.out, "m");
	elf_put(info.out, 100, 4);
	elf_put_uleb(info.out, width);
	elf_put_uleb(info.out, first);
	elf_put(info.out, 0, 1);
	while (ftell(info.out) < 100)
		elf_put(info.out, 0, 1);
	put_int(&info);
	end_unit(&info, what, error, error ? 0 : 1);
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

static void test_enums(void **state)
{
	struct elf_text info;

	(void)state;
	begin_with_member(&info);
	fputc(ENTRY_ENUM, info.out);
	elf_put_name(info.out, "");
	elf_put(info.out, 4, 1);
	for (int i = 0; i < 1000000; i++) {
		fputc(ENTRY_NAME, info.out);
		elf_put_name(info.out, "n");
		elf_put_uleb(info.out, (uint64_t)i);
	}
	elf_put(info.out, 0, 1);
	end_unit(&info, "an enum of 10^6 names", -EFBIG, 0);

	begin_with_member(&info);
	fputc(ENTRY_ENUM, info.out);
	elf_put_name(info.out, "e");
	elf_put(info.out, 255, 1);
	elf_put(info.out, 0, 1);
	end_unit(&info, "an enum of 255 bytes", 0, 1);
}

/* Deeper than anybody goes. */
static void test_depth(void **state)
{
	struct elf_text info;

	(void)state;
	begin_struct(&info);
	for (int i = 0; i < 1000000; i++)
		fputc(ENTRY_FUNCTION, info.out);
	end_unit(&info, "functions in functions", 0, 0);

	elf_text_begin(&info);
	elf_put_unit(info.out, 0);
	for (int i = 0; i < 1000000; i++)
		fputc(ENTRY_FUNCTION, info.out);
	fputc(ENTRY_STRUCT, info.out);
	elf_put_name(info.out, "t");
	elf_put(info.out, 64, 8);
	end_unit(&info, "a struct deep in functions", -ESRCH, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest),   cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_doubling), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_places),   cmocka_unit_test(test_computed),
		cmocka_unit_test(test_locks),    cmocka_unit_test(test_many),
		cmocka_unit_test(test_names),    cmocka_unit_test(test_nowhere),
		cmocka_unit_test(test_bits),     cmocka_unit_test(test_enums),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
