/* SPDX-License-Identifier: MIT */
/* The programs that make, write, read and remove objects, and the linked list. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/progs.h"
#include "tests/support.h"

static struct stat stat_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(shm_path(name), &st), 0);
	return st;
}

/* Use up all memory of /dev/shm but less than a page. */
static void fill(const char *name)
{
	_cleanup_close_ int fd = open(shm_path(name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct statvfs fs;

	assert_true(fd >= 0);
	assert_int_equal(fstatvfs(fd, &fs), 0);
	assert_int_equal(posix_fallocate(fd, 0, (off_t)(fs.f_bavail * fs.f_bsize)), 0);
}

static void test_create_simple(void **state)
{
	(void)state;
	umask(0);
	expect_run(0, "", "", "pshm_create_simple", "/a", "010"); /* decimal, as the course's */
	assert_int_equal(stat_of("a").st_size, 10);
	assert_int_equal(stat_of("a").st_mode, S_IFREG | 0600);
	expect_run(1, "", "pshm_create_simple: /a: File exists\n", "pshm_create_simple", "/a", "5");
	assert_int_equal(stat_of("a").st_size, 10);
}

static void test_create(void **state)
{
	(void)state;
	umask(022);
	expect_run(0, "", "", "pshm_create", "-cx", "/a", "0x10", "666");
	assert_int_equal(stat_of("a").st_size, 16);
	assert_int_equal(stat_of("a").st_mode, S_IFREG | 0644);
	expect_run(0, "", "", "pshm_create", "/a", "010");
	assert_int_equal(stat_of("a").st_size, 8);
	expect_run(0, "", "", "pshm_create", "--create", "/a", "7");
	assert_int_equal(stat_of("a").st_size, 7);
	expect_run(1, "", "/a: File exists\n", "pshm_create", "-c", "-x", "/a", "5");
	expect_run(0, "", "", "pshm_create", "-c", "b", "0");
	assert_int_equal(stat_of("b").st_mode, S_IFREG | 0600);
	expect_run(0, "", "", "pshm_create", "-c", "huge", "1000000000000");
	assert_int_equal(stat_of("huge").st_size, 1000000000000);
	assert_int_equal(stat_of("huge").st_blocks, 0);
}

/* A size limit of the shell (in units of 1 KiB, or of 512 bytes) makes ftruncate(2) fail. */
static void test_create_leaves_nothing(void **state)
{
	(void)state;
	expect_run(1, "", "pshm_create_simple: a: File too large\n", "sh", "-c",
		   "ulimit -f 1; exec \"$@\"", "sh", "pshm_create_simple", "a", "10000");
	expect_run(1, "", "pshm_create: a: File too large\n", "sh", "-c",
		   "ulimit -f 1; exec \"$@\"", "sh", "pshm_create", "-cx", "a", "10000");
	assert_int_equal(access(shm_path("a"), F_OK), -1);
}

static void test_write_read(void **state)
{
	(void)state;
	make_object("a", "a longer text than the next", 27);
	expect_run(0, "Resized to 5 bytes\ncopying 5 bytes\n", "", "pshm_write", "/a", "hello");
	cat_equals(shm_path("a"), "hello");
	expect_run(0, "hello\n", "", "pshm_read", "/a");
	expect_run(0, "hello", "", "pshm_read", "-n", "/a");
	expect_run(0, "hello", "", "pshm_read", "--no-newline", "a");
	expect_run(0, "Resized to 6 bytes\ncopying 6 bytes\n", "", "pshm_write", "/a", "--help");
	expect_run(0, "Resized to 0 bytes\ncopying 0 bytes\n", "", "pshm_write", "/a", "");
	expect_run(0, "\n", "", "pshm_read", "/a");
	expect_run(0, "", "", "pshm_read", "-n", "/a");
	expect_run(0, "", "", "pshm_unlink", "/a");
	assert_int_equal(access(shm_path("a"), F_OK), -1);
}

/* Longer than the program's buffer, and not a multiple of it. */
static void test_read_large(void **state)
{
	static char bytes[1000003];
	struct result result;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	make_object("a", bytes, sizeof(bytes));
	run(&result, program("pshm_read"), "-n", "/a");
	assert_int_equal(result.status, 0);
	assert_int_equal(result.out_size, sizeof(bytes));
	assert_memory_equal(result.out, bytes, sizeof(bytes));
	result_deinit(&result);
}

static void test_read_sparse(void **state)
{
	(void)state;
	expect_run(0, "", "", "pshm_create", "-c", "/sparse", "3221225472");
	expect_run(0, "3221225473\n", "", "sh", "-c", "\"$@\" | wc -c", "sh", "pshm_read",
		   "/sparse");
	assert_int_equal(stat_of("sparse").st_blocks, 0);
}

static void test_write_full(void **state)
{
	_cleanup_free_ char *names = NULL;
	char text[10001] = "";

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	make_object("a", NULL, 0);
	fill("filler");
	expect_run(1, "Resized to 10000 bytes\ncopying 10000 bytes\n",
		   "pshm_write: /a: No space left on device\n", "pshm_write", "/a", text);
	expect_run(1, "", "pshm_seqnum_init: /n: No space left on device\n", "pshm_seqnum_init",
		   "/n");
	expect_run(1, "", "pshm_xfr_writer: /pshm_xfr: No space left on device\n",
		   "pshm_xfr_writer");
	expect_run(1, "", "pshm_linkedlist: /l: No space left on device\n", "pshm_linkedlist", "/l",
		   "item");
	assert_int_equal(unlink(shm_path("filler")), 0);
	names = list_names("/dev/shm");
	assert_string_equal(names, "a\n"); /* and nothing half made */
}

/* What is no regular file is refused, never followed and never waited for. */
static void test_no_objects(void **state)
{
	(void)state;
	make_object("target", "hi", 2);
	assert_int_equal(mkfifo(shm_path("fifo"), 0600), 0);
	assert_int_equal(mkdir(shm_path("folder"), 0700), 0);
	assert_int_equal(symlink("target", shm_path("link")), 0);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"fifo", "folder", "link"};
		const char *err = pathf("%s: ", names[i]);

		expect_run(1, "", "Not a shared memory object", "pshm_read", names[i]);
		expect_run(1, "", err, "pshm_write", names[i], "no");
		expect_run(1, "", err, "pshm_create", "-c", names[i], "0");
		expect_run(1, "", err, "pshm_seqnum_get", names[i]);
		expect_run(1, "", err, "pshm_linkedlist", names[i]);
		expect_run(1, "", err, "pshm_linkedlist", names[i], "item");
		expect_run(1, "", err, "pshm_xfr_reader", "-n", names[i]);
	}
	cat_equals(shm_path("target"), "hi");
}

/* A lease makes a plain open(2) wait for 45 seconds. */
static void test_lease(void **state)
{
	struct actor actor;

	(void)state;
	make_object("leased", "hi", 2);
	actor_start(&actor, "lease", "leased");
	expect_run(1, "", "leased: Resource temporarily unavailable\n", "pshm_read", "leased");
	expect_run(1, "", "leased: Resource temporarily unavailable\n", "pshm_write", "leased",
		   "no");
	actor_stop(&actor);
}

static void test_list(void **state)
{
	static char line[100001];

	(void)state;
	umask(0);
	expect_run(0, "", "", "pshm_linkedlist", "/list", "one", "", "-z", "two\nlines");
	assert_int_equal(stat_of("list").st_mode, S_IFREG | 0600);
	expect_run(0, "", "", "pshm_linkedlist", "list", "--help");
	expect_run(0, "one\n\n-z\ntwo\nlines\n--help\n", "", "pshm_linkedlist", "/list");
	memset(line, 'x', sizeof(line) - 1);
	expect_run(0, "", "", "pshm_linkedlist", "list", line, "last");
	expect_run(0, "100000\n", "", "sh", "-c",
		   "\"$@\" | tail -n 2 | head -n 1 | tr -d '\\n' | wc -c", "sh", "pshm_linkedlist",
		   "list");
	assert_true(stat_of("list").st_size > 100000);
	assert_int_equal(word_of("list", offsetof(struct pshm_linkedlist, count)), 7);
	assert_int_equal(word_of("list", offsetof(struct pshm_linkedlist, sem)), 1);
}

/* Eight writers at once: each text is there, and none twice. */
static void test_list_writers(void **state)
{
	(void)state;
	expect_run(0, "400 400\n", "", "sh", "-c",
		   "for i in 1 2 3 4 5 6 7 8; do "
		   "(for j in 1 2 3 4 5 6 7 8 9 10; do \"$1\" list $i.$j.a $i.$j.b $i.$j.c $i.$j.d "
		   "$i.$j.e; done) & done; "
		   "wait; echo $(\"$1\" list | wc -l) $(\"$1\" list | sort -u | wc -l)",
		   "sh", "pshm_linkedlist");
}

/* When there is no memory for a text, the list stays as it was, and unlocked. */
static void test_list_full(void **state)
{
	char text[10001] = "";

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	expect_run(0, "", "", "pshm_linkedlist", "list", "one");
	fill("filler");
	expect_run(1, "", "pshm_linkedlist: list: No space left on device\n", "pshm_linkedlist",
		   "list", text);
	expect_run(0, "one\n", "", "pshm_linkedlist", "list");
	assert_int_equal(unlink(shm_path("filler")), 0);
	expect_run(0, "", "", "pshm_linkedlist", "list", "two");
	expect_run(0, "one\ntwo\n", "", "pshm_linkedlist", "list");
}

static void poke(const char *name, size_t offset, uint64_t value)
{
	_cleanup_close_ int fd = open(shm_path(name), O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, &value, sizeof(value), (off_t)offset), sizeof(value));
}

/* Whatever the head says, the list is neither walked for ever nor written outside of it. */
static void test_list_hostile(void **state)
{
	static const size_t words[] = {
		offsetof(struct pshm_linkedlist, head), offsetof(struct pshm_linkedlist, tail),
		offsetof(struct pshm_linkedlist, used), offsetof(struct pshm_linkedlist, count)};
	static const uint64_t values[] = {UINT64_MAX, UINT64_MAX - 7, INT64_MAX - 7, 1u << 20, 8,
					  3};
	const size_t first = sizeof(struct pshm_linkedlist);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 6; j++) {
			bool fine = i == 3 && j > 2; /* any count that is no negative one */

			expect_run(0, "", "", "pshm_linkedlist", "list", "one");
			poke("list", words[i], values[j]);
			expect_run(fine ? 0 : 1, "", fine ? "" : "the list is damaged",
				   "pshm_linkedlist", "list", "two");
			if (i == 0)
				expect_run(1, "", "the list is damaged", "pshm_linkedlist", "list");
			assert_int_equal(unlink(shm_path("list")), 0);
		}
	}
	expect_run(0, "", "", "pshm_linkedlist", "list", "one", "two");
	poke("list", first, first); /* a link to itself */
	expect_run(1, "one\n", "the list is damaged", "pshm_linkedlist", "list");
	poke("list", first, 1u << 30);
	expect_run(1, "one\n", "the list is damaged", "pshm_linkedlist", "list");
	poke("list", first + offsetof(struct pshm_listnode, length), 1u << 30);
	expect_run(1, "", "the list is damaged", "pshm_linkedlist", "list");
}

static void test_list_misfits(void **state)
{
	static char bytes[200];

	(void)state;
	make_object("a", NULL, 0);
	expect_run(1, "", "a: not a linked list (0 bytes, 72 wanted)\n", "pshm_linkedlist", "a");
	expect_run(1, "", "a: not a linked list (0 bytes, 72 wanted)\n", "pshm_linkedlist", "a",
		   "x");
	make_object("a", bytes, sizeof(bytes));
	expect_run(1, "", "a: not a linked list (the magic word", "pshm_linkedlist", "a");
	expect_run(1, "", "a: not a linked list (the magic word", "pshm_linkedlist", "a", "x");
	memcpy(bytes, PSHM_LINKEDLIST_MAGIC, 8);
	make_object("a", bytes, sizeof(bytes));
	expect_run(1, "", "a: not a linked list (all of it is zero", "pshm_linkedlist", "a", "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_create_simple),
		SANDBOXED(test_create),
		SANDBOXED(test_create_leaves_nothing),
		SANDBOXED(test_write_read),
		SANDBOXED(test_read_large),
		SANDBOXED(test_read_sparse),
		SANDBOXED(test_write_full),
		SANDBOXED(test_no_objects),
		SANDBOXED(test_lease),
		SANDBOXED(test_list),
		SANDBOXED(test_list_writers),
		SANDBOXED(test_list_full),
		SANDBOXED(test_list_hostile),
		SANDBOXED(test_list_misfits),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
