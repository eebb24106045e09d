/* SPDX-License-Identifier: MIT */
/* The command lines of all programs: options, arguments, numbers, names, lost output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/progs.h"
#include "tests/support.h"

static const struct {
	const char *name;
	int min, max; /* arguments; -1: any number */
} programs[] = {
	{"pshm_create_simple", 2, 2}, {"pshm_create", 2, 3},     {"pshm_write", 2, 2},
	{"pshm_read", 1, 1},          {"pshm_unlink", 1, 1},     {"pshm_seqnum_init", 1, 2},
	{"pshm_seqnum_get", 1, 2},    {"pshm_xfr_writer", 0, 0}, {"pshm_xfr_reader", 0, 0},
	{"pshm_linkedlist", 1, -1},   {"psem_create", 1, 3},     {"psem_wait", 1, 1},
	{"psem_post", 1, 1},          {"psem_getvalue", 1, 1},   {"psem_unlink", 1, 1},
	{"pshm_layout", 2, 2},        {"pshm_ls", 0, -1},        {"pshm_stuck", 0, -1},
	{"pshm_xfr_bench", 0, 0},
};

enum { N_PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

static void test_help(void **state)
{
	(void)state;
	for (int i = 0; i < N_PROGRAMS; i++) {
		struct result result;

		run(&result, program(programs[i].name), "--help");
		assert_int_equal(result.status, 0);
		assert_int_equal(result.err_size, 0);
		assert_ptr_equal(strstr(result.out, pathf("Usage: %s", programs[i].name)),
				 result.out);
		assert_non_null(strstr(result.out, "--version "));
		assert_int_equal(result.out[result.out_size - 1], '\n');
		assert_null(strstr(result.out, " \n"));
		result_deinit(&result);
	}
}

/* Each option that --help shows has an entry in the man page, where a hyphen is written \-. */
static void test_manual(void **state)
{
	(void)state;
	for (int i = 0; i < N_PROGRAMS; i++) {
		const char *path = pathf("%s/%s.1", getenv("PSHM_DOCS"), programs[i].name);
		struct result result;
		char option[16];

		run(&result, program(programs[i].name), "--help");
		for (char *at = result.out; (at = strstr(at, " --")); at++) {
			assert_int_equal(sscanf(at, " --%15[a-z]", option), 1);
			cat_contains(path, pathf("\\-\\-%s", option)); /* or its first word */
		}
		cat_contains(path, pathf("\n.B %s\n", programs[i].name));
		result_deinit(&result);
	}
}

static void test_version(void **state)
{
	(void)state;
	for (int i = 0; i < N_PROGRAMS; i++)
		expect_run(0, pathf("%s (pshmfs) %s\n", programs[i].name, PSHMFS_VERSION), "",
			   programs[i].name, "--version");
}

static void test_wrong_option(void **state)
{
	(void)state;
	for (int i = 0; i < N_PROGRAMS; i++) {
		const char *name = programs[i].name;

		expect_run(2, "", pathf("%s: unrecognized option '--nonsense'\nUsage: ", name),
			   name, "--nonsense", "a", "b");
		expect_run(2, "", pathf("%s: invalid option -- 'Z'", name), name, "-Z", "a", "b");
		expect_run(2, "", "--help", name, "--help=yes");
	}
}

static void expect_names(const char *wanted)
{
	_cleanup_free_ char *names = list_names("/dev/shm");

	assert_string_equal(names, wanted);
}

static void test_number_of_arguments(void **state)
{
	static const char *const few[] = {NULL, "a", NULL};

	(void)state;
	for (int i = 0; i < N_PROGRAMS; i++) {
		const char *name = programs[i].name;
		const char *argv[6] = {name, "1", "1", "1", "1"};

		if (programs[i].min > 0)
			expect_run(2, "", pathf("%s: ", name), name, few[programs[i].min - 1]);
		if (programs[i].max < 0)
			continue;
		argv[programs[i].max + 2] = NULL; /* one too many */
		_expect_run(2, "", "too many arguments", argv, __FILE__, __LINE__);
	}
	expect_names("");
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {"12x", "", " 5", "x", "-", "5 ", "0x", "1.5"};
	static const char *const range[] = {"-1", "9223372036854775808", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *why = pathf("\"%s\": not a number", bad[i]);

		expect_run(2, "", why, "pshm_create_simple", "/a", bad[i]);
		expect_run(2, "", why, "pshm_create", "-c", "/a", bad[i]);
		expect_run(2, "", why, "pshm_seqnum_init", "/a", bad[i]);
		expect_run(2, "", why, "pshm_seqnum_get", "/a", bad[i]);
		expect_run(2, "", why, "psem_create", "-c", "/a", "600", bad[i]);
		expect_run(2, "", pathf("\"%s\": not an octal number", bad[i]), "psem_create", "-c",
			   "/a", bad[i]);
	}
	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
		const char *why = pathf("\"%s\": not within 0 to ", range[i]);

		expect_run(2, "", why, "pshm_create_simple", "/a", range[i]);
		expect_run(2, "", why, "pshm_create", "-c", "/a", range[i]);
		expect_run(2, "", why, "psem_create", "-c", "/a", "600", range[i]);
	}
	expect_run(2, "", "not within -2147483648 to 2147483647", "pshm_seqnum_init", "/a",
		   "2147483648");
	expect_run(2, "", "not within", "psem_create", "-c", "/a", "600", "2147483648");
	expect_run(2, "", "\"10000\": not within 0 to 07777", "pshm_create", "-c", "/a", "1",
		   "10000");
	expect_run(2, "", "\"8\": not an octal number", "pshm_create", "-c", "/a", "1", "8");
	expect_run(2, "", "\"010x\": not a number", "pshm_create", "-c", "/a", "010x");
	expect_names("");
}

static void test_bad_names(void **state)
{
	static const struct {
		const char *name, *why;
	} bad[] = {
		{"", "empty"}, {"/", "empty"}, {"//", "empty"}, {"a/b", "slash"}, {"a/", "slash"}};
	char name[1 + 256 + 1] = "/";

	(void)state;
	memset(name + 1, 'n', 256);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_run(2, "", bad[i].why, "pshm_read", bad[i].name);
		expect_run(2, "", bad[i].why, "pshm_create_simple", bad[i].name, "1");
		expect_run(2, "", bad[i].why, "pshm_xfr_writer", "-n", bad[i].name);
		expect_run(2, "", bad[i].why, "psem_create", "-c", bad[i].name);
	}
	expect_run(2, "", "folder", "pshm_unlink", "..");
	expect_run(2, "", "empty", "psem_wait", "/sem.");
	expect_run(2, "", "longer than 255 bytes", "pshm_create_simple", name, "1");
	name[1 + 252] = '\0';
	expect_run(2, "", "longer than 251 bytes", "psem_create", "-c", name);
}

static void test_long_names(void **state)
{
	char name[1 + 255 + 1] = "/";

	(void)state;
	memset(name + 1, 'n', 255);
	expect_run(0, "", "", "pshm_create_simple", name, "1");
	expect_run(0, "", "", "pshm_unlink", name + 1);
	name[1 + 251] = '\0';
	expect_run(0, "", "", "psem_create", "-c", name);
	expect_run(0, "0\n", "", "psem_getvalue", pathf("sem.%s", name + 1));
}

/* One object, whatever form its name is given in; messages show that form. */
static void test_name_forms(void **state)
{
	(void)state;
	expect_run(0, "", "", "pshm_create_simple", "/one", "0");
	expect_run(0, "Resized to 2 bytes\ncopying 2 bytes\n", "", "pshm_write", "one", "hi");
	expect_run(0, "hi\n", "", "pshm_read", "//one");
	expect_run(1, "", "pshm_create_simple: one: File exists\n", "pshm_create_simple", "one",
		   "0");
	expect_run(0, "", "", "psem_create", "-c", "/two", "600", "3");
	expect_run(0, "", "", "psem_post", "two");
	expect_run(0, "", "", "psem_post", "sem.two");
	expect_run(0, "5\n", "", "psem_getvalue", "/sem.two");
	expect_run(0, "", "", "psem_unlink", "/sem.two");
	expect_run(1, "", "psem_post: sem.two: No such file or directory\n", "psem_post",
		   "sem.two");
}

static void test_missing(void **state)
{
	static const char *const names[] = {
		"pshm_read", "pshm_unlink",   "pshm_seqnum_get", "pshm_linkedlist", "psem_wait",
		"psem_post", "psem_getvalue", "psem_unlink",     "psem_create",     "pshm_ls"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_run(1, "", pathf("%s: /none: No such file or directory\n", names[i]),
			   names[i], "/none");
	expect_run(1, "", "pshm_write: none: No such file or directory\n", "pshm_write", "none",
		   "x");
	expect_run(1, "", "pshm_create: none: No such file or directory\n", "pshm_create", "none",
		   "1");
}

static void test_full_output(void **state)
{
#define FULL "standard output: No space left on device\n"
	(void)state;
	for (int i = 0; i < N_PROGRAMS; i++) {
		expect_run_into("/dev/full", 1, FULL, programs[i].name, "--help");
		expect_run_into("/dev/full", 1, FULL, programs[i].name, "--version");
	}
	put_seqnum("number", 5);
	put_sem("lock", 3);
	make_object("text", "hi", 2);
	expect_run(0, "", "", "pshm_linkedlist", "list", "item");
	expect_run_into("/dev/full", 1, "pshm_read: " FULL, "pshm_read", "text");
	expect_run_into("/dev/full", 1, "pshm_write: " FULL, "pshm_write", "text", "ho");
	expect_run_into("/dev/full", 1, "pshm_seqnum_get: " FULL, "pshm_seqnum_get", "number");
	expect_run_into("/dev/full", 1, "pshm_linkedlist: " FULL, "pshm_linkedlist", "list");
	expect_run_into("/dev/full", 1, "psem_wait: " FULL, "psem_wait", "lock");
	expect_run_into("/dev/full", 1, "psem_getvalue: " FULL, "psem_getvalue", "lock");
	expect_run_into("/dev/full", 1, "pshm_ls: " FULL, "pshm_ls", "lock");
	expect_run_into("/dev/full", 1, "pshm_ls: " FULL, "pshm_ls", "-r");
	expect_run_into("/dev/full", 1, "pshm_ls: " FULL, "pshm_ls", "-J");
	expect_run_into("/dev/full", 1, "pshm_stuck: " FULL, "pshm_stuck");
	expect_run_into("/dev/full", 1, "pshm_stuck: " FULL, "pshm_stuck", "-J");
	cat_equals(shm_path("text"), "ho");
	assert_int_equal(word_of("number", 0), 1);
}

/* A descriptor 1 that is closed must not become the object's. */
static void test_closed_output(void **state)
{
	(void)state;
	make_object("text", NULL, 0);
	expect_run_into("/dev/null >&-", 1, "standard output: Bad file descriptor\n", "pshm_write",
			"text", "hi");
	cat_equals(shm_path("text"), "hi");
	expect_run_into("/dev/null >&- <&- 2>&-", 0, "", "pshm_create", "text", "1");
	expect_run_into("/dev/null >&-", 1, "standard output: Bad file descriptor\n", "pshm_read",
			"text");
}

static void test_closed_pipe(void **state)
{
	const struct child_setup setup = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
	struct child child;

	(void)state;
	make_object("big", NULL, 1 << 20);
	start(&child, &setup, "pshm_read", "/big");
	close(child.out);
	child.out = -1;
	expect_end(&child, 1, "", "pshm_read: standard output: Broken pipe\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_help),
		SANDBOXED(test_manual),
		SANDBOXED(test_version),
		SANDBOXED(test_wrong_option),
		SANDBOXED(test_number_of_arguments),
		SANDBOXED(test_numbers),
		SANDBOXED(test_bad_names),
		SANDBOXED(test_long_names),
		SANDBOXED(test_name_forms),
		SANDBOXED(test_missing),
		SANDBOXED(test_full_output),
		SANDBOXED(test_closed_output),
		SANDBOXED(test_closed_pipe),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
