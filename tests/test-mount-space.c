/* SPDX-License-Identifier: MIT */
/* How full SOURCE is, also where no name tells of it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount_here;

#define AT(...) mount_path(&mount_here, __VA_ARGS__)

static void numbers_agree(const char *source, struct statvfs *ret)
{
	struct statvfs mirror;

	assert_int_equal(statvfs(source, ret), 0);
	assert_int_equal(statvfs(mount_here.path, &mirror), 0);
	assert_int_equal(mirror.f_bsize, ret->f_bsize);
	assert_int_equal(mirror.f_frsize, ret->f_frsize);
	assert_int_equal(mirror.f_blocks, ret->f_blocks);
	assert_int_equal(mirror.f_bfree, ret->f_bfree);
	assert_int_equal(mirror.f_bavail, ret->f_bavail);
	assert_int_equal(mirror.f_files, ret->f_files);
	assert_int_equal(mirror.f_ffree, ret->f_ffree);
	assert_int_equal(mirror.f_namemax, ret->f_namemax);
}

static void df_agrees(const char *source)
{
	struct result own, mirror;

	run(&own, "df", "--output=size,used,avail,itotal,iused,iavail", source);
	run(&mirror, "df", "--output=size,used,avail,itotal,iused,iavail", mount_here.path);
	assert_int_equal(own.status, 0);
	assert_string_equal(mirror.out, own.out);
	result_deinit(&own);
	result_deinit(&mirror);
}

#define LEAKED 500

/* df says full, ls says empty: objects without a name that a process still has (E27). */
static void test_unlinked(void **state)
{
	_cleanup_free_ char *names = NULL;
	struct statvfs empty, leaked, after;
	struct actor leak;

	(void)state;
	mount_start(&mount_here, NULL, NULL);
	numbers_agree("/dev/shm", &empty);
	actor_start(&leak, "leak", "/leak", "500");
	names = list_names(mount_here.path);
	assert_string_equal(names, ".pshmfs\n");
	numbers_agree("/dev/shm", &leaked);
	df_agrees("/dev/shm");
	assert_int_equal((empty.f_bfree - leaked.f_bfree) * leaked.f_frsize,
			 LEAKED * (unsigned long)sysconf(_SC_PAGESIZE));
	assert_int_equal(empty.f_ffree - leaked.f_ffree, LEAKED);
	actor_stop(&leak);
	numbers_agree("/dev/shm", &after);
	assert_int_equal(after.f_bfree, empty.f_bfree);
	mount_stop(&mount_here);
}

#define SMALL SANDBOX_WORK "/small"

/* A container's 64 kB, and not a page of them left: what is promised, and what is there (E41). */
static void test_full(void **state)
{
	char fill[65536] = "";
	struct statvfs full;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkdir(SMALL, 0755), 0);
	assert_int_equal(mount("tmpfs", SMALL, "tmpfs", MS_NOSUID, "size=64k"), 0);
	mount_start(&mount_here, SMALL, "layout=x=xfr");
	fd = open(SMALL "/fill", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, fill, sizeof(fill)), sizeof(fill));
	close(fd);
	fd = open(SMALL "/x", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 1096), 0);
	assert_int_equal(posix_fallocate(fd, 0, 1096), ENOSPC);
	numbers_agree(SMALL, &full);
	df_agrees(SMALL);
	assert_int_equal(full.f_bfree, 0);
	cat_contains(AT("x/stat"), "\nsize\t1096\nblocks\t0\n");
	assert_int_equal(stat(AT("x/raw"), &st), 0);
	assert_int_equal(st.st_size, 1096);
	assert_int_equal(st.st_blocks, 0);
	/* Looking at what has no page yet makes none, and is no SIGBUS. */
	cat_equals(AT("x/cnt"), "0\n");
	cat_equals_bytes(AT("x/raw"), fill, 1096);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_blocks, 0);
	close(fd);
	mount_stop(&mount_here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_unlinked),
		SANDBOXED(test_full),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
