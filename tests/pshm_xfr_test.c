/* SPDX-License-Identifier: MIT */
/* The chapter's own test: 100,000 times 512 random bytes, and diff(1). */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/pair.h"
#include "tests/progs.h"
#include "tests/support.h"

enum { BLOCK = 512, TIMES = 100000 };

#define INFILE SANDBOX_WORK "/infile"
#define OUTFILE SANDBOX_WORK "/outfile"

static void exercise(const char *options)
{
	_cleanup_free_ char *bytes = pair_bytes((size_t)BLOCK * TIMES);
	_cleanup_close_ int fd = open(INFILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, bytes, (size_t)BLOCK * TIMES), BLOCK * TIMES);
	expect_run(0, "", "", "sh", "-c",
		   "cd " SANDBOX_WORK "\n"
		   "\"$0\"/pshm_xfr_writer $1 < infile & \"$0\"/pshm_xfr_reader > outfile\n"
		   "rc=$?; wait $! && [ $rc = 0 ] && diff infile outfile",
		   getenv("PSHM_PROGS"), options);
	pair_expect_nothing_left();
	assert_int_equal(unlink(INFILE), 0);
	assert_int_equal(unlink(OUTFILE), 0);
}

static void test_exercise(void **state)
{
	(void)state;
	exercise("");
}

static void test_exercise_in_blocks(void **state)
{
	(void)state;
	exercise("--blocks=4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {SANDBOXED(test_exercise),
					   SANDBOXED(test_exercise_in_blocks)};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
