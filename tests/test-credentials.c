/* SPDX-License-Identifier: MIT */
/* Who a thread is, as /proc tells it of oneself and of others. */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/credentials.h"
#include "tests/support.h"

#define USER 12345u

static int open_proc(void)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_own(void **state)
{
	_cleanup_close_ int procfd = open_proc();
	struct credentials own, same;
	gid_t groups[64];

	(void)state;
	assert_int_equal(credentials_of_thread(procfd, 0, &own), 0);
	assert_int_equal(own.uid, geteuid());
	assert_int_equal(own.gid, getegid());
	assert_int_equal(own.n_groups, getgroups(64, groups));
	for (size_t i = 0; i < own.n_groups; i++)
		assert_true(credentials_in_group(&own, groups[i]));
	assert_true(credentials_in_group(&own, getegid()));
	assert_true(credentials_have(&own, CAP_SETUID));
	assert_int_equal(credentials_of_thread(procfd, gettid(), &same), 0);
	assert_true(credentials_equal(&own, &same));
	credentials_deinit(&same);
	assert_int_equal(credentials_copy(&own, &same), 0);
	assert_true(credentials_equal(&own, &same));
	same.capabilities ^= 1;
	assert_false(credentials_equal(&own, &same));
	credentials_deinit(&same);
	credentials_deinit(&own);
	assert_int_equal(credentials_of_thread(procfd, 0x7ffffffe, &own), -ENOENT);
}

/* As many groups as there can be: the line has half a megabyte. */
static int with_many_groups(void)
{
	enum { MANY = 65536 };
	gid_t *groups = malloc(MANY * sizeof(*groups));
	_cleanup_close_ int procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct credentials own;

	for (gid_t i = 0; i < MANY; i++)
		groups[i] = 4000000000u + i;
	if (setgroups(MANY, groups) < 0 || setfsgid(7) < 0 || setfsuid(USER) < 0)
		return 1;
	if (credentials_of_thread(procfd, 0, &own) < 0 || own.n_groups != MANY ||
	    memcmp(own.groups, groups, MANY * sizeof(*groups)) != 0)
		return 2;
	if (own.uid != USER || own.gid != 7 || credentials_have(&own, CAP_DAC_OVERRIDE) ||
	    !credentials_have(&own, CAP_SYS_PTRACE))
		return 3;
	credentials_deinit(&own);
	free(groups);
	return 0;
}

static int without_anything(void *data)
{
	_cleanup_close_ int procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct credentials own;

	(void)data;
	if (credentials_of_thread(procfd, 0, &own) < 0 || own.capabilities || own.uid != geteuid())
		return 1;
	return sandbox_has_user(USER) && (own.n_groups || own.uid != USER || own.gid != USER);
}

static void test_others(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(as_user(USER, without_anything, NULL), 0);
	if (!sandbox_has_user(USER))
		return;
	pid = fork();
	if (pid == 0)
		_exit(with_many_groups());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Root of a user namespace of its own has no capability here. */
static void test_other_namespace(void **state)
{
	_cleanup_close_ int procfd = open_proc();
	struct credentials other;
	struct child child;

	(void)state;
	child_start(
		&child,
		(const char *const[]){"unshare", "-Ur", "sh", "-c", "echo ready; read end", NULL},
		&(const struct child_setup){.in = STREAM_PIPE, .out = STREAM_PIPE});
	free(child_line(child.out));
	assert_int_equal(credentials_of_thread(procfd, child.pid, &other), 0);
	assert_int_equal(other.uid, geteuid());
	assert_int_equal(other.capabilities, 0);
	credentials_deinit(&other);
	child_kill(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_own),
		SANDBOXED(test_others),
		SANDBOXED(test_other_namespace),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
