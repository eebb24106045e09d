/* SPDX-License-Identifier: MIT */
/* How the files of the mount behave: reading again, sizes, attributes, refused writes, `layout`. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* A writer overwrites the number in place: the object stays the same. */
static void set_seqnum(const char *name, int value)
{
	_cleanup_close_ int fd = open(shm_path(name), O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, &value, sizeof(value), 32), sizeof(value));
}

static void fd_gives(int fd, off_t offset, const char *wanted)
{
	char text[100];

	assert_int_equal(pread(fd, text, sizeof(text), offset), strlen(wanted));
	assert_memory_equal(text, wanted, strlen(wanted));
}

static off_t fd_size(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), st.st_size);
	return st.st_size;
}

/* One handle: what was there at open(2), until its start is read once more. */
static void test_read_again(void **state)
{
	int fd;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 1234);
	fd = open(AT("count/seqnum"), O_RDONLY);
	set_seqnum("count", 77777);
	fd_gives(fd, 0, "1234\n");
	fd_gives(fd, 2, "34\n");
	fd_gives(fd, 5, "");
	fd_gives(fd, 1 << 30, "");
	fd_gives(fd, 0, "77777\n");
	set_seqnum("count", 5);
	fd_gives(fd, 1, "7777\n");
	fd_gives(fd, 0, "5\n");
	close(fd);
	mount_stop(&mount);
}

/* The text grows between open(2) and read(2): fstat(2) tells what this descriptor will give. */
static void test_size_of_handle(void **state)
{
	int old, new;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 9);
	old = open(AT("count/seqnum"), O_RDONLY);
	set_seqnum("count", 10);
	assert_int_equal(fd_size(old), 2);
	fd_gives(old, 0, "9\n");
	fd_gives(old, 0, "10\n");
	assert_int_equal(fd_size(old), 3);
	set_seqnum("count", 100);
	new = open(AT("count/seqnum"), O_RDONLY);
	assert_int_equal(fd_size(new), 4);
	fd_gives(new, 0, "100\n");
	close(new);
	close(old);
	mount_stop(&mount);
}

/* ftw(3) tells nothing but the name: how many files were seen, and which one failed. */
static unsigned files_seen;

static int check_size(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r;

	(void)walk;
	if (kind != FTW_F)
		return kind == FTW_D ? 0 : -1;
	files_seen++;
	r = read_file(path, &text, &size);
	if (r < 0)
		size = 0;
	if ((off_t)size == st->st_size && (r == 0 || r == -EBADMSG))
		return 0;
	fprintf(stderr, "%s: st_size %ld, but %zu bytes: %s\n", path, st->st_size, size,
		strerror(-r));
	return -1;
}

/* What stat(2) says is what read(2) gives, for every file of a tree; 0 for what is broken. */
static void test_sizes(void **state)
{
	struct actor odd;

	(void)state;
	actor_start(&odd, "odd");
	mount_start(&mount, NULL, "layout=broken=xfr");
	put_seqnum("count", -2147483647);
	put_xfr("pshm_xfr", 1, 0, 1024, "a block");
	put_xfr("broken", 1, 0, -1, "");
	put_sem("lock", 0);
	put_seqnum32("count32", 1);
	make_object("empty", "", 0);
	make_object("large", NULL, 300000);
	files_seen = 0;
	assert_int_equal(nftw(mount.path, check_size, 16, FTW_PHYS), 0);
	/* 9 fixed files an object, the fields, the odd ones, and 5 of .pshmfs. */
	assert_in_range(files_seen, 7 * 9 + 5 + 11 + 11 + 4 + 5 + 6 + 5,
			7 * 9 + 5 + 11 + 11 + 4 + 5 + 7 + 5);
	mount_stop(&mount);
	actor_stop(&odd);
}

static void check_like_source(const char *name)
{
	struct stat object, folder, raw, field;

	assert_int_equal(stat(shm_path(name), &object), 0);
	assert_int_equal(stat(AT("%s", name), &folder), 0);
	assert_int_equal(stat(AT("%s/raw", name), &raw), 0);
	assert_int_equal(stat(AT("%s/seqnum", name), &field), 0);
	assert_int_equal(folder.st_mode,
			 S_IFDIR | (object.st_mode & 0777) | (object.st_mode & 0444) >> 2);
	assert_int_equal(raw.st_mode, S_IFREG | (object.st_mode & 0444));
	assert_int_equal(field.st_mode, raw.st_mode);
	for (const struct stat *st = &folder; st; st = st == &folder ? &raw : NULL) {
		assert_int_equal(st->st_uid, object.st_uid);
		assert_int_equal(st->st_gid, object.st_gid);
		assert_int_equal(st->st_size, object.st_size);
		assert_memory_equal(&st->st_mtim, &object.st_mtim, sizeof(object.st_mtim));
		assert_memory_equal(&st->st_ctim, &object.st_ctim, sizeof(object.st_ctim));
		assert_memory_equal(&st->st_atim, &object.st_atim, sizeof(object.st_atim));
	}
	assert_int_equal(raw.st_blocks, object.st_blocks);
}

static void test_attributes(void **state)
{
	static const mode_t modes[] = {0644, 0600, 0666, 0640, 0400, 0444, 0777, 0000};
	const uid_t user = sandbox_has_user(1234) ? 1234 : 0;
	struct stat st;

	(void)state;
	mount_start(&mount, NULL, "strict");
	put_seqnum("count", 1);
	assert_int_equal(chown(shm_path("count"), user, user), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(shm_path("count"), modes[i]), 0);
		if (modes[i] & 0444)
			check_like_source("count");
	}
	assert_int_equal(chmod(shm_path("count"), 0644), 0);
	assert_int_equal(stat(AT("count/layout"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(stat(mount.path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0555);
	assert_int_equal(stat(AT(".pshmfs/about"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0444);
	assert_int_equal(st.st_uid, getuid());
	mount_stop(&mount);
}

/* 0 or the errno of a call that returns -1. */
static int error_of(int r)
{
	return r == -1 ? errno : 0;
}

static void test_files_refuse_writes(void **state)
{
	static const char *const files[] = {
		"raw",    "fields",    "stat",         "json",        "access",
		"seqnum", "sem_value", "sem_nwaiters", "sem_pshared",
	};

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 41);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *path = AT("count/%s", files[i]);

		assert_int_equal(write_file(path, "7\n"), -EROFS);
		assert_int_equal(errno_of_open(path, O_RDWR), EROFS);
		assert_int_equal(errno_of_open(path, O_WRONLY | O_TRUNC), EROFS);
		assert_int_equal(error_of(truncate(path, 0)), EROFS);
		assert_int_equal(error_of(chmod(path, 0666)), EROFS);
		assert_int_equal(error_of(chown(path, 0, 0)), EROFS);
		assert_int_equal(error_of(utimensat(AT_FDCWD, path, NULL, 0)), EROFS);
		assert_int_equal(error_of(access(path, W_OK)), EROFS);
		assert_int_equal(error_of(unlink(path)), EROFS);
	}
	assert_int_equal(write_file(AT(".pshmfs/about"), "x"), -EROFS);
	cat_equals(AT("count/seqnum"), "41\n");
	mount_stop(&mount);
}

static void test_folders_refuse_changes(void **state)
{
	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 41);
	assert_int_equal(error_of(mkdir(AT("new"), 0755)), EROFS);
	assert_int_equal(errno_of_open(AT("new"), O_CREAT | O_WRONLY), EROFS);
	assert_int_equal(errno_of_open(AT("count/new"), O_CREAT | O_WRONLY), EROFS);
	assert_int_equal(error_of(mknod(AT("count/new"), S_IFIFO | 0644, 0)), EROFS);
	assert_int_equal(error_of(symlink("x", AT("new"))), EROFS);
	assert_int_equal(error_of(link(AT("count/raw"), AT("count/new"))), EROFS);
	assert_int_equal(error_of(rename(AT("count"), AT("new"))), EROFS);
	assert_int_equal(error_of(rename(AT("count/raw"), AT("count/new"))), EROFS);
	assert_int_equal(error_of(rmdir(AT("count"))), EROFS);
	assert_int_equal(error_of(rmdir(AT(".pshmfs/named"))), EROFS);
	assert_int_equal(error_of(chmod(AT("count"), 0700)), EROFS);
	assert_int_equal(error_of(chmod(mount.path, 0700)), EROFS);
	assert_int_equal(error_of(setxattr(AT("count/raw"), "user.x", "y", 1, 0)), EOPNOTSUPP);
	assert_int_equal(errno_of_open(shm_path("count"), O_RDONLY), 0);
	mount_stop(&mount);
}

static void test_set_layout(void **state)
{
	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 41);
	assert_int_equal(write_file(AT("count/layout"), "sem\n"), 0);
	cat_contains(AT("count/layout"), "sem\nfrom ");
	cat_fails(AT("count/seqnum"), ENOENT);
	cat_equals(AT("count/sem_value"), "1\n");
	assert_int_equal(write_file(AT("count/layout"), "linkedlist"), 0);
	cat_fails(AT("count/count"), ENODATA);
	cat_contains(AT("count/fields"), "count\t!ENODATA\n");
	assert_int_equal(write_file(AT("count/layout"), "\n"), 0);
	cat_equals(AT("count/seqnum"), "41\n");
	cat_contains(AT("count/layout"), "seqnum\nfrom its bytes, a guess: ");
	mount_stop(&mount);
}

static void test_refuse_layout(void **state)
{
	static const char *const bad[] = {
		"nonsense\n", "seqnum x\n", "sem\nsem\n",
		" sem\n",     "SEM",        "a name that is longer than that of any layout by some",
		"\x1b[31m\n"};

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 41);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(write_file(AT("count/layout"), bad[i]), -EINVAL);
	cat_contains(AT(".pshmfs/about"),
		     "\nrefused\t\"\\x1b[31m\" for count: there is no such layout\n");
	assert_int_equal(write_file(AT("count/layout"), "nonsense"), -EINVAL);
	cat_contains(AT(".pshmfs/about"),
		     "\nrefused\t\"nonsense\" for count: there is no such layout\n");
	cat_equals(AT("count/seqnum"), "41\n");
	mount_stop(&mount);
}

/* open(2) of a name whose field is gone by another layout, and of one that came with it. */
static void test_layout_of_handles(void **state)
{
	_cleanup_close_ int folder = -1, field = -1;
	char text[16];

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 41);
	folder = open(AT("count"), O_PATH | O_DIRECTORY);
	field = open(AT("count/seqnum"), O_RDONLY);
	assert_int_equal(write_file(AT("count/layout"), "linkedlist\n"), 0);
	assert_int_equal(openat(folder, "seqnum", O_RDONLY), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(openat(folder, "count", O_RDONLY), -1);
	assert_int_equal(errno, ENODATA);
	assert_int_equal(read(field, text, sizeof(text)), 3);
	assert_int_equal(pread(field, text, sizeof(text), 0), -1);
	assert_int_equal(errno, ESTALE);
	close(take_fd(&folder));
	close(take_fd(&field));
	mount_stop(&mount);
}

static int look_in(void *data)
{
	return -errno_of_open(data, O_RDONLY);
}

/* Only the user who mounts may look: others, and what objects they may not read, are left out. */
static void test_other_users(void **state)
{
	int wanted = sandbox_has_user(1234) ? -EACCES : 0;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 41);
	assert_int_equal(as_user(1234, look_in, (void *)AT("count/seqnum")), wanted);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_read_again),
		SANDBOXED(test_size_of_handle),
		SANDBOXED(test_sizes),
		SANDBOXED(test_attributes),
		SANDBOXED(test_files_refuse_writes),
		SANDBOXED(test_folders_refuse_changes),
		SANDBOXED(test_set_layout),
		SANDBOXED(test_refuse_layout),
		SANDBOXED(test_layout_of_handles),
		SANDBOXED(test_other_users),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
