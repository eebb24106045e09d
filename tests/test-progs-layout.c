/* SPDX-License-Identifier: MIT */
/* pshm_layout: the table, JSON, and what it says where there is nothing to be shown. */
#include <stdlib.h>
#include <string.h>

#include "tests/discovered.h"
#include "tests/progs.h"
#include "tests/support.h"

/* A program that was built with debug information. */
static const char *specimen(void)
{
	return pathf("%s/dwarf-gcc-5", getenv("PSHM_PLAIN"));
}

static void test_table(void **state)
{
	(void)state;
	expect_run(0,
		   "OFFSET SIZE TYPE      NAME\n     0    8 union any -\n"
		   "     0    4 int       i\n     0    8 double    d\n",
		   "", "pshm_layout", specimen(), "any");
	expect_run(0,
		   "OFFSET SIZE TYPE            NAME\n     0   12 struct open_end -\n"
		   "     0    8 long            count\n     8    1 char            tag\n"
		   "    12    - int[]           items\n",
		   "", "pshm_layout", specimen(), "struct open_end");
}

static void test_json(void **state)
{
	(void)state;
	expect_run(0,
		   "{\"name\":\"union any\",\"abi\":\"64-bit\",\"size\":8,\"rows\":["
		   "{\"offset\":0,\"size\":4,\"type\":\"int\",\"name\":\"i\"},"
		   "{\"offset\":0,\"size\":8,\"type\":\"double\",\"name\":\"d\"}]}\n",
		   "", "pshm_layout", "-J", specimen(), "union any");
}

static void test_messages(void **state)
{
	(void)state;
	expect_run(1, "", "No struct called \"nonsense\"", "pshm_layout", specimen(), "nonsense");
	expect_run(1, "", "pshm_layout: /etc/passwd: Not a program", "pshm_layout", "/etc/passwd",
		   "x");
	expect_run(1, "", "pshm_layout: /bin/true: No debug information", "pshm_layout",
		   "/bin/true", "x");
	expect_run(1, "", "pshm_layout: /none: No such file or directory\n", "pshm_layout", "/none",
		   "x");
	expect_run(1, "", "pshm_layout: /: Is a directory\n", "pshm_layout", "/", "x");
	expect_run(1, "", "pshm_layout: /dev/null: Not a regular file\n", "pshm_layout",
		   "/dev/null", "x");
	expect_run(2, "", "too few arguments", "pshm_layout", specimen());
	expect_run_into("/dev/full", 1, "standard output: No space left on device\n",
			program("pshm_layout"), specimen(), "any");
}

/* Which struct an object is, without a mount. */
static void test_of(void **state)
{
	struct result result;
	struct child child;

	(void)state;
	discovered_begin(&child, discovered_program("c-gcc-O0"), "local");
	run(&result, program("pshm_layout"), "--of", "/d");
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	assert_non_null(strstr(result.out, "struct shared\nfrom variable shmp in local() of pid "));
	assert_non_null(strstr(result.out, ", size 136 = object size (64-bit)\nOFFSET SIZE TYPE"));
	result_deinit(&result);
	run(&result, program("pshm_layout"), "-J", "--of", "d");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out,
			       "{\"name\":\"struct shared\",\"abi\":\"64-bit\",\"from\":"
			       "\"variable shmp in local() of pid "));
	result_deinit(&result);
	child_kill(&child);
	put_seqnum("n", 1);
	run(&result, program("pshm_layout"), "--of", "n");
	assert_non_null(strstr(result.out, "seqnum\nfrom its bytes, a guess: 40 bytes"));
	result_deinit(&result);
	expect_run(1, "", "pshm_layout: d: unknown, from nothing: ", "pshm_layout", "--of", "d");
	expect_run(1, "", "pshm_layout: none: No such file or directory\n", "pshm_layout", "--of",
		   "none");
	expect_run(2, "", "too many arguments", "pshm_layout", "--of", "d", "x");
	expect_run(2, "", "--shm: only with --of", "pshm_layout", "--shm", "/x", "a", "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_table),
		SANDBOXED(test_json),
		SANDBOXED(test_messages),
		SANDBOXED(test_of),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
