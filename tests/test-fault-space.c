/* SPDX-License-Identifier: MIT */
/* A /dev/shm without a free page: messages and no object half made, and no SIGBUS. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/progs.h"
#include "tests/reliability.h"
#include "tests/support.h"

static struct mount mount_here;

#define AT(...) mount_path(&mount_here, __VA_ARGS__)
#define SIZE (64 * 1024)

/* A page is promised in "hole" and "list", and there is none. */
static void fill(void)
{
	static const char bytes[SIZE];
	_cleanup_close_ int fd = -1;

	assert_int_equal(mount(NULL, "/dev/shm", NULL, MS_REMOUNT, "size=64k"), 0);
	make_object("hole", NULL, 8192);
	put_seqnum("count", 7);
	fd = open(shm_path("fill"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), SIZE - 4096);
}

static void empty(void)
{
	assert_int_equal(mount(NULL, "/dev/shm", NULL, MS_REMOUNT, "size=256m"), 0);
}

static const char *const calls[][6] = {
	{"pshm_create", "-c", "/made", "100"},
	{"pshm_create_simple", "/made", "100"},
	{"pshm_seqnum_init", "/made", "1"},
	{"pshm_linkedlist", "/made", "text"},
	{"psem_create", "-c", "/made"},
	{"pshm_xfr_writer"},
	{"pshm_xfr_writer", "--blocks=4"},
	{"pshm_write", "/hole", "text"},
	{"pshm_xfr_bench", "-s1000", "-r1", "--bytes=10000"},
	{"pshm_ls"},
	{"pshm_read", "/count"},
	{"pshm_seqnum_get", "/count"},
	{"pshm_stuck"},
};

/* It does what it is for, or says why not, and leaves what there was. */
static void check(const char *const argv[], unsigned *refused)
{
	const struct child_setup setup = {.in = STREAM_MEMORY,
					  .out = STREAM_MEMORY,
					  .err = STREAM_MEMORY,
					  .input = "bytes",
					  .input_size = 5};
	_cleanup_free_ char *before = list_names("/dev/shm"), *after = NULL;
	struct result result;
	struct child child;

	start_argv(&child, &setup, argv);
	child_finish(&child, &result);
	after = list_names("/dev/shm");
	if (result.status > 1 || (result.status == 1 && !strstr(result.err, strerror(ENOSPC))))
		fail_msg("%s: %d, %s", argv[0], result.status, result.err);
	if (result.status == 1)
		assert_string_equal(after, before);
	*refused += result.status == 1;
	unlink(shm_path("made"));
	unlink(shm_path("sem.made"));
	result_deinit(&result);
}

static void test_programs(void **state)
{
	unsigned refused = 0;

	(void)state;
	fill();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		check(calls[i], &refused);
	empty();
	assert_int_equal(refused, 7);
	reliability_row("faults", "/dev/shm is full: programs",
			"each that makes or changes objects",
			"done, or ENOSPC in words; no object is left", "%u of %zu refused", refused,
			sizeof(calls) / sizeof(calls[0]));
}

static void test_mount(void **state)
{
	static const char zeros[8192];
	struct stat st;

	(void)state;
	fill();
	mount_start(&mount_here, NULL, "write");
	cat_equals_bytes(AT("hole/raw"), zeros, sizeof(zeros));
	cat_equals(AT("count/seqnum"), "7\n");
	assert_int_equal(write_file(AT("hole/raw"), "text"), -ENOSPC);
	assert_int_equal(write_file(AT("count/seqnum"), "8\n"), 0);
	cat_equals(AT("count/seqnum"), "8\n");
	assert_int_equal(write_file(AT("count/sem_post"), "1"), 0);
	assert_int_equal(stat(shm_path("hole"), &st), 0);
	assert_int_equal(st.st_blocks, 0);
	mount_stop(&mount_here);
	empty();
	reliability_row("faults", "/dev/shm is full: a mount with -o write", "once",
			"what needs a page is ENOSPC; all else works; looking takes no page",
			"ENOSPC in a hole; a value is written, a semaphore posted, all is read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_programs),
		SANDBOXED(test_mount),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
