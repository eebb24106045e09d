/* SPDX-License-Identifier: MIT */
/* More than there is of anything: an answer in bounded time, and of bounded memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "tests/liar.h"
#include "tests/support.h"

/* 2^31 structs in all, by 31 that have the next one twice. */
static void test_doubling(void **state)
{
	struct elf_text info;

	(void)state;
	liar_begin(&info);
	for (int i = 0; i < 30; i++) {
		const uint32_t next = (uint32_t)ftell(info.out) + 2 * 8 + 1;

		liar_member(&info, "", next, 0);
		liar_member(&info, "", next, 0);
		elf_put(info.out, 0, 1);
		fputc(ENTRY_STRUCT, info.out);
		elf_put_name(info.out, "");
		elf_put(info.out, 64, 8);
	}
	liar_end(&info, "2^31 structs", LIAR_ANY, 0);
}

static void test_many(void **state)
{
	struct elf_text info;
	uint32_t type;

	(void)state;
	elf_text_begin(&info);
	elf_put_unit(info.out, 0);
	type = liar_int(&info);
	fputc(ENTRY_STRUCT, info.out);
	elf_put_name(info.out, "t");
	elf_put(info.out, 64, 8);
	for (int i = 0; i < 1000000; i++)
		liar_member(&info, "m", type, 0);
	liar_end(&info, "10^6 members", -EFBIG, 0);
}

/* Each name is tried as that of a lock, whose name is … */
static void test_locks(void **state)
{
	struct elf_text info;
	uint32_t type;

	(void)state;
	elf_text_begin(&info);
	elf_put_unit(info.out, 0);
	type = liar_empty(&info);
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
		liar_member(&info, "m", type, 0);
	liar_end(&info, "locks that are none", -ETIMEDOUT, 0);
}

static void test_names(void **state)
{
	_cleanup_free_ char *name = malloc(65537);
	struct elf_text info;

	(void)state;
	memset(name, 'n', 65536);
	name[65536] = '\0';
	liar_begin(&info);
	liar_member(&info, name, 70000, 0);
	liar_member(&info, "../../etc/\x01\x7f\xff\xc2\x80\n", 70000, 4);
	elf_put(info.out, 0, 1);
	while (ftell(info.out) < 70000)
		elf_put(info.out, 0, 1);
	liar_int(&info);
	liar_end(&info, "a name of 64 KiB", 0, 2);
}

static void test_enums(void **state)
{
	struct elf_text info;

	(void)state;
	liar_begin_member(&info);
	fputc(ENTRY_ENUM, info.out);
	elf_put_name(info.out, "");
	elf_put(info.out, 4, 1);
	for (int i = 0; i < 1000000; i++) {
		fputc(ENTRY_NAME, info.out);
		elf_put_name(info.out, "n");
		elf_put_uleb(info.out, (uint64_t)i);
	}
	elf_put(info.out, 0, 1);
	liar_end(&info, "an enum of 10^6 names", -EFBIG, 0);

	liar_begin_member(&info);
	fputc(ENTRY_ENUM, info.out);
	elf_put_name(info.out, "e");
	elf_put(info.out, 255, 1);
	elf_put(info.out, 0, 1);
	liar_end(&info, "an enum of 255 bytes", 0, 1);
}

/* Deeper than anybody goes: each level is passed over anew for the one above it. */
static void test_depth(void **state)
{
	struct elf_text info;

	(void)state;
	liar_begin(&info);
	for (int i = 0; i < 1000000; i++)
		fputc(ENTRY_FUNCTION, info.out);
	liar_end(&info, "functions in a struct", 0, 0);

	elf_text_begin(&info);
	elf_put_unit(info.out, 0);
	for (int i = 0; i < 20000000; i++)
		fputc(ENTRY_FUNCTION, info.out);
	fputc(ENTRY_STRUCT, info.out);
	elf_put_name(info.out, "t");
	elf_put(info.out, 64, 8);
	liar_end(&info, "a struct deep in functions", -ETIMEDOUT, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubling), cmocka_unit_test(test_locks),
		cmocka_unit_test(test_many),     cmocka_unit_test(test_names),
		cmocka_unit_test(test_enums),    cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
