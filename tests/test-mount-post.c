/* SPDX-License-Identifier: MIT */
/* sem_post: real sleepers of each C library wake, as many as were asked for and no more. */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static void start(void)
{
	mount_start(&mount, NULL, "write");
}

static void write_equals(const char *path, const char *text, int wanted)
{
	int r = write_file(path, text);

	if (r != wanted)
		fail_msg("writing \"%s\" to %s: %d, wanted %d", text, path, r, wanted);
}

/* Five sleep; two posts wake two, three more the rest, and what is left over is the value. */
static void wakes(struct actor *actor, const char *object)
{
	const char *post = strdup(AT("%s/sem_post", object));

	cat_equals(AT("%s/sem_value", object), "0\n");
	write_equals(post, "2\n", 0);
	assert_string_equal(actor_tell(actor, "await 2"), "2");
	cat_equals(AT("%s/sem_value", object), "0\n");
	write_equals(post, "1\n", 0);
	assert_string_equal(actor_tell(actor, "await 3"), "3");
	write_equals(post, "9\n", 0);
	assert_string_equal(actor_tell(actor, "await 5"), "5");
	cat_equals(AT("%s/sem_value", object), "7\n");
	free((char *)post);
}

static void test_glibc64(void **state)
{
	struct actor actor;

	(void)state;
	start();
	actor_start(&actor, "sem-wait", "/a", "5");
	wakes(&actor, "sem.a");
	actor_stop(&actor);
	mount_stop(&mount);
}

static void test_glibc32(void **state)
{
	struct actor actor;

	(void)state;
	start();
	actor_start(&actor, "sem32-wait", "a", "5");
	cat_contains(AT("sem.a/layout"), "glibc 32-bit");
	wakes(&actor, "sem.a");
	actor_stop(&actor);
	mount_stop(&mount);
}

/* A program that musl-gcc built. When nobody waits any more its bytes may as well be another's. */
static void test_musl(void **state)
{
	struct actor actor;

	(void)state;
	start();
	actor_start_musl(&actor, "/a", "5");
	cat_contains(AT("a/layout"), "musl 64-bit");
	assert_int_equal(write_file(AT("a/layout"), "sem-musl"), 0);
	wakes(&actor, "a");
	actor_stop(&actor);
	mount_stop(&mount);
}

/* Both ways in which musl has marked that somebody waits. */
static void test_musl_marks(void **state)
{
	static const char *const marks[] = {"-1", "2147483648"};

	(void)state;
	start();
	for (size_t i = 0; i < 2; i++) {
		struct actor actor;

		actor_start(&actor, "sem-musl", "a", "0", marks[i]);
		for (int n = 0; n < 5; n++)
			actor_tell(&actor, "wait");
		assert_int_equal(write_file(AT("a/layout"), "sem-musl"), 0);
		wakes(&actor, "a");
		actor_stop(&actor);
	}
	mount_stop(&mount);
}

/* The post is one of the library's: another process of it takes the token. */
static void test_token(void **state)
{
	sem_t *sem = sem_open("/a", O_CREAT, 0644, 0);

	(void)state;
	assert_ptr_not_equal(sem, SEM_FAILED);
	start();
	write_equals(AT("sem.a/sem_post"), "2", 0);
	assert_int_equal(sem_trywait(sem), 0);
	assert_int_equal(sem_trywait(sem), 0);
	assert_int_equal(sem_trywait(sem), -1);
	assert_int_equal(errno, EAGAIN);
	sem_close(sem);
	mount_stop(&mount);
}

/* Each semaphore of a layout has its own. */
static void test_pair(void **state)
{
	(void)state;
	start();
	put_xfr("x", 0, 0, 4, "text");
	cat_equals(AT("x/turn"), "none\n");
	write_equals(AT("x/rsem_post"), "1\n", 0);
	cat_equals(AT("x/turn"), "reader\n");
	write_equals(AT("x/wsem_post"), "1\n", 0);
	cat_equals(AT("x/turn"), "both\n");
	mount_stop(&mount);
}

/* What is refused leaves the object as it was, to the byte. */
static void refused(const char *object, const char *text, int error)
{
	char *before, *after;
	size_t size, size_after;

	assert_int_equal(read_file(shm_path(object), &before, &size), 0);
	write_equals(AT("%s/sem_post", object), text, -error);
	assert_int_equal(read_file(shm_path(object), &after, &size_after), 0);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
	free(before);
	free(after);
}

static void test_refused(void **state)
{
	static const unsigned private64[8] = {1, 0, 0}, private32[4] = {2, 0, 0, 0};
	static const char *const nonsense[] = {"", "\n", "x", "1x", "1 1", "1.", "-"};

	(void)state;
	start();
	put_sem("a", 0);
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		if (*nonsense[i])
			refused("sem.a", nonsense[i], EINVAL);
	refused("sem.a", "0", ERANGE);
	refused("sem.a", "-1", ERANGE);
	refused("sem.a", "2147483648", ERANGE);
	refused("sem.a", "99999999999999999999", ERANGE);
	put_sem("full", 0x7fffffff);
	refused("sem.full", "1", EOVERFLOW);
	put_sem("nearly", 0x7ffffffe);
	refused("sem.nearly", "2", EOVERFLOW);
	write_equals(AT("sem.nearly/sem_post"), "1", 0);
	cat_equals(AT("sem.nearly/sem_value"), "2147483647\n");
	make_object("sem.private", private64, sizeof(private64));
	refused("sem.private", "1", ENOTSUP);
	make_object("sem.private32", private32, sizeof(private32));
	refused("sem.private32", "1", ENOTSUP);
	put_sem32("full32", 0x7fffffff);
	refused("sem.full32", "1", EOVERFLOW);
	mount_stop(&mount);
}

/* An object that has this layout by hand, and no such bytes. */
static void test_no_semaphore(void **state)
{
	char garbage[40];

	(void)state;
	start();
	memset(garbage, 0xee, sizeof(garbage));
	make_object("a", garbage, sizeof(garbage));
	make_object("hole", NULL, 40);
	make_object("short", garbage, 20);
	assert_int_equal(write_file(AT("a/layout"), "seqnum"), 0);
	assert_int_equal(write_file(AT("hole/layout"), "seqnum"), 0);
	assert_int_equal(write_file(AT("short/layout"), "seqnum"), 0);
	refused("a", "1", EBADMSG);
	refused("hole", "1", EBADMSG);
	refused("short", "1", EBADMSG); /* 20 bytes are the layout's 32-bit form */
	cat_contains(AT("hole/stat"), "blocks\t0\n");
	mount_stop(&mount);
}

/* It reads as empty, is in no list of values, and not there at all without -o write. */
static void test_what_it_is(void **state)
{
	(void)state;
	put_sem("a", 1);
	start();
	cat_equals(AT("sem.a/sem_post"), "");
	cat_equals(AT("sem.a/fields"), "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\n");
	write_equals(AT("sem.a/sem_value"), "2", -EACCES);
	write_equals(AT("sem.a/sem_nwaiters"), "2", -EACCES);
	write_equals(AT("sem.a/sem_pshared"), "0", -EACCES);
	cat_equals(AT("sem.a/sem_value"), "1\n");
	mount_stop(&mount);
	mount_start(&mount, NULL, NULL);
	write_equals(AT("sem.a/sem_post"), "1", -ENOENT);
	cat_fails(AT("sem.a/sem_post"), ENOENT);
	mount_stop(&mount);
}

int main(void)
{
	static const struct CMUnitTest cases[] = {
		SANDBOXED(test_glibc64),    SANDBOXED(test_glibc32),
		SANDBOXED(test_musl),       SANDBOXED(test_musl_marks),
		SANDBOXED(test_token),      SANDBOXED(test_pair),
		SANDBOXED(test_refused),    SANDBOXED(test_no_semaphore),
		SANDBOXED(test_what_it_is),
	};

	sandbox_enter();
	return cmocka_run_group_tests(cases, NULL, NULL);
}
