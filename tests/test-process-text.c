/* SPDX-License-Identifier: MIT */
/* Texts of procfs that strangers may write into: lines of maps, stat. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/process_file.h"
#include "core/process_maps.h"
#include "core/process_task.h"
#include "tests/support.h"

#define LINE "7f0000000000-7f0000003000 rw-s 00002000 00:29 17"

/* Whatever stands behind the inode number, the line is the same mapping. */
static void test_mapping_paths(void **state)
{
	static const char *const lines[] = {
		LINE,
		LINE " ",
		LINE "                         /dev/shm/x",
		LINE " /dev/shm/x (deleted)",
		LINE " /dev/shm/gone (deleted) (deleted)",
		LINE " /dev/shm/ 0-1 rwxp 00000000 00:00 0 /lie",
		LINE " /dev/shm/back\\012slash\ttab \xff\xfe",
		LINE " (deleted)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct mapping mapping = {0};

		assert_true(mapping_parse(lines[i], &mapping));
		assert_int_equal(mapping.start, 0x7f0000000000);
		assert_int_equal(mapping.end, 0x7f0000003000);
		assert_int_equal(mapping.offset, 0x2000);
		assert_int_equal(mapping.dev, 0x29);
		assert_int_equal(mapping.ino, 17);
		assert_true(mapping.readable && mapping.writable && mapping.shared);
		assert_false(mapping.executable);
	}
}

static void test_mapping_forms(void **state)
{
	static const char *const wrong[] = {
		"",
		"x",
		"7f00-7f01",
		"7f00 7f01 rw-s 00002000 00:29 17",
		"7f00-7f01 rw-s00002000 00:29 17",
		"7f00-7f01 rw",
		"7f00-7f01 rw-s 00002000 0029 17",
		"7f00-7f01 rw-s 00002000 00:29 ",
		"7f00-7f01 rw-s 00002000 00:29 17x",
	};
	struct mapping mapping;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(mapping_parse(wrong[i], &mapping));
	assert_true(mapping_parse("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0    "
				  "              [vsyscall]",
				  &mapping));
	assert_int_equal(mapping.end, 0xffffffffff601000);
	assert_int_equal(mapping.ino, 0);
	assert_true(mapping.executable && !mapping.readable && !mapping.shared);
	/* Large numbers: majors have 12 bits, minors 20, inode numbers 64. */
	assert_true(
		mapping_parse("0-1000 r--p fffff000 fff:fffff 18446744073709551615 x", &mapping));
	assert_int_equal(mapping.dev, (uint64_t)0xfff << 32 | 0xfffff);
	assert_int_equal(mapping.ino, UINT64_MAX);
	assert_int_equal(mapping.offset, 0xfffff000);
}

#define STAT_REST " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20 21\n"

/* A process names itself (prctl(2), PR_SET_NAME): parentheses, spaces and newlines included. */
static void test_task(void **state)
{
	static const struct {
		const char *stat, *comm;
	} good[] = {
		{"5 (cat) S" STAT_REST, "cat"},
		{"5 () S" STAT_REST, ""},
		{"5 (a) R 1 (b) S" STAT_REST, "a) R 1 (b"},
		{"5 ()) Z 9) S" STAT_REST, ")) Z 9"},
		{"5 (two\nlines) S" STAT_REST, "two\nlines"},
		{"5 (kworker/u8:3-events_unbound) S" STAT_REST, "kworker/u8:3-ev"},
	};
	static const char *const wrong[] = {"",         "5",         "5 (cat",
					    "5 cat) S", "5 )(",      "5 (cat)",
					    "5 (cat) ", "5 (cat) S", "5 (cat) S 1 2 3"};
	struct task task;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(task_parse(good[i].stat, &task));
		assert_string_equal(task.comm, good[i].comm);
		assert_int_equal(task.state, 'S');
		assert_int_equal(task.started, 777);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(task_parse(wrong[i], &task));
}

static void test_number(void **state)
{
	static const char text[] = "pos:\t0\nflags:\t0100002\nmnt_id:\t26\nino:\t2\nlast:\t7";

	(void)state;
	assert_int_equal(text_number(text, "flags:", 8), 0100002);
	assert_int_equal(text_number(text, "ino:", 10), 2);
	assert_int_equal(text_number(text, "last:", 10), 7);
	assert_int_equal(text_number(text, "id:", 10), 0); /* a line's beginning only */
	assert_int_equal(text_number("", "ino:", 10), 0);
}

/* What we are ourselves, read back. */
static void test_self(void **state)
{
	_cleanup_close_ int entry = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct process process = {0};
	struct task task;

	(void)state;
	assert_int_equal(task_read(entry, ".", &task), 0);
	assert_int_equal(task.state, 'R');
	assert_int_equal(task_status(entry, &process), 0);
	assert_int_equal(process.uid, geteuid());
	assert_int_equal(process.gid, getegid());
	assert_int_equal(task_is32(entry), sizeof(long) == 4);
	assert_true(task_runs(entry, ".") > 0);
	assert_int_equal(task_read(entry, "task/1", &task), -ENOENT);
	assert_true(process_gone(-ENOENT));
}

/* An array of items in one piece, whatever its length. */
static void test_array(void **state)
{
	_cleanup_free_ int *items = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(array_grow(&items, (size_t)i, sizeof(*items)), 0);
		items[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mapping_paths), cmocka_unit_test(test_mapping_forms),
		cmocka_unit_test(test_task),          cmocka_unit_test(test_number),
		cmocka_unit_test(test_self),          cmocka_unit_test(test_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
