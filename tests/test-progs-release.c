/* SPDX-License-Identifier: MIT */
/* pshm_stuck --release: what it refuses, what it asks, and what it does. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/stuck.h"

/* Nothing is changed where it need not, where nobody was asked, and where it is not clear what. */
static void test_refused(void **state)
{
	(void)state;
	begin_jobs("3");
	says(0, "nothing is stuck", NULL);
	expect_run(1, "", "jobs: it is waiting, and only what is stuck or alone is released",
		   "pshm_stuck", "--release", "jobs", "--yes");
	put_sem("free", 1);
	expect_run(1, "", ": nothing was changed\n", "pshm_stuck", "--release", "/free", "--yes");
	expect_run(1, "", "none: No such file or directory\n", "pshm_stuck", "--release", "none",
		   "--yes");
	told("2 map /x 1096", "done");
	told("2 init /x 0 0", "done");
	told("2 init /x 32 0", "done");
	told("2 wait /x 32", "asleep");
	says(1, "x: rsem (sem_t): alone: ", NULL);
	expect_run(2, "", "pshm_stuck:   x:wsem is ok\npshm_stuck:   x:rsem is alone\n",
		   "pshm_stuck", "--release", "x", "--yes");
	expect_run(1, "", "x:sem: no such semaphore is known", "pshm_stuck", "--release", "x:sem",
		   "--yes");
	contains(says(2, "One post adds 1 to x:rsem, whose value is 0, and wakes", "--release",
		      "x:rsem"),
		 pathf("  pid %d (actor)\n", pid_of(2)));
	expect_run(2, "", "x:rsem: there is no terminal to ask on: --yes says", "sh", "-c",
		   "\"$0\" --release x:rsem >" SANDBOX_WORK "/plan", program("pshm_stuck"));
	assert_int_equal(word_of("x", 32), 0);
	says(0, "is now: ok", "--release", "/x:rsem", "--yes");
	told("2 outcome", "done");
	assert_int_equal(word_of("x", 0), 0);
	assert_int_equal(word_of("sem.free", 0), 1);
	actor_stop(&crew);
	assert_int_equal(unlink(shm_path("x")), 0);
}

/* For the threads of one process it is not posted from outside: that would wake nobody. */
static void test_unshared(void **state)
{
	(void)state;
	actor_start(&crew, "crew", "1");
	told("0 map /p 4096", "done");
	told("0 init-private /p 64 0", "done");
	told("0 wait /p 64", "asleep");
	says(1, "p: ", NULL);
	expect_run(1, "", "(pshared 0)", "pshm_stuck", "--release", "p:@64", "--yes");
	assert_int_equal(word_of("p", 64), 0);
	actor_stop(&crew);
}

/* On a terminal it asks: what is typed there, and with which status it ends then. */
static void typed(const char *answer, int status)
{
	_cleanup_close_ int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct result result;

	assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
	assert_true(write(terminal, answer, strlen(answer)) > 0);
	run(&result, "sh", "-c", "exec \"$0\" --release jobs < \"$1\" 2> \"$1\"",
	    program("pshm_stuck"), ptsname(terminal));
	assert_int_equal(result.status, status);
	contains(result.out, "One post adds 1 to sem.jobs");
	result_deinit(&result);
}

static void test_asked(void **state)
{
	(void)state;
	begin_jobs("2");
	told("0 kill", "done");
	says(1, "alone", NULL);
	typed("\n", 1);
	typed("no\n", 1);
	says(1, "alone", NULL);
	typed("y\n", 0);
	told("1 outcome", "done");
	says(0, "nothing is stuck", NULL);
	actor_stop(&crew);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_refused),
		SANDBOXED(test_unshared),
		SANDBOXED(test_asked),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
