/* SPDX-License-Identifier: MIT */
/* Ordinary users and root: what each sees, and who may clear away a dead mount. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/point.h"
#include "tests/support.h"

/* An ordinary user that every system has a name for, as fusermount3 wants it: nobody. */
#define NOBODY 65534u

static void kill_daemon(void)
{
	assert_int_equal(kill(point_daemon(), SIGKILL), 0);
	assert_true(wait_until(DEADLINE_MS, point_daemon_gone, NULL));
}

/* A /dev/fuse that everybody may open, as distributions have it. */
static void open_device(void)
{
	assert_int_equal(mknod(SANDBOX_WORK "/fuse", S_IFCHR | 0666, makedev(10, 229)), 0);
	assert_int_equal(chmod(SANDBOX_WORK "/fuse", 0666), 0);
	assert_int_equal(mount(SANDBOX_WORK "/fuse", "/dev/fuse", NULL, MS_BIND, NULL), 0);
}

static void user_says(const char *command, int status, const char *out, const char *err)
{
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = NOBODY};
	struct result result;

	run_argv(&result, (const char *const[]){"sh", "-c", command, pshmfs_path(), POINT, NULL},
		 &setup);
	if (result.status != status || strcmp(result.out, out) || !strstr(result.err, err) ||
	    (!*err && *result.err)) {
		fprintf(stderr, "%s: %d, \"%s\", \"%s\"\n", command, result.status, result.out,
			result.err);
		fail();
	}
	result_deinit(&result);
}

/* What the user may not open is there, with its attributes, and says why it is not readable. */
static void check_unreadable(void)
{
	user_says("stat -c '%A %u %s' \"$1/secret\"", 0, "d--------- 0 40\n", "");
	user_says("cat \"$1/secret/raw\"", 1, "", "Permission denied");
	user_says("cat \"$1/secret/fields\"", 1, "", "Permission denied");
	user_says("grep health \"$1/secret/stat\"", 0,
		  "health\tits bytes cannot be read: Permission denied\n", "");
}

/*
 * The mountpoint is another user's from now on, who may mount by fusermount3. False in a user
 * namespace, which has no other user: there all of test-mount-start is an ordinary user's.
 */
static bool give_to_nobody(void)
{
	if (!sandbox_has_user(NOBODY))
		return false;
	open_device();
	assert_int_equal(chown(POINT, NOBODY, NOBODY), 0);
	return true;
}

static void test_ordinary_user(void **state)
{
	(void)state;
	put_seqnum("secret", 1);
	assert_int_equal(chmod("/dev/shm/secret", 0), 0);
	if (!give_to_nobody())
		return;
	user_says("exec \"$0\" \"$1\"", 0, "", "");
	user_says("cat \"$1/count/seqnum\"; ls \"$1\"", 0, "41\ncount\nsecret\n", "");
	check_unreadable();
	user_says("echo sem > \"$1/count/layout\" && head -n 1 \"$1/count/layout\"", 0, "sem\n",
		  "");
	user_says("echo 7 > \"$1/count/sem_value\"", 2, "", "Permission denied");
	assert_int_equal(errno_of_open(POINT, O_RDONLY), EACCES); /* root may not look either */
	user_says("exec \"$0\" \"$1\"", 1, "", "already (undo: fusermount3 -u " POINT ")\n");
	kill_daemon();
	user_says("exec \"$0\" \"$1\"", 0, "", "");
	user_says("cat \"$1/count/seqnum\"; fusermount3 -u \"$1\"", 0, "41\n", "");
	point_await_end();
}

static void root_says(const char *path, int status, const char *err)
{
	struct result result;

	run(&result, pshmfs_path(), path);
	assert_string_equal(result.err, err);
	assert_int_equal(result.status, status);
	result_deinit(&result);
}

/* Root may not look into a user's mount, and still tells the living from the dead. */
static void test_root_after_user(void **state)
{
	(void)state;
	if (!give_to_nobody())
		return;
	user_says("exec \"$0\" \"$1\"", 0, "", "");
	root_says(POINT, 1,
		  "pshmfs: " POINT ": a pshmfs is mounted here already (undo: umount " POINT ")\n");
	kill_daemon();
	assert_true(mount_shown(POINT));
	root_says(POINT "/", 0, "");
	cat_equals(POINT "/count/seqnum", "41\n");
	assert_int_equal(umount2(POINT, 0), 0);
	assert_false(mount_shown(POINT));
	point_await_end();
}

/* A user may not ask another's mount: it is not said to live, and not touched. */
static void test_user_after_root(void **state)
{
	struct child child;

	(void)state;
	if (!give_to_nobody())
		return;
	child_start(&child, (const char *const[]){pshmfs_path(), "-f", POINT, NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, point_serves, &child));
	user_says("exec \"$0\" \"$1\"", 1, "", "already, and gives no answer: it may be dead");
	child_kill(&child);
	user_says("exec \"$0\" \"$1\"", 1, "", "already, and gives no answer: it may be dead");
	assert_true(mount_shown(POINT));
}

/* A mount whose program does not answer holds nobody up for long, and is not called dead. */
static void test_stopped(void **state)
{
	struct child child;
	int status;

	(void)state;
	child_start(&child, (const char *const[]){pshmfs_path(), "-f", POINT, NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, point_serves, &child));
	assert_int_equal(kill(child.pid, SIGSTOP), 0);
	/* All of its threads: one that stops with a request in hand makes who asks unkillable. */
	assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
	assert_true(WIFSTOPPED(status));
	root_says(POINT, 1,
		  "pshmfs: " POINT
		  ": a pshmfs is mounted here already, and gives no answer: it may "
		  "be dead (undo: umount " POINT ")\n");
	child_kill(&child);
	assert_int_equal(umount2(POINT, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POINT(test_ordinary_user),
		WITH_POINT(test_root_after_user),
		WITH_POINT(test_user_after_root),
		WITH_POINT(test_stopped),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
