/* SPDX-License-Identifier: MIT */
/* What this machine may not have (Yama, a freezer, 32-bit programs, old kernels): a /proc of files.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support.h"

#define PROC SANDBOX_WORK "/proc"
#define CGROUP SANDBOX_WORK "/cgroup"
#define USER 1234

/* A sem_wait at byte 32 of the object, as the kernel shows it. */
static const char *sleep_line(void)
{
	return pathf("%d 0x7f0000000020 0x109 0x0 0x0 0x0 0x0 0x7ffc00000000 0x7f1234\n",
		     SYS_futex);
}

/* The file PATH, its folders, and its text. */
static void put(const char *path, const char *text)
{
	char folder[256];
	int fd;

	for (const char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void put_task(const char *folder, char state, const char *wchan)
{
	put(pathf(PROC "/%s/stat", folder),
	    pathf("77 (fake) %c 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 100 20 21\n", state));
	put(pathf(PROC "/%s/wchan", folder), wchan);
	put(pathf(PROC "/%s/schedstat", folder), "10 20 30\n");
}

/* Process 77 with one thread, that maps the object x at 7f0000000000. */
static void put_process(char state, const char *wchan)
{
	put_task("77", state, wchan);
	put_task("77/task/77", state, wchan);
	put(PROC "/77/status", "Name:\tfake\nUid:\t1\t1234\t1\t1\nGid:\t2\t1235\t2\t2\n"
			       "SigCgt:\t0000000000002000\n");
	put(PROC "/77/maps",
	    pathf("7f0000000000-7f0000001000 rw-s 00000000 %x:%x %lu  /x\n"
		  "7fff00000000-7fff00001000 rw-p 00000000 00:00 0  [stack]\n",
		  (unsigned)(shm_dev() >> 32), (unsigned)shm_dev(), (unsigned long)shm_ino("x")));
	put(PROC "/77/task/77/syscall", sleep_line());
}

static void look_at_fake(unsigned flags, struct snapshot *ret)
{
	struct snapshot_question question = {
		.procfd = open(PROC, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.cgroupfd = open(CGROUP, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.dev = shm_dev(),
		.flags = flags,
	};

	assert_int_equal(snapshot_take(&question, NULL, ret), 0);
	question_close(&question);
}

/* A PROCMAP_QUERY of a file gives ENOTTY, as on kernels before 6.11: then it is the text. */
static void test_old_kernel(void **state)
{
	struct snapshot snapshot;

	(void)state;
	make_object("x", "1", 1);
	put_process('S', "futex_do_wait");
	look_at_fake(SNAPSHOT_WAITERS | SNAPSHOT_THREADS, &snapshot);
	assert_true(snapshot.maps_text);
	assert_int_equal(snapshot.n_processes, 1);
	assert_int_equal(snapshot.processes[0].uid, 1234);
	assert_int_equal(snapshot.processes[0].gid, 1235);
	assert_int_equal(snapshot.processes[0].started, 100);
	assert_int_equal(snapshot.processes[0].caught, 1 << (SIGALRM - 1));
	assert_int_equal(snapshot.n_waiters, 1);
	assert_int_equal(snapshot.waiters[0].place, WAITER_OBJECT);
	assert_int_equal(snapshot.waiters[0].state, WAITER_ASLEEP);
	assert_int_equal(snapshot.waiters[0].offset, 32);
	assert_int_equal(snapshot.waiters[0].runs, 30);
	/* No scheduler's clock: since it was first seen. */
	assert_int_equal(snapshot.waiters[0].since, snapshot.begun);
	assert_false(snapshot.waiters[0].since_about);
	snapshot_deinit(&snapshot);
	/* CONFIG_SCHED_INFO is off: both counts of context switches. */
	put(PROC "/77/task/77/schedstat", "0 0 0\n");
	put(PROC "/77/task/77/status",
	    "Name:\tx\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n");
	look_at_fake(SNAPSHOT_WAITERS | SNAPSHOT_THREADS, &snapshot);
	assert_int_equal(snapshot.waiters[0].runs, 42);
	assert_int_equal(snapshot.threads[0].runs, 42);
	snapshot_deinit(&snapshot);
}

/* A thread that waits for a child: which call it is, which child, and who its children are. */
static void test_reaper(void **state)
{
	struct snapshot snapshot;

	(void)state;
	make_object("x", "1", 1);
	put_process('S', "do_wait");
	put(PROC "/77/status", "Name:\tfake\nTracerPid:\t5\nUid:\t1\t1234\t1\t1\n"
			       "Gid:\t2\t1235\t2\t2\nGroups:\t4 24 27 \nNSpid:\t77\t7\n");
	put(PROC "/77/task/77/status", "Name:\tfake\nNSpid:\t77\t7\n");
	put(PROC "/77/task/77/syscall",
	    pathf("%d 0xffffffffffffffff 0x0 0x0 0x0 0x0 0x0 0x7ffc00000000 0x7f1234\n",
		  SYS_wait4));
	put(PROC "/77/task/77/children", "80 81 ");
	look_at_fake(SNAPSHOT_WAITERS | SNAPSHOT_THREADS, &snapshot);
	assert_int_equal(snapshot.n_processes, 1);
	assert_int_equal(snapshot.processes[0].tracer, 5);
	assert_int_equal(snapshot.processes[0].n_groups, 3);
	assert_int_equal(snapshot.processes[0].groups[2], 27);
	assert_true(snapshot.processes[0].nested);
	assert_int_equal(snapshot.n_threads, 1);
	assert_int_equal(snapshot.threads[0].own, 7);
	assert_string_equal(snapshot.threads[0].call, "wait4");
	assert_true(snapshot.threads[0].reaps);
	assert_int_equal(snapshot.threads[0].child, 0);
	assert_int_equal(snapshot.n_children, 2);
	assert_int_equal(snapshot.children[1].pid, 81);
	snapshot_deinit(&snapshot);
	/* Without CONFIG_PROC_CHILDREN nobody tells. */
	assert_int_equal(unlink(PROC "/77/task/77/children"), 0);
	put(PROC "/77/task/77/syscall", "running\n");
	look_at_fake(SNAPSHOT_THREADS, &snapshot);
	assert_null(snapshot.threads[0].call);
	assert_int_equal(snapshot.n_children, 0);
	snapshot_deinit(&snapshot);
	put(PROC "/77/task/77/syscall",
	    pathf("%d 0x50 0x0 0x0 0x0 0x0 0x0 0x7ffc00000000 0x7f1234\n", SYS_wait4));
	look_at_fake(SNAPSHOT_THREADS, &snapshot);
	assert_int_equal(snapshot.threads[0].child, 80);
	assert_int_equal(snapshot.n_children, 1);
	assert_int_equal(snapshot.children[0].pid, 0);
	snapshot_deinit(&snapshot);
}

/* fdinfo without `ino:` (before Linux 5.14): the link is followed, of our own mount only. */
static void test_old_fdinfo(void **state)
{
	struct snapshot snapshot;

	(void)state;
	make_object("x", "1", 1);
	put_process('S', "0");
	put(PROC "/77/maps", "7fff00000000-7fff00001000 rw-p 00000000 00:00 0  [stack]\n");
	put(PROC "/77/fdinfo/5", "pos:\t0\nflags:\t0100001\nmnt_id:\t26\n");
	put(PROC "/77/fdinfo/6", "pos:\t0\nflags:\t0100000\nmnt_id:\t27\nino:\t2\n");
	put(PROC "/77/mountinfo",
	    pathf("26 25 %u:%u / /dev/shm rw - tmpfs tmpfs rw\n27 25 250:250 / / rw - x x rw\n",
		  (unsigned)(shm_dev() >> 32), (unsigned)shm_dev()));
	assert_int_equal(mkdir(PROC "/77/fd", 0755), 0);
	assert_int_equal(symlink("/dev/shm/x", PROC "/77/fd/5"), 0);
	assert_int_equal(symlink("/dev/shm/x", PROC "/77/fd/6"), 0);
	assert_int_equal(symlink("pipe:[7]", PROC "/77/fd/7"), 0);
	look_at_fake(SNAPSHOT_FDS, &snapshot);
	assert_int_equal(snapshot.n_holders, 1);
	assert_int_equal(snapshot.holders[0].kind, HOLDER_FD);
	assert_int_equal(snapshot.holders[0].ino, shm_ino("x"));
	assert_int_equal(snapshot.holders[0].fd, 5);
	assert_true(snapshot.holders[0].writable && !snapshot.holders[0].readable);
	assert_int_equal(snapshot.n_unplaced, 0);
	snapshot_deinit(&snapshot);
}

struct freezer {
	const char *group, *path, *text;
	char state;
	const char *wchan;
	bool frozen;
};

static const struct freezer freezers[] = {
	{"0::/a\n", "/a/cgroup.events", "populated 1\nfrozen 1\n", 'S', "get_signal", true},
	{"0::/a\n", "/a/cgroup.events", "populated 1\nfrozen 0\n", 'S', "futex_do_wait", false},
	{"3:cpu:/c\n0::/a\n", "/unified/a/cgroup.events", "frozen 1\n", 'S', "get_signal", true},
	{"6:freezer:/a\n0::/\n", "/freezer/a/freezer.state", "FROZEN\n", 'D', "futex_do_wait",
	 true},
	{"6:freezer:/a\n0::/\n", "/freezer/a/freezer.state", "THAWED\n", 'S', "futex_do_wait",
	 false},
	{"6:freezer:/a\n", "/freezer/a/freezer.state", "FROZEN\n", 'D', "__refrigerator", true},
	/* It cannot be told: above our root, gone, not mounted. */
	{"0::/../a\n", "/a/cgroup.events", "frozen 1\n", 'S', "futex_do_wait", false},
	{"0::/a (deleted)\n", "/a/cgroup.events", "frozen 1\n", 'S', "futex_do_wait", false},
	{"5:memory:/a\n", "/memory/a/x", "", 'S', "futex_do_wait", false},
	{"", "/a/cgroup.events", "frozen 1\n", 'S', "futex_do_wait", false},
};

static void test_frozen(void **state)
{
	struct result result;

	(void)state;
	make_object("x", "1", 1);
	for (size_t i = 0; i < sizeof(freezers) / sizeof(freezers[0]); i++) {
		const struct freezer *row = &freezers[i];
		struct snapshot snapshot;

		print_message("%s\n", row->group);
		put_process(row->state, row->wchan);
		put(PROC "/77/cgroup", row->group);
		put(pathf(CGROUP "%s", row->path), row->text);
		look_at_fake(SNAPSHOT_WAITERS, &snapshot);
		assert_int_equal(snapshot.n_waiters, 1);
		assert_int_equal(snapshot.processes[0].frozen, row->frozen);
		assert_int_equal(snapshot.waiters[0].state,
				 row->frozen ? WAITER_FROZEN : WAITER_ASLEEP);
		snapshot_deinit(&snapshot);
		run(&result, "rm", "-r", CGROUP);
		result_deinit(&result);
	}
}

static int look_as_user(void *data)
{
	struct snapshot *snapshot = data;
	int r;

	look_at_fake(SNAPSHOT_WAITERS, snapshot);
	r = snapshot->n_waiters != 1 || !snapshot->processes[0].words_hidden ||
	    snapshot->waiters[0].place != WAITER_UNKNOWN || snapshot->waiters[0].address;
	snapshot_deinit(snapshot);
	return r;
}

/* Yama refuses the call, not where in the kernel it is. */
static void test_yama(void **state)
{
	struct snapshot snapshot;

	(void)state;
	make_object("x", "1", 1);
	put_process('S', "futex_do_wait");
	put_task("77/task/78", 'S', "do_wait");
	put(PROC "/77/task/78/syscall", sleep_line());
	assert_int_equal(chmod(PROC "/77/task/77/syscall", 0), 0);
	assert_int_equal(chmod(PROC "/77/task/78/syscall", 0), 0);
	assert_int_equal(as_user(USER, look_as_user, &snapshot), 0);
}

/* A 32-bit process: other numbers, told by its auxv; without it the number is that of mq_open(2).
 */
static void test_32bit(void **state)
{
	static const char line[] =
		"240 0x7f000020 0x109 0x1 0x0 0x0 0x0 0xffd0 0xff000010 0x8049\n";
	static const char restarted[] =
		"0 0x7f000020 0x109 0x1 0x1 0x0 0x0 0xffd0 0xff000010 0x8\n";
	struct snapshot snapshot;

	(void)state;
	make_object("x", "1", 1);
	put_process('S', "do_mq_open");
	put(PROC "/77/maps",
	    pathf("7f000000-7f001000 rw-s 00001000 %x:%x %lu  /x\n", (unsigned)(shm_dev() >> 32),
		  (unsigned)shm_dev(), (unsigned long)shm_ino("x")));
	put(PROC "/77/task/77/syscall", line);
	look_at_fake(SNAPSHOT_WAITERS, &snapshot);
	assert_int_equal(snapshot.n_waiters, 0);
	snapshot_deinit(&snapshot);
	put_process('S', "futex_do_wait");
	put(PROC "/77/maps",
	    pathf("7f000000-7f001000 rw-s 00001000 %x:%x %lu  /x\n", (unsigned)(shm_dev() >> 32),
		  (unsigned)shm_dev(), (unsigned long)shm_ino("x")));
	put(PROC "/77/auxv", "\x20\x01\x01\x01\xe0\xf5\xfa\xf7");
	for (size_t i = 0; i < 2; i++) {
		put(PROC "/77/task/77/syscall", i ? restarted : line);
		look_at_fake(SNAPSHOT_WAITERS, &snapshot);
		assert_int_equal(snapshot.n_waiters, 1);
		assert_int_equal(snapshot.waiters[0].place, WAITER_OBJECT);
		assert_int_equal(snapshot.waiters[0].offset, 4096 + 32);
		assert_int_equal(snapshot.waiters[0].expected, 1);
		assert_int_equal(snapshot.waiters[0].timed, i);
		snapshot_deinit(&snapshot);
	}
}

/* Files that are no text of procfs are an error of that process, and of no other. */
static void test_garbage(void **state)
{
	struct snapshot snapshot;

	(void)state;
	make_object("x", "1", 1);
	put_process('S', "futex_do_wait");
	put_task("9", 'S', "0");
	put(PROC "/9/maps", "this is no mapping\n");
	put(PROC "/10/maps", "7f0000000000-7f0000001000 rw-s 00000000 00:00 0"); /* no newline */
	put(PROC "/11/maps", "");
	put(PROC "/99/stat", "");
	look_at_fake(SNAPSHOT_WAITERS, &snapshot);
	assert_int_equal(snapshot.n_processes, 3);
	assert_int_equal(find_process(&snapshot, 9)->error, -EBADMSG);
	assert_int_equal(find_process(&snapshot, 10)->error, -EBADMSG);
	assert_int_equal(find_process(&snapshot, 77)->error, 0);
	assert_int_equal(snapshot.n_waiters, 1);
	assert_int_equal(snapshot.n_denied, 1);
	assert_int_equal(snapshot.denied[0].n, 2);
	snapshot_deinit(&snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_old_kernel), SANDBOXED(test_old_fdinfo), SANDBOXED(test_frozen),
		SANDBOXED(test_yama),       SANDBOXED(test_32bit),      SANDBOXED(test_garbage),
		SANDBOXED(test_reaper),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
