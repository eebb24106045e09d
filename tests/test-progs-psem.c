/* SPDX-License-Identifier: MIT */
/* The programs for named semaphores. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/progs.h"
#include "tests/support.h"

static void test_create(void **state)
{
	struct stat st;

	(void)state;
	umask(022);
	expect_run(0, "", "", "psem_create", "-c", "/a");
	expect_run(0, "0\n", "", "psem_getvalue", "/a");
	assert_int_equal(stat(shm_path("sem.a"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	expect_run(0, "", "", "psem_create", "-cx", "/b", "666", "7");
	expect_run(0, "7\n", "", "psem_getvalue", "/b");
	assert_int_equal(stat(shm_path("sem.b"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	expect_run(1, "", "psem_create: /b: File exists\n", "psem_create", "-cx", "/b");
	expect_run(0, "", "", "psem_create", "-c", "/b", "600", "3"); /* exists: no effect */
	expect_run(0, "", "", "psem_create", "/b");
	expect_run(0, "7\n", "", "psem_getvalue", "/b");
	expect_run(0, "", "", "psem_unlink", "/b");
	expect_run(1, "", "psem_create: /b: No such file or directory\n", "psem_create", "/b");
}

static void test_wait_and_post(void **state)
{
	struct child waiter;
	pid_t pid;

	(void)state;
	put_sem("a", 1);
	start(&waiter, NULL, "psem_wait", "/a");
	pid = waiter.pid;
	expect_end(&waiter, 0, pathf("%d sem_wait() succeeded\n", pid), "");
	expect_run(0, "0\n", "", "psem_getvalue", "/a");
	start(&waiter, NULL, "psem_wait", "/a");
	pid = waiter.pid;
	wait_for_sleeper("sem.a", 0);
	assert_false(child_ended(&waiter));
	expect_run(0, "0\n", "", "psem_getvalue", "/a"); /* never negative */
	expect_run(0, "", "", "psem_post", "/a");
	expect_end(&waiter, 0, pathf("%d sem_wait() succeeded\n", pid), "");
	expect_run(0, "0\n", "", "psem_getvalue", "/a");
}

/* Who waits goes on waiting when the name goes. */
static void test_unlink(void **state)
{
	struct child waiter;

	(void)state;
	put_sem("a", 0);
	start(&waiter, NULL, "psem_wait", "/a");
	wait_for_sleeper("sem.a", 0);
	expect_run(0, "", "", "psem_unlink", "/a");
	expect_run(0, "", "", "psem_create", "-c", "/a", "600", "1");
	expect_run(0, "", "", "psem_post", "/a");
	assert_false(child_ended(&waiter));
	child_kill(&waiter);
}

static void test_maximum(void **state)
{
	(void)state;
	expect_run(0, "", "", "psem_create", "-c", "/a", "600", "2147483646");
	expect_run(0, "", "", "psem_post", "/a");
	expect_run(0, "2147483647\n", "", "psem_getvalue", "/a");
	expect_run(
		1, "",
		"psem_post: /a: Value too large for defined data type (it is 2147483647 already)\n",
		"psem_post", "/a");
	expect_run(0, "2147483647\n", "", "psem_getvalue", "/a");
}

/* Each program says of a file that is no semaphore that it is none. */
static void expect_misfit(const char *why)
{
	static const char *const names[] = {"psem_wait", "psem_post", "psem_getvalue",
					    "psem_create"};

	for (int i = 0; i < 4; i++)
		expect_run(1, "", pathf("%s: /x: not a semaphore (%s", names[i], why), names[i],
			   "/x");
	expect_run(1, "", "psem_create: /x: not a semaphore (", "psem_create", "-c", "/x");
	expect_run(1, "", "psem_create: /x: File exists\n", "psem_create", "-cx", "/x");
}

static void test_misfits(void **state)
{
	static char bytes[4096];

	(void)state;
	make_object("sem.x", NULL, 0);
	expect_misfit("0 bytes, 32 wanted)\n");
	make_object("sem.x", "12345", 5);
	expect_misfit("5 bytes, 32 wanted)\n");
	put_sem32("x", 1);
	expect_misfit("16 bytes, 32 wanted)\n");
	make_object("sem.x", bytes, sizeof(bytes));
	expect_misfit("4096 bytes, 32 wanted)\n");
	make_object("sem.x", bytes, 32);
	expect_misfit("all of it is zero");
	memset(bytes, 'g', 32);
	make_object("sem.x", bytes, 32);
	expect_misfit("its shared flag is neither");
	assert_int_equal(unlink(shm_path("sem.x")), 0);
	assert_int_equal(mkfifo(shm_path("sem.x"), 0600), 0);
	expect_misfit("no regular file)\n");
	expect_run(0, "", "", "psem_unlink", "/x");
	assert_int_equal(access(shm_path("sem.x"), F_OK), -1);
}

static int no_rights(void *data)
{
	(void)data;
	expect_run(1, "", "psem_getvalue: /a: Permission denied\n", "psem_getvalue", "/a");
	expect_run(1, "", "psem_post: /a: Permission denied\n", "psem_post", "/a");
	expect_run(1, "", "pshm_read: number: Permission denied\n", "pshm_read", "number");
	return 0;
}

/* In a user namespace all that is left of root's rights are those of the owner. */
static void test_no_rights(void **state)
{
	(void)state;
	put_sem("a", 1);
	put_seqnum("number", 1);
	assert_int_equal(chmod(shm_path("sem.a"), 0), 0);
	assert_int_equal(chmod(shm_path("number"), 0), 0);
	assert_int_equal(as_user(1234, no_rights, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_create),  SANDBOXED(test_wait_and_post), SANDBOXED(test_unlink),
		SANDBOXED(test_maximum), SANDBOXED(test_misfits),       SANDBOXED(test_no_rights),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
