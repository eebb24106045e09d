/* SPDX-License-Identifier: MIT */
/* -o write: fields, raw and rmdir; each change whole or none at all. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount_;

#define AT(...) mount_path(&mount_, __VA_ARGS__)

static void start(const char *options)
{
	mount_start(&mount_, NULL, options);
}

/* write_file() says this, and an object refused is the same afterwards, to the byte. */
static void writes(const char *object, const char *file, const char *text, int wanted)
{
	char *before = NULL, *after = NULL;
	size_t size = 0, size_after = 0;
	int r;

	assert_int_equal(read_file(shm_path(object), &before, &size), 0);
	r = write_file(AT("%s/%s", object, file), text);
	if (r != wanted)
		fail_msg("\"%s\" to %s/%s: %d, wanted %d", text, object, file, r, wanted);
	assert_int_equal(read_file(shm_path(object), &after, &size_after), 0);
	if (r < 0) {
		assert_int_equal(size, size_after);
		assert_memory_equal(before, after, size);
	}
	free(before);
	free(after);
}

static void test_fields(void **state)
{
	struct result result;

	(void)state;
	start("write");
	put_seqnum("a", 5);
	writes("a", "seqnum", "7\n", 0);
	cat_equals(AT("a/seqnum"), "7\n");
	writes("a", "seqnum", "-1", 0);
	cat_equals(AT("a/seqnum"), "-1\n");
	run(&result, "sh", "-c", "echo 8 > \"$0\"; echo 9 >> \"$0\"", AT("a/seqnum"));
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	result_deinit(&result);
	cat_equals(AT("a/fields"), "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\nseqnum\t9\n");
	writes("a", "seqnum", "12x", -EINVAL);
	writes("a", "seqnum", "\n", -EINVAL);
	writes("a", "seqnum", "2147483648", -ERANGE);
	writes("a", "fields", "1", -EACCES);
	writes("a", "stat", "1", -EACCES);
	put_xfr("x", 0, 1, 4, "text");
	writes("x", "cnt", "2", 0);
	cat_equals(AT("x/buf"), "te");
	writes("x", "cnt", "1028", 0);
	writes("x", "cnt", "1029", -ERANGE);
	writes("x", "buf", "abc", -EACCES);
	writes("x", "turn", "writer", -EACCES);
	mount_stop(&mount_);
}

/* Whoever has the object mapped sees the number, and never another. */
static atomic_bool looking;

static void *keep_looking(void *data)
{
	const int *number = data;
	static int wrong;

	while (looking) {
		int n = *(const volatile int *)number;

		if (n != 0x11111111 && n != 0x22222222)
			wrong = n;
	}
	return &wrong;
}

static void test_mapped(void **state)
{
	_cleanup_close_ int fd = -1;
	pthread_t thread;
	void *wrong;
	char *mapped;

	(void)state;
	start("write");
	put_seqnum("a", 0x11111111);
	fd = open(shm_path("a"), O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, 40, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	looking = true;
	assert_int_equal(pthread_create(&thread, NULL, keep_looking, mapped + 32), 0);
	for (int i = 0; i < 300; i++)
		assert_int_equal(write_file(AT("a/seqnum"), i % 2 ? "0x11111111" : "0x22222222"),
				 0);
	looking = false;
	pthread_join(thread, &wrong);
	assert_int_equal(*(int *)wrong, 0);
	munmap(mapped, 40);
	mount_stop(&mount_);
}

static void size_is(const char *object, off_t size)
{
	struct stat st;

	assert_int_equal(stat(AT("%s/raw", object), &st), 0);
	assert_int_equal(st.st_size, size);
	assert_int_equal(stat(shm_path(object), &st), 0);
	assert_int_equal(st.st_size, size);
}

static void test_raw(void **state)
{
	_cleanup_close_ int fd = -1;
	char bytes[8] = "";

	(void)state;
	start("write");
	make_object("a", "0123456789", 10);
	fd = open(AT("a/raw"), O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "xy", 2, 4), 2);
	cat_equals(shm_path("a"), "0123xy6789");
	assert_int_equal(pread(fd, bytes, 3, 3), 3);
	assert_string_equal(bytes, "3xy");
	assert_int_equal(pwrite(fd, "end", 3, 12), 3);
	cat_equals_bytes(shm_path("a"), "0123xy6789\0\0end", 15);
	size_is("a", 15);
	assert_int_equal(ftruncate(fd, 4), 0);
	cat_equals(AT("a/raw"), "0123");
	assert_int_equal(truncate(AT("a/raw"), 6), 0);
	cat_equals_bytes(AT("a/raw"), "0123\0\0", 6);
	assert_int_equal(write_file(AT("a/raw"), "new"), 0); /* without O_TRUNC */
	cat_equals_bytes(AT("a/raw"), "new3\0\0", 6);
	close(take_fd(&fd));
	mount_stop(&mount_);
}

static void shell(const char *script)
{
	struct result result;

	run(&result, "sh", "-c", script, "sh", mount_.path);
	if (result.status || *result.err)
		fail_msg("%s: %d, %s", script, result.status, result.err);
	result_deinit(&result);
}

static void test_raw_by_tools(void **state)
{
	char *bytes = calloc(1, 3000000);

	(void)state;
	for (size_t i = 0; i < 3000000; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	start("write");
	make_object("from", bytes, 3000000);
	make_object("to", "old", 3);
	shell("cat /dev/shm/from > \"$1/to/raw\" && cmp /dev/shm/from /dev/shm/to");
	shell("echo more >> \"$1/to/raw\" && echo more | tail -c 5 /dev/shm/to | cmp - /dev/stdin "
	      "</dev/null || tail -c 5 /dev/shm/to | grep -qx more");
	shell(": > \"$1/to/raw\" && test ! -s /dev/shm/to");
	shell("printf abcdef > \"$1/to/raw\" && printf XY | dd of=\"$1/to/raw\" bs=1 seek=2 "
	      "conv=notrunc status=none && test \"$(cat /dev/shm/to)\" = abXYef");
	shell("truncate -s 100M \"$1/to/raw\" && test \"$(stat -c %s /dev/shm/to)\" = 104857600");
	shell("cp /dev/shm/from \"$1/to/raw\" && cmp /dev/shm/from \"$1/to/raw\"");
	mount_stop(&mount_);
	free(bytes);
}

/* What others have appended meanwhile, which the kernel knows nothing of, is not written over. */
static void test_append(void **state)
{
	_cleanup_close_ int fd = -1, other = -1;

	(void)state;
	start("write");
	make_object("a", "12345678", 8);
	fd = open(AT("a/raw"), O_WRONLY | O_APPEND | O_CLOEXEC);
	other = open(shm_path("a"), O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(other, "ABC", 3), 3);
	assert_int_equal(write(fd, "zz", 2), 2);
	cat_equals(shm_path("a"), "12345678ABCzz");
	close(take_fd(&fd));
	close(take_fd(&other));
	mount_stop(&mount_);
}

/* A filesystem that is full, and a limit: nothing of the write is there. */
static void test_no_room(void **state)
{
	_cleanup_close_ int fd = -1;
	static char bytes[65536];

	(void)state;
	assert_int_equal(mount("none", "/dev/shm", "tmpfs", MS_REMOUNT, "size=64k"), 0);
	start("write");
	memset(bytes, 'x', sizeof(bytes));
	make_object("fill", bytes, 40960);
	make_object("a", "text", 4);
	fd = open(AT("a/raw"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), -1);
	assert_int_equal(errno, ENOSPC);
	cat_equals(shm_path("a"), "text");
	make_object("hole", NULL, 65536);
	assert_int_equal(write_file(AT("hole/layout"), "xfr"), 0);
	writes("hole", "cnt", "4", 0);
	close(take_fd(&fd));
	mount_stop(&mount_);
	assert_int_equal(mount("none", "/dev/shm", "tmpfs", MS_REMOUNT, "size=256m"), 0);
}

/* An old handle: `raw` is the object that was opened, all else says that it is no more. */
static void test_identity(void **state)
{
	_cleanup_close_ int raw = -1, field = -1;

	(void)state;
	start("write");
	put_seqnum("a", 1);
	raw = open(AT("a/raw"), O_WRONLY | O_CLOEXEC);
	field = open(AT("a/seqnum"), O_WRONLY | O_CLOEXEC);
	put_seqnum("a", 2);
	assert_int_equal(write(field, "7", 1), -1);
	assert_int_equal(errno, ESTALE);
	assert_int_equal(pwrite(raw, "\7", 1, 32), 1);
	assert_int_equal(ftruncate(raw, 0), -1);
	assert_int_equal(errno, ESTALE);
	cat_equals(AT("a/seqnum"), "2\n");
	close(take_fd(&raw));
	close(take_fd(&field));
	mount_stop(&mount_);
}

static void test_modes(void **state)
{
	struct stat st;

	(void)state;
	start("write");
	put_seqnum("a", 1);
	assert_int_equal(chmod(shm_path("a"), 0640), 0);
	assert_int_equal(stat(AT("a/seqnum"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(stat(AT("a/sem_value"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0440);
	assert_int_equal(stat(AT("a/sem_post"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(stat(mount_.path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(access(AT("a/raw"), W_OK), 0);
	assert_int_equal(access(AT("a/fields"), W_OK), -1);
	assert_int_equal(access(AT("a"), W_OK), -1);
	assert_int_equal(access(mount_.path, W_OK), 0);
	assert_int_equal(chmod(AT("a/raw"), 0600), -1);
	assert_int_equal(unlink(AT("a/raw")), -1);
	assert_int_equal(mkdir(AT("b"), 0700), -1);
	cat_contains(AT(".pshmfs/about"), "options\twrite\n");
	cat_contains(AT(".pshmfs/about"), "raw\tpread\n");
	mount_stop(&mount_);
}

static void removes(const char *name, int error)
{
	int r = rmdir(AT("%s", name));

	if (r != (error ? -1 : 0) || (error && errno != error))
		fail_msg("rmdir %s: %s, wanted %s", name, strerror(errno), strerror(error));
	assert_int_equal(access(shm_path(name), F_OK), error && error != ENOENT ? 0 : -1);
}

static void test_remove(void **state)
{
	_cleanup_close_ int fd = -1;
	void *mapped;

	(void)state;
	start("write");
	put_seqnum("a", 1);
	removes("a", 0);
	removes("a", ENOENT);
	put_seqnum("open", 1);
	fd = open(shm_path("open"), O_RDONLY | O_CLOEXEC);
	removes("open", EBUSY);
	close(take_fd(&fd));
	removes("open", 0);
	put_seqnum("mapped", 1);
	fd = open(shm_path("mapped"), O_RDWR | O_CLOEXEC);
	mapped = mmap(NULL, 40, PROT_READ, MAP_SHARED, fd, 0);
	close(take_fd(&fd));
	removes("mapped", EBUSY);
	munmap(mapped, 40);
	removes("mapped", 0);
	make_object(".pshmfs", "x", 1);
	assert_int_equal(rmdir(AT(".pshmfs")), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(rmdir(AT(".pshmfs/named/.pshmfs")), 0);
	assert_int_equal(access(shm_path(".pshmfs"), F_OK), -1);
	assert_int_equal(mkfifo(shm_path("fifo"), 0600), 0);
	removes("fifo", ENOTDIR);
	mount_stop(&mount_);
}

static void test_force(void **state)
{
	struct actor actor;

	(void)state;
	actor_start(&actor, "sem-wait", "/a", "1");
	start("write");
	removes("sem.a", EBUSY);
	mount_stop(&mount_);
	start("write,force");
	removes("sem.a", 0);
	mount_stop(&mount_);
	actor_kill(&actor);
}

/* A reader of the mount that only looks is no holder; whoever opens meanwhile is not harmed. */
static void test_remove_under_readers(void **state)
{
	struct result result;

	(void)state;
	start("write");
	put_seqnum("on", 1);
	run(&result, "sh", "-c",
	    "cd \"$1\" && (while test -e /dev/shm/on; do cat */seqnum; done >/dev/null 2>&1) & "
	    "cd \"$1\"; i=0; while [ $i -lt 100 ]; do cp /dev/shm/on /dev/shm/o$i && rmdir o$i || "
	    "exit 1; i=$((i+1)); done; rm /dev/shm/on; wait",
	    "sh", mount_.path);
	if (result.status)
		fail_msg("%d: %s", result.status, result.err);
	result_deinit(&result);
	mount_stop(&mount_);
}

int main(void)
{
	static const struct CMUnitTest cases[] = {
		SANDBOXED(test_fields),
		SANDBOXED(test_mapped),
		SANDBOXED(test_raw),
		SANDBOXED(test_append),
		SANDBOXED(test_raw_by_tools),
		SANDBOXED(test_no_room),
		SANDBOXED(test_identity),
		SANDBOXED(test_modes),
		SANDBOXED(test_remove),
		SANDBOXED(test_force),
		SANDBOXED(test_remove_under_readers),
	};

	sandbox_enter();
	return cmocka_run_group_tests(cases, NULL, NULL);
}
