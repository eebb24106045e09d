/* SPDX-License-Identifier: MIT */
/* The life of a mount: in the background, to its end by umount or a signal, after a violent death.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/point.h"
#include "tests/support.h"

static void start_foreground(struct child *ret)
{
	child_start(ret, (const char *const[]){pshmfs_path(), "-f", POINT, NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, point_serves, ret));
	cat_equals(POINT "/count/seqnum", "41\n");
}

/* It has ended well, without a word, and has taken its mount along. */
static void ends_well(struct child *child)
{
	struct result result;

	child_finish(child, &result);
	if (result.status || *result.out || *result.err) {
		fprintf(stderr, "pshmfs: %d, \"%s\", \"%s\"\n", result.status, result.out,
			result.err);
		fail();
	}
	result_deinit(&result);
	point_await_end();
}

static void start_background(void)
{
	struct result result;

	run(&result, pshmfs_path(), POINT);
	assert_string_equal(result.out, "");
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
}

/* When the command has returned the mount is usable, and the daemon holds on to nothing. */
static void test_background(void **state)
{
	char target[64] = "";
	int fds;
	pid_t pid;

	(void)state;
	start_background();
	pid = point_daemon();
	assert_true(pid > 0);
	/* After INIT, from when on the start holds nothing; before an object is looked at, of which
	 * one stays open for a moment. */
	cat_contains(POINT "/.pshmfs/about", "version\t");
	fds = fds_count(pid);
	cat_equals(POINT "/count/seqnum", "41\n");
	for (int fd = 0; fd <= 2; fd++) {
		assert_true(readlink(pathf("/proc/%d/fd/%d", pid, fd), target, 63) > 0);
		assert_string_equal(target, "/dev/null");
	}
	assert_int_equal(readlink(pathf("/proc/%d/cwd", pid), target, 63), 1);
	assert_int_equal(getsid(pid), pid);
	cat_contains(POINT "/count/fields", "seqnum\t41\n");
	assert_true(fds_settle(pid, fds));
	assert_int_equal(umount2(POINT, 0), 0);
	point_await_end();
}

/* A command substitution waits for the end of stdout: the daemon must not keep it. */
static void test_captured(void **state)
{
	struct result result;

	(void)state;
	run(&result, "sh", "-c",
	    "said=$(\"$0\" \"$1\" 2>&1) && ls \"$1\" && umount \"$1\" && echo \"[$said]\"",
	    pshmfs_path(), POINT);
	assert_string_equal(result.err, "");
	assert_string_equal(result.out, "count\n[]\n");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	point_await_end();
}

/* On a terminal: one line with where, what to look at, and how to undo it. */
static void says_one_line(const char *script)
{
	_cleanup_close_ int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *line = NULL, *more = NULL;
	struct child child;

	assert_true(terminal >= 0);
	assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
	child_start(&child,
		    (const char *const[]){"sh", "-c", script, pshmfs_path(), POINT,
					  ptsname(terminal), NULL},
		    NULL);
	line = child_line(terminal);
	assert_non_null(line);
	assert_string_equal(line, "pshmfs: /dev/shm is mounted on " POINT "; look: ls -l " POINT
				  "; undo: umount " POINT "\r");
	cat_equals(POINT "/count/seqnum", "41\n");
	assert_int_equal(umount2(POINT, 0), 0);
	more = child_line(terminal);
	assert_null(more);
	ends_well(&child);
}

static void test_terminal(void **state)
{
	(void)state;
	says_one_line("exec \"$0\" \"$1\" > \"$2\"");
	says_one_line("exec \"$0\" -f \"$1\" > \"$2\"");
}

/* One whose terminal goes, goes with it; the others stay (test-mount-layouts). */
static void test_terminal_gone(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct child child;

	(void)state;
	assert_true(terminal >= 0);
	assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
	child_start(&child,
		    (const char *const[]){"sh", "-c",
					  "exec setsid -c \"$0\" -f \"$1\" <\"$2\" >\"$2\"",
					  pshmfs_path(), POINT, ptsname(terminal), NULL},
		    NULL);
	free(child_line(terminal));
	cat_equals(POINT "/count/seqnum", "41\n");
	assert_int_equal(kill(child.pid, SIGHUP), 0);
	cat_equals(POINT "/count/seqnum", "41\n");
	close(terminal);
	ends_well(&child);
}

static void test_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT};

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct child child;

		start_foreground(&child);
		assert_int_equal(kill(child.pid, signals[i]), 0);
		ends_well(&child);
		start_background();
		assert_int_equal(kill(point_daemon(), signals[i]), 0);
		point_await_end();
	}
}

static void test_umount(void **state)
{
	struct child child;
	int fd;

	(void)state;
	start_foreground(&child);
	fd = open(POINT "/count/seqnum", O_RDONLY);
	assert_int_equal(umount2(POINT, 0), -1);
	assert_int_equal(errno, EBUSY);
	close(fd);
	assert_int_equal(umount2(POINT, 0), 0);
	ends_well(&child);
}

/* Files that were closed at the last moment: the kernel's word about them meets the end. */
static void test_umount_after_close(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		struct child child;
		int fds[100];

		start_foreground(&child);
		for (size_t i = 0; i < 100; i++)
			fds[i] = open(POINT "/count", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		for (size_t i = 0; i < 100; i++)
			close(fds[i]);
		assert_int_equal(umount2(POINT, 0), 0);
		ends_well(&child);
	}
}

/* Whoever still has a file open gets an error, and does not hold it up. */
static void test_signal_while_open(void **state)
{
	struct child child;
	char byte;
	int fd, folder;

	(void)state;
	start_foreground(&child);
	fd = open(POINT "/count/seqnum", O_RDONLY);
	folder = open(POINT "/count", O_RDONLY | O_DIRECTORY);
	assert_int_equal(kill(child.pid, SIGTERM), 0);
	ends_well(&child);
	assert_int_equal(read(fd, &byte, 1), -1);
	assert_true(errno == ENOTCONN || errno == ECONNABORTED || errno == EIO);
	assert_int_equal(openat(folder, "raw", O_RDONLY), -1);
	close(folder);
	close(fd);
}

/* What a killed one leaves behind is cleared away by the next, also where it happened twice. */
static void test_killed(void **state)
{
	struct child child;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start_foreground(&child);
		child_kill(&child);
		assert_true(mount_shown(POINT));
		assert_int_equal(errno_of_open(POINT, O_RDONLY), ENOTCONN);
	}
	start_background();
	cat_equals(POINT "/count/seqnum", "41\n");
	assert_int_equal(kill(point_daemon(), SIGKILL), 0);
	assert_true(wait_until(DEADLINE_MS, point_daemon_gone, NULL));
	start_foreground(&child);
	assert_int_equal(kill(child.pid, SIGTERM), 0);
	ends_well(&child);
}

/* Two of them at two places, one after the other on one place. */
static void test_two(void **state)
{
	struct mount first, second;

	(void)state;
	mount_start(&first, NULL, "layout=count=sem");
	mount_start(&second, NULL, NULL);
	cat_equals(mount_path(&second, "count/seqnum"), "41\n");
	cat_fails(mount_path(&first, "count/seqnum"), ENOENT);
	mount_stop(&first);
	cat_equals(mount_path(&second, "count/seqnum"), "41\n");
	mount_stop(&second);
}

/* Started with standard descriptors closed: none of ours takes their place, and the mount works. */
static void test_closed_descriptors(void **state)
{
	static const char *const closed[] = {"<&-",      ">&-",      "2>&-",        "<&- >&-",
					     "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"};

	(void)state;
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		struct result result;

		run(&result, "sh", "-c", pathf("exec \"$0\" \"$1\" %s", closed[i]), pshmfs_path(),
		    POINT);
		assert_string_equal(result.err, "");
		assert_int_equal(result.status, 0);
		result_deinit(&result);
		cat_equals(POINT "/count/seqnum", "41\n");
		assert_int_equal(umount2(POINT, 0), 0);
		point_await_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POINT(test_background),
		WITH_POINT(test_captured),
		WITH_POINT(test_terminal),
		WITH_POINT(test_terminal_gone),
		WITH_POINT(test_signals),
		WITH_POINT(test_umount),
		WITH_POINT(test_umount_after_close),
		WITH_POINT(test_signal_while_open),
		WITH_POINT(test_killed),
		WITH_POINT(test_two),
		WITH_POINT(test_closed_descriptors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
