/* SPDX-License-Identifier: MIT */
/*
 * What the mount stands on is taken away: it is copied, its folder is moved or removed, its source
 * is unmounted or made read-only.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "tests/faults.h"
#include "tests/load.h"
#include "tests/support.h"

#define READERS 4

static const struct reading readings[READERS] = {{"count/seqnum", READ_FILE},
						 {"count/json", READ_AGAIN},
						 {"count/raw", READ_AGAIN},
						 {"count", READ_LIST}};

static struct child daemon_here;

static void end_by_signal(void)
{
	assert_int_equal(kill(daemon_here.pid, SIGTERM), 0);
	fault_ends_well(&daemon_here);
}

/* A shell that runs each line, and then says its status. */
#define RUN_LINES "echo ready; while read -r line; do eval \"$line\" >/dev/null 2>&1; echo $?; done"

static void shell_says(struct child *shell, const char *line, const char *status)
{
	_cleanup_free_ char *said = NULL;

	dprintf(shell->in, "%s\n", line);
	said = child_line(shell->out);
	assert_non_null(said);
	if (strcmp(said, status) != 0)
		fail_msg("%s: %s, not %s", line, said, status);
}

/* Another mount namespace keeps a copy; that is served on where ours is unmounted. */
static void test_namespace(void **state)
{
	struct child shell;
	uint64_t begun, took;

	(void)state;
	fault_mount(&daemon_here, NULL, NULL);
	child_start_shell(&shell, RUN_LINES);
	assert_int_equal(umount2(POINT, 0), 0);
	assert_false(mount_shown(POINT));
	shell_says(&shell, "grep -qx 41 " POINT "/count/seqnum", "0");
	assert_false(child_ended(&daemon_here));
	begun = clock_ns();
	end_by_signal();
	shell_says(&shell, "cat " POINT "/count/seqnum", "1");
	took = clock_ns() - begun;
	shell_says(&shell, "cat " POINT "/count/seqnum 2>&1 | grep -q 'endpoint is not connected'",
		   "0");
	child_finish(&shell, NULL);
	fault_expect_within(took, 5000);
	fault_row(
		"a copy of the mount in another mount namespace", "1 time",
		"it is served on; after SIGTERM it is an error",
		"served on after the umount; SIGTERM ended the daemon, and a read of the copy was "
		"ENOTCONN, within %u ms",
		fault_ms(took));
}

/* Copies by mount --bind are those of who made them. */
static void test_bind(void **state)
{
	struct load load;
	uint64_t begun, took;

	(void)state;
	assert_int_equal(mkdir(SANDBOX_WORK "/copy", 0755), 0);
	fault_mount(&daemon_here, NULL, NULL);
	assert_int_equal(mount(POINT, SANDBOX_WORK "/copy", NULL, MS_BIND, NULL), 0);
	load_start(&load, SANDBOX_WORK "/copy", readings, READERS, READERS);
	load_goes_on(&load, 1);
	assert_int_equal(umount2(POINT, 0), 0);
	load_goes_on(&load, 2);
	begun = clock_ns();
	end_by_signal();
	took = load_await_errors(&load, begun);
	fault_expect_within(took, 1000);
	assert_int_equal(umount2(SANDBOX_WORK "/copy", 0), 0);
	fault_row("a copy of the mount by mount --bind", "1 time",
		  "it is served on; after SIGTERM an error within 1 s",
		  "%d readers of it went on after the umount; after SIGTERM each had an error, the "
		  "last after %u ms",
		  READERS, fault_ms(took));
}

/* Where it is no mount point, in another namespace, a folder can be removed: then the mount goes.
 */
static void test_removed(void **state)
{
	struct child shell;
	struct load load;

	(void)state;
	child_start_shell(&shell, RUN_LINES);
	fault_mount(&daemon_here, NULL, NULL);
	load_start(&load, POINT, &readings[1], 2, READERS);
	load_goes_on(&load, 1);
	assert_int_equal(rmdir(POINT), -1);
	assert_int_equal(errno, EBUSY);
	shell_says(&shell, "rmdir " POINT, "0");
	assert_false(mount_shown(POINT));
	load_goes_on(&load, 2);
	load_stop(&load);
	fault_ends_well(&daemon_here);
	point_await_end();
	child_finish(&shell, NULL);
	fault_row(
		"the mount's folder removed", "1 time",
		"who has it open reads on, then the daemon ends",
		"EBUSY where it is mounted; by another mount namespace the mount went with it, %d "
		"readers went on, and the daemon ended with them",
		READERS);
}

/* The folder above is moved, and the mount with it: it ends as always. */
static void test_moved(void **state)
{
	static const char moved[] = SANDBOX_WORK "/moved/inner";
	struct child daemon;

	(void)state;
	assert_int_equal(mkdir(SANDBOX_WORK "/outer", 0755), 0);
	assert_int_equal(mkdir(SANDBOX_WORK "/outer/inner", 0755), 0);
	child_start(&daemon,
		    (const char *const[]){pshmfs_path(), "-f", SANDBOX_WORK "/outer/inner", NULL},
		    NULL);
	daemon_here = daemon;
	while (errno_of_open(SANDBOX_WORK "/outer/inner/.pshmfs/about", O_RDONLY) != 0)
		assert_false(child_ended(&daemon_here));
	assert_int_equal(rename(SANDBOX_WORK "/outer", SANDBOX_WORK "/moved"), 0);
	assert_true(mount_shown(moved));
	cat_equals(pathf("%s/count/seqnum", moved), "41\n");
	end_by_signal();
	assert_false(mount_shown(moved));
	fault_row("the folder above the mount renamed", "1 time",
		  "it is served on, SIGTERM takes the mount away",
		  "served on at its new place, and gone from there with status 0");
}

/* A source of our own, which can be taken away. */
static void mount_source(void)
{
	struct result result;

	assert_int_equal(mkdir(SANDBOX_WORK "/shm", 01777), 0);
	assert_int_equal(mount("none", SANDBOX_WORK "/shm", "tmpfs", 0, "size=4m"), 0);
	run(&result, "cp", "/dev/shm/count", SANDBOX_WORK "/shm/count");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
}

/* The daemon goes on with that which it was started for, as any program that has it open. */
static void test_source_gone(void **state)
{
	struct load load;

	(void)state;
	mount_source();
	fault_mount(&daemon_here, SANDBOX_WORK "/shm", NULL);
	load_start(&load, POINT, readings, READERS, READERS);
	load_goes_on(&load, 1);
	assert_int_equal(umount2(SANDBOX_WORK "/shm", 0), -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(umount2(SANDBOX_WORK "/shm", MNT_DETACH), 0);
	load_goes_on(&load, 3);
	load_stop(&load);
	cat_contains(POINT "/.pshmfs/about", "version\t");
	cat_contains(POINT "/count/holders", "PID\tUSER\t");
	end_by_signal();
	point_await_end();
	fault_row("umount -l of SOURCE", "1 time", "reads go on",
		  "%d readers of its objects went on; umount without -l is EBUSY", READERS);
}

static void test_source_read_only(void **state)
{
	struct load load;

	(void)state;
	mount_source();
	fault_mount(&daemon_here, SANDBOX_WORK "/shm", "write");
	load_start(&load, POINT, readings, READERS, READERS);
	assert_int_equal(write_file(POINT "/count/seqnum", "42"), 0);
	assert_int_equal(mount("none", SANDBOX_WORK "/shm", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(write_file(POINT "/count/seqnum", "43"), -EROFS);
	assert_int_equal(write_file(POINT "/count/sem_post", "1"), -EROFS);
	load_goes_on(&load, 2);
	cat_equals(POINT "/count/fields", "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\n"
					  "seqnum\t42\n");
	assert_int_equal(mount("none", SANDBOX_WORK "/shm", NULL, MS_REMOUNT, NULL), 0);
	assert_int_equal(write_file(POINT "/count/seqnum", "43"), 0);
	cat_equals(POINT "/count/seqnum", "43\n");
	load_goes_on(&load, 1);
	load_stop(&load);
	end_by_signal();
	point_await_end();
	assert_int_equal(umount2(SANDBOX_WORK "/shm", 0), 0);
	fault_row("SOURCE remounted read-only, and back", "1 time", "writes are EROFS, reads go on",
		  "EROFS and nothing changed; %d readers went on; writes worked again afterwards",
		  READERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT(test_namespace), FAULT(test_bind),        FAULT(test_removed),
		FAULT(test_moved),     FAULT(test_source_gone), FAULT(test_source_read_only),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
