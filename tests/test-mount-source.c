/* SPDX-License-Identifier: MIT */
/* What is mounted and how: other folders as SOURCE, other machines' /dev/shm, -o options. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static void copy_object(const char *name, const char *folder)
{
	struct result result;

	run(&result, "cp", "--", shm_path(name), folder);
	assert_int_equal(result.status, 0);
	result_deinit(&result);
}

/* A saved copy shows what the live objects showed. */
static void test_saved_copy(void **state)
{
	_cleanup_free_ char *names = NULL;

	(void)state;
	assert_int_equal(mkdir(SANDBOX_WORK "/saved copy", 0755), 0);
	put_seqnum("count", 41);
	put_sem("lock", 3);
	copy_object("count", SANDBOX_WORK "/saved copy");
	copy_object("sem.lock", SANDBOX_WORK "/saved copy");
	put_seqnum("count", 0);
	mount_start(&mount, SANDBOX_WORK "/saved copy", NULL);
	names = list_names(mount.path);
	assert_string_equal(names, ".pshmfs\ncount\nsem.lock\n");
	cat_equals(AT("count/seqnum"), "41\n");
	cat_equals(AT("sem.lock/sem_value"), "3\n");
	cat_contains(AT(".pshmfs/about"), "\nsource\t" SANDBOX_WORK "/saved copy\n");
	mount_stop(&mount);
}

/* The folder that was there at the start stays SOURCE, whatever its name means later. */
static void test_source_renamed(void **state)
{
	(void)state;
	assert_int_equal(mkdir(SANDBOX_WORK "/a", 0755), 0);
	put_seqnum("count", 41);
	copy_object("count", SANDBOX_WORK "/a");
	mount_start(&mount, SANDBOX_WORK "/a", NULL);
	assert_int_equal(rename(SANDBOX_WORK "/a", SANDBOX_WORK "/b"), 0);
	cat_equals(AT("count/seqnum"), "41\n");
	assert_int_equal(unlink(SANDBOX_WORK "/b/count"), 0);
	assert_int_equal(rmdir(SANDBOX_WORK "/b"), 0);
	cat_fails(AT("count/seqnum"), ENOENT);
	cat_contains(AT(".pshmfs/about"), "version\t");
	mount_stop(&mount);
}

/* A process with a /dev/shm of its own, as containers have, which it says in a line. */
static void start_container(struct child *ret)
{
	static const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_INHERIT};
	_cleanup_free_ char *line = NULL;

	child_start(ret,
		    (const char *const[]){"unshare", "-m", "--propagation", "unchanged", "sh",
					  "-ec",
					  "mount -t tmpfs inner /dev/shm; "
					  "head -c 32 /dev/zero > /dev/shm/inside; "
					  "echo ready; read -r line",
					  NULL},
		    &setup);
	line = child_line(ret->out);
	assert_non_null(line);
	assert_string_equal(line, "ready");
}

static void test_other_container(void **state)
{
	_cleanup_free_ char *names = NULL;
	struct child container;

	(void)state;
	start_container(&container);
	put_seqnum("outside", 1);
	mount_start(&mount, pathf("/proc/%d/root/dev/shm", container.pid), NULL);
	names = list_names(mount.path);
	assert_string_equal(names, ".pshmfs\ninside\n");
	cat_contains(AT("inside/stat"), "\nsize\t32\n");
	/* The link's text is "/", but /dev/shm is another folder. */
	cat_contains(AT(".pshmfs/about"),
		     pathf("\nsource\t/proc/%d/root/dev/shm\n", container.pid));
	mount_stop(&mount);
	dprintf(container.in, "end\n");
	child_finish(&container, NULL);
}

/* However SOURCE was typed, `about` has a path that means the same elsewhere. */
static void test_absolute_source(void **state)
{
	static const char *const typed[] = {"/dev/../dev/shm/", "../../dev/shm", "/proc/self/cwd",
					    SANDBOX_WORK "/link"};

	(void)state;
	assert_int_equal(chdir("/dev/shm"), 0);
	assert_int_equal(symlink("/dev/shm", SANDBOX_WORK "/link"), 0);
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		mount_start(&mount, typed[i], NULL);
		cat_contains(AT(".pshmfs/about"), "\nsource\t/dev/shm\n");
		mount_stop(&mount);
	}
	assert_int_equal(chdir("/"), 0);
}

static void test_statfs(void **state)
{
	struct statvfs source, mirror;

	(void)state;
	put_seqnum("count", 41);
	mount_start(&mount, NULL, NULL);
	assert_int_equal(statvfs("/dev/shm", &source), 0);
	assert_int_equal(statvfs(AT("count"), &mirror), 0);
	assert_int_equal(mirror.f_bsize, source.f_bsize);
	assert_int_equal(mirror.f_frsize, source.f_frsize);
	assert_int_equal(mirror.f_blocks, source.f_blocks);
	assert_int_equal(mirror.f_bfree, source.f_bfree);
	assert_int_equal(mirror.f_bavail, source.f_bavail);
	assert_int_equal(mirror.f_files, source.f_files);
	assert_int_equal(mirror.f_ffree, source.f_ffree);
	assert_int_equal(mirror.f_namemax, source.f_namemax);
	mount_stop(&mount);
}

static void test_read_only(void **state)
{
	struct statvfs st;

	(void)state;
	put_seqnum("count", 41);
	mount_start(&mount, NULL, "ro");
	assert_int_equal(write_file(AT("count/layout"), "sem\n"), -EROFS);
	cat_equals(AT("count/seqnum"), "41\n");
	assert_int_equal(statvfs(mount.path, &st), 0);
	assert_true(st.f_flag & ST_RDONLY);
	mount_stop(&mount);
	/* mount(8) and fstab always pass rw: without effect. */
	mount_start(&mount, NULL, "rw");
	assert_int_equal(write_file(AT("count/layout"), "sem\n"), 0);
	assert_int_equal(write_file(AT("count/sem_value"), "1\n"), -EROFS);
	assert_int_equal(statvfs(mount.path, &st), 0);
	assert_int_equal(st.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RDONLY),
			 ST_NOSUID | ST_NODEV | ST_NOEXEC);
	mount_stop(&mount);
}

/* Nothing is kept, not even for a tick: each change is seen by the very next call. */
static void test_strict(void **state)
{
	struct stat st;

	(void)state;
	mount_start(&mount, NULL, "strict");
	for (int i = 1; i < 100; i++) {
		make_object("a", NULL, (size_t)i);
		assert_int_equal(stat(AT("a"), &st), 0);
		assert_int_equal(st.st_size, i);
		assert_int_equal(truncate(shm_path("a"), 1000 + i), 0);
		assert_int_equal(stat(AT("a/raw"), &st), 0);
		assert_int_equal(st.st_size, 1000 + i);
		assert_int_equal(unlink(shm_path("a")), 0);
		assert_int_equal(stat(AT("a"), &st), -1);
		assert_int_equal(errno, ENOENT);
	}
	mount_stop(&mount);
}

static bool size_is_5(void *data)
{
	struct stat st;

	(void)data;
	return stat(AT("a"), &st) == 0 && st.st_size == 5;
}

/* Without it a change is seen a tick later, and a new name at once. */
static void test_not_strict(void **state)
{
	struct stat st;

	(void)state;
	mount_start(&mount, NULL, NULL);
	assert_int_equal(stat(AT("a"), &st), -1);
	make_object("a", NULL, 3);
	assert_int_equal(stat(AT("a"), &st), 0);
	assert_int_equal(truncate(shm_path("a"), 5), 0);
	assert_true(wait_until(slow_ms(1000), size_is_5, NULL));
	mount_stop(&mount);
}

static void layout_is(const char *name, const char *layout)
{
	cat_contains(AT("%s/layout", name), pathf("%s\nfrom ", layout));
}

static void test_layout_option(void **state)
{
	(void)state;
	put_seqnum("count", 41);
	put_seqnum("a,b", 42);
	put_seqnum("a=b", 43);
	put_seqnum("other", 44);
	mount_start(&mount, NULL, "layout=/c*t=sem,strict,layout=a\\,b=sem,layout=[x]=xfr");
	layout_is("count", "sem");
	layout_is("a,b", "sem");
	layout_is("a=b", "seqnum");
	layout_is("other", "seqnum");
	cat_contains(AT("count/layout"), "from the mount option layout=c*t=sem ");
	/* What is written later goes before, and an empty line takes only that back. */
	assert_int_equal(write_file(AT("count/layout"), "seqnum\n"), 0);
	layout_is("count", "seqnum");
	mount_stop(&mount);
}

/* A mount that is set to show something else by bytes that come later. */
static void test_object_comes_later(void **state)
{
	(void)state;
	mount_start(&mount, NULL, "layout=late=seqnum");
	cat_fails(AT("late/seqnum"), ENOENT);
	make_object("late", NULL, 32);
	layout_is("late", "seqnum");
	cat_fails(AT("late/seqnum"), ENODATA);
	cat_contains(AT("late/stat"), "32 present");
	put_seqnum("late", 41);
	cat_equals(AT("late/seqnum"), "41\n");
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_saved_copy),      SANDBOXED(test_source_renamed),
		SANDBOXED(test_other_container), SANDBOXED(test_statfs),
		SANDBOXED(test_absolute_source), SANDBOXED(test_read_only),
		SANDBOXED(test_strict),          SANDBOXED(test_not_strict),
		SANDBOXED(test_layout_option),   SANDBOXED(test_object_comes_later),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
