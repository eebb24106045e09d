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
	if (result.status != status || (out && strcmp(result.out, out) != 0) ||
	    !strstr(result.err, err) || (!*err && *result.err)) {
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

/* A walk over all of it has a message a file, and goes on to what may be read. */
static void check_walk(void)
{
	user_says("cat \"$1/secret/json\"", 0, NULL, "");
	user_says("cat \"$1/secret/json\" | grep -c '\"errors\":{}'", 0, "1\n", "");
	user_says("head -n 1 \"$1/secret/layout\"", 0, "unknown\n", "");
	user_says("cat \"$1/secret/seqnum\"", 1, "", "Permission denied");
	user_says("ls -l \"$1/secret\" | grep -c '^----------.* raw$'", 0, "1\n", "");
	user_says("grep -rh '^seqnum.' \"$1\"", 2, "seqnum\t41\n", "Permission denied");
}

#define OTHER 12345u

/* Objects of another user whose umask was 077, which block a program (E46). */
static void check_blocked(void)
{
	const char *names[] = {"fastrtps_port7411", "fastrtps_port7411_el"};

	for (size_t i = 0; i < 2; i++) {
		make_object(names[i], "secret", 6);
		assert_int_equal(chown(shm_path(names[i]), OTHER, OTHER), 0);
		assert_int_equal(chmod(shm_path(names[i]), 0600), 0);
	}
	user_says("cat \"$1/fastrtps_port7411/raw\"", 1, "", "Permission denied");
	user_says("cat \"$1/fastrtps_port7411_el/raw\"", 1, "", "Permission denied");
	user_says("cat \"$1/fastrtps_port7411/fields\"", 1, "", "Permission denied");
	user_says("dd if=\"$1/fastrtps_port7411/raw\" status=none", 1, "", "Permission denied");
	user_says("stat -c '%A %u %g %s' \"$1/fastrtps_port7411\"", 0, "drwx------ 12345 12345 6\n",
		  "");
	user_says("sed -n '/^mode/p;/^owner/p;/^size/p' \"$1/fastrtps_port7411/stat\"", 0,
		  "mode\t600\nowner\t12345\nsize\t6\n", "");
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

/* Who may has it, and whoever may not any more: neither what was open, nor anew. */
static void test_rights_change(void **state)
{
	(void)state;
	if (!give_to_nobody())
		return;
	put_seqnum("turn", 1);
	assert_int_equal(chown(shm_path("turn"), NOBODY, NOBODY), 0);
	user_says("exec \"$0\" \"$1\"", 0, "", "");
	user_says("exec 3< \"$1/turn/seqnum\"; cat <&3; chmod 0 /dev/shm/turn; "
		  "cat \"$1/turn/seqnum\"; cat \"$1/turn/raw\"",
		  1, "1\n", "Permission denied");
	user_says("chmod 600 /dev/shm/turn; cat \"$1/turn/seqnum\"; fusermount3 -u \"$1\"", 0,
		  "1\n", "");
	point_await_end();
}

/* Who may not be looked at may sleep on what it may open: then nobody knows how many do. */
static void test_unseen(void **state)
{
	const struct child_setup setup = {
		.in = STREAM_PIPE, .out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = OTHER};
	struct child other;

	(void)state;
	if (!give_to_nobody() || !sandbox_has_user(OTHER))
		return;
	put_sem("all", 0);
	put_sem("own", 0);
	assert_int_equal(chown(shm_path("sem.all"), NOBODY, NOBODY), 0);
	assert_int_equal(chown(shm_path("sem.own"), NOBODY, NOBODY), 0);
	assert_int_equal(chmod(shm_path("sem.all"), 0666), 0);
	assert_int_equal(chmod(shm_path("sem.own"), 0644), 0);
	child_start(&other, (const char *const[]){"cat", NULL}, &setup);
	user_says("exec \"$0\" -o max_age=0 \"$1\"", 0, "", "");
	user_says("cat \"$1/sem.own/sem_waiters\"", 0, "0\n", "");
	user_says("cat \"$1/sem.all/sem_waiters\"", 1, "", "Permission denied");
	child_kill(&other);
	user_says("cat \"$1/sem.all/sem_waiters\"; fusermount3 -u \"$1\"", 0, "0\n", "");
	point_await_end();
}

static int may_open(void *data)
{
	(void)data;
	return errno_of_open(POINT "/count/seqnum", O_RDONLY);
}

/* Where the machine lets users let others in (fuse.conf). */
static void write_fuse_conf(void)
{
	FILE *file = fopen(SANDBOX_WORK "/fuse.conf", "we");

	assert_non_null(file);
	fputs("user_allow_other\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(mount(SANDBOX_WORK "/fuse.conf", "/etc/fuse.conf", NULL, MS_BIND, NULL),
			 0);
}

/* Root sees in a user's mount what that user sees; nobody else sees anything. */
static void test_allow_root(void **state)
{
	(void)state;
	if (!give_to_nobody())
		return;
	put_seqnum("secret", 7);
	assert_int_equal(chmod(shm_path("secret"), 0600), 0);
	write_fuse_conf();
	user_says("exec \"$0\" -o allow_root \"$1\"", 0, "", "");
	cat_equals(POINT "/count/seqnum", "41\n");
	cat_fails(POINT "/secret/seqnum", EACCES);
	if (sandbox_has_user(OTHER))
		assert_int_equal(as_user(OTHER, may_open, NULL), EACCES);
	user_says("fusermount3 -u \"$1\"", 0, "", "");
	point_await_end();
	assert_int_equal(umount2("/etc/fuse.conf", 0), 0);
}

/* Root's mount shows to root what /dev/shm shows to root. */
static void test_root_reads_all(void **state)
{
	struct child child;
	struct result result;

	(void)state;
	put_seqnum("secret", 7);
	make_object("theirs", "secret", 6);
	assert_int_equal(chmod(shm_path("secret"), 0), 0);
	assert_int_equal(chmod(shm_path("theirs"), 0600), 0);
	if (sandbox_has_user(OTHER))
		assert_int_equal(chown(shm_path("theirs"), OTHER, OTHER), 0);
	child_start(&child, (const char *const[]){pshmfs_path(), "-f", POINT, NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, point_serves, &child));
	cat_equals(POINT "/secret/seqnum", "7\n");
	cat_equals(POINT "/theirs/raw", "secret");
	/* Others do not even come into it. */
	if (sandbox_has_user(NOBODY))
		user_says("cat \"$1/theirs/raw\"", 1, "", "Permission denied");
	assert_int_equal(umount2(POINT, 0), 0);
	child_finish(&child, &result);
	assert_int_equal(result.status, 0);
	result_deinit(&result);
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
	check_walk();
	check_blocked();
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

/* A signal ends a user's mount as well, also while somebody has a file of it open. */
static void test_user_signal(void **state)
{
	(void)state;
	if (!give_to_nobody())
		return;
	for (int i = 0; i < 2; i++) {
		user_says("exec \"$0\" \"$1\"", 0, "", "");
		assert_int_equal(kill(point_daemon(), i ? SIGINT : SIGTERM), 0);
		point_await_end();
		user_says("exec \"$0\" \"$1\"", 0, "", "");
		user_says("exec 3< \"$1/count/seqnum\"; pkill -x -TERM pshmfs; "
			  "while pgrep -x pshmfs; do :; done >&2; cat <&3",
			  1, "", "cat: ");
		point_await_end();
	}
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
		WITH_POINT(test_ordinary_user),   WITH_POINT(test_rights_change),
		WITH_POINT(test_root_reads_all),  WITH_POINT(test_root_after_user),
		WITH_POINT(test_user_after_root), WITH_POINT(test_stopped),
		WITH_POINT(test_unseen),          WITH_POINT(test_allow_root),
		WITH_POINT(test_user_signal),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
