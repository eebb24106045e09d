/* SPDX-License-Identifier: MIT */
/* Objects that change while somebody looks: never another object's bytes, never a lost name. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static int error_of_read(int fd)
{
	char text[64];

	return pread(fd, text, sizeof(text), 0) < 0 ? errno : 0;
}

/* Removed between readdir(3) and open(2): ENOENT; made anew: the new one. */
static void test_between_readdir_and_open(void **state)
{
	_cleanup_free_ char *names = NULL;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("a", 1);
	names = list_names(mount.path);
	assert_string_equal(names, ".pshmfs\na\n");
	assert_int_equal(unlink(shm_path("a")), 0);
	cat_fails(AT("a/seqnum"), ENOENT);
	put_seqnum("a", 2);
	cat_equals(AT("a/seqnum"), "2\n");
	put_sem("x", 3);
	assert_int_equal(rename(shm_path("sem.x"), shm_path("a")), 0);
	cat_equals(AT("a/sem_value"), "3\n");
	cat_fails(AT("a/seqnum"), ENOENT);
	mount_stop(&mount);
}

/* Made anew under the same name it is another object: what was open is stale, raw is the old one.
 */
static void test_handles_of_the_old(void **state)
{
	int folder, field, raw, value = 0;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("a", 1);
	folder = open(AT("a"), O_RDONLY | O_DIRECTORY);
	field = open(AT("a/seqnum"), O_RDONLY);
	raw = open(AT("a/raw"), O_RDONLY);
	assert_int_equal(error_of_read(field), 0);
	put_seqnum("a", 2);
	assert_int_equal(error_of_read(field), ESTALE);
	assert_int_equal(openat(folder, "seqnum", O_RDONLY), -1);
	assert_true(errno == ESTALE || errno == ENOENT);
	assert_int_equal(pread(raw, &value, sizeof(value), 32), sizeof(value));
	assert_int_equal(value, 1);
	cat_equals(AT("a/seqnum"), "2\n");
	close(folder);
	close(field);
	close(raw);
	mount_stop(&mount);
}

static void test_shrunk_and_grown(void **state)
{
	int field, raw;
	char bytes[64];

	(void)state;
	mount_start(&mount, NULL, "layout=a=seqnum");
	put_seqnum("a", 1);
	field = open(AT("a/seqnum"), O_RDONLY);
	raw = open(AT("a/raw"), O_RDONLY);
	assert_int_equal(truncate(shm_path("a"), 7), 0);
	assert_int_equal(pread(raw, bytes, sizeof(bytes), 0), 7);
	assert_int_equal(error_of_read(field), 0); /* what was there at open(2) */
	assert_int_equal(error_of_read(field), ENODATA);
	cat_fails(AT("a/seqnum"), ENODATA);
	assert_int_equal(truncate(shm_path("a"), 50), 0);
	assert_int_equal(pread(raw, bytes, sizeof(bytes), 0), 50);
	close(field);
	close(raw);
	put_xfr("b", 0, 1, 4, "text");
	cat_equals(AT("b/buf"), "text");
	assert_int_equal(truncate(shm_path("b"), 70), 0);
	cat_contains(AT("b/layout"), "unknown\n");
	mount_stop(&mount);
}

/* What readers of a churning object do until they are told to end. */
struct readers {
	pthread_t threads[4];
	atomic_bool end;
	atomic_uint reads, errors; /* good ones, and those that found it gone */
	atomic_int wrong;          /* an errno or a value that may not be, or 0 */
	unsigned target;           /* so many of both are waited for */
};

static char churn[128]; /* its directory: pathf() is not for threads */

static int read_number(int folder, const char *name, off_t offset, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, text, size, offset);

	return n < 0 ? errno : n == 0 ? ENODATA : 0;
}

/*
 * What one directory says is of one object, or it is stale: the field is the number in its bytes
 * (0: just made), and numbers only grow. Returns 0, an errno, or -1 where that is not so.
 */
static int read_generation(int *latest)
{
	_cleanup_close_ int folder = open(churn, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[32] = "";
	int value, bytes, error;

	if (folder < 0)
		return errno;
	error = read_number(folder, "seqnum", 0, text, sizeof(text) - 1);
	if (error)
		return error;
	value = atoi(text);
	if (value != 0 && value < *latest)
		return -1;
	error = read_number(folder, "raw", 32, (char *)&bytes, sizeof(bytes));
	if (error)
		return error;
	*latest = value ? value : *latest;
	return value == 0 || value == bytes ? 0 : -1;
}

static bool may_happen(int error)
{
	return error == ENOENT || error == ESTALE || error == ENODATA;
}

static void *read_on(void *data)
{
	struct readers *readers = data;
	int latest = 1;

	while (!readers->end) {
		int error = read_generation(&latest);

		if (error == 0)
			readers->reads++;
		else if (may_happen(error))
			readers->errors++;
		else
			readers->wrong = error;
	}
	return NULL;
}

static void start_readers(struct readers *readers)
{
	memset(readers, 0, sizeof(*readers));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&readers->threads[i], NULL, read_on, readers), 0);
}

static bool tried_enough(void *data)
{
	const struct readers *readers = data;

	return readers->wrong || readers->reads + readers->errors >= readers->target;
}

static void let_try(struct readers *readers, unsigned times)
{
	readers->target = readers->reads + readers->errors + times;
	assert_true(wait_until(DEADLINE_MS, tried_enough, readers));
}

static void stop_readers(struct readers *readers)
{
	readers->end = true;
	for (size_t i = 0; i < 4; i++)
		pthread_join(readers->threads[i], NULL);
	if (readers->wrong)
		fprintf(stderr, "wrong: %d\n", readers->wrong);
	assert_int_equal(readers->wrong, 0);
	assert_true(readers->reads > 0);
}

/* Unlinked and made anew over and over: readers go forward in its generations, never back. */
static void test_churn(void **state)
{
	struct readers readers;
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	snprintf(churn, sizeof(churn), "%s/churn", mount.path);
	actor_start(&actor, "churn", "/churn");
	start_readers(&readers);
	/* It is faster than they: halted now and then, mostly it leaves them an object to read. */
	for (int round = 0; round < 50 || (readers.reads == 0 && round < 5000); round++) {
		let_try(&readers, 20);
		assert_int_equal(kill(actor.child.pid, SIGSTOP), 0);
		let_try(&readers, 20);
		assert_int_equal(kill(actor.child.pid, SIGCONT), 0);
	}
	stop_readers(&readers);
	assert_true(atoi(actor_tell(&actor, "")) > 1);
	actor_stop(&actor);
	mount_stop(&mount);
}

/* The size of a file of the resized object is one of the two that it has. */
static int check_sizes(void)
{
	static const char *const files[] = {"raw", "stat", "fields", "layout", "seqnum"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_free_ char *text = NULL;
		size_t size;
		int r = read_file(AT("resize/%s", files[i]), &text, &size);

		if (r < 0 && r != -ENODATA && r != -ENOENT && r != -ESTALE)
			return -r;
		if (r == 0 && i == 0 && size != 0 && size != 40)
			return (int)size;
	}
	return 0;
}

static void test_resize(void **state)
{
	struct actor resize;
	struct stat st;

	(void)state;
	mount_start(&mount, NULL, "layout=resize=seqnum");
	actor_start(&resize, "resize", "/resize", "0", "40");
	for (int i = 0; i < 300; i++) {
		assert_int_equal(check_sizes(), 0);
		assert_int_equal(stat(AT("resize/raw"), &st), 0);
		assert_true(st.st_size == 0 || st.st_size == 40);
		assert_int_equal(stat(AT("resize/seqnum"), &st), 0);
		assert_true(st.st_size == 0 || st.st_size == 2);
	}
	assert_true(atoi(actor_tell(&resize, "")) > 1);
	actor_stop(&resize);
	mount_stop(&mount);
}

/* All files of it, by several processes at once; whatever cat(1) says, the mount lives. */
static void test_resize_in_parallel(void **state)
{
	struct child cats[4];
	struct actor resize;

	(void)state;
	put_seqnum("stable", 41);
	mount_start(&mount, NULL, NULL);
	actor_start(&resize, "resize", "/resize", "70", "200000");
	assert_int_equal(write_file(AT("resize/layout"), "xfr\n"), 0);
	for (size_t i = 0; i < 4; i++)
		child_start(&cats[i],
			    (const char *const[]){"sh", "-c",
						  "i=0; while [ $i -lt 25 ]; do i=$((i + 1)); "
						  "cat \"$0\"/* > /dev/null 2>&1; done; true",
						  AT("resize"), NULL},
			    NULL);
	for (size_t i = 0; i < 4; i++)
		child_finish(&cats[i], NULL);
	cat_equals(AT("stable/seqnum"), "41\n");
	actor_stop(&resize);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_between_readdir_and_open),
		SANDBOXED(test_handles_of_the_old),
		SANDBOXED(test_shrunk_and_grown),
		SANDBOXED(test_churn),
		SANDBOXED(test_resize),
		SANDBOXED(test_resize_in_parallel),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
