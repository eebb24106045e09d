/* SPDX-License-Identifier: MIT */
/* Semaphores of musl, and values that a semaphore should not have, as live processes leave them. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* Nobody can tell whose it is; what it says is ambiguous, and is said to be. */
static void check_ambiguous(void)
{
	cat_contains(AT("mu/layout"),
		     "unknown\nfrom nothing: no sem, but nearly: 32 bytes, a sem_t "
		     "at +0 that is musl shared or glibc private\n");
	cat_contains(AT("mu/stat"), " that is musl shared or glibc private\n");
	cat_fails(AT("mu/sem_value"), ENOENT);
}

/* The layout set by hand shows the same as that which the bytes prove. */
static void start_musl(struct actor *ret, const char *value, const char *word)
{
	actor_start(ret, "sem-musl", "/mu", value, word);
	assert_int_equal(chmod(shm_path("mu"), 0600), 0);
}

static void check_by_hand(const char *fields)
{
	assert_int_equal(write_file(AT("mu/layout"), "sem-musl\n"), 0);
	cat_equals(AT("mu/fields"), fields);
	cat_contains(AT("mu/layout"), "sem-musl\nfrom this file, written by a user (musl 64-bit)\n"
				      "0\t32\tsem_t (musl)\tsem\n");
	cat_contains(AT("mu/stat"), "\nhealth\tok\n");
	assert_int_equal(write_file(AT("mu/layout"), "\n"), 0);
}

static void check_waited(unsigned waiters)
{
	const char *fields = pathf("sem_value\t0\nsem_nwaiters\t%u\nsem_pshared\t1\n", waiters);

	cat_contains(AT("mu/layout"), "sem-musl\nfrom its bytes, a guess: ");
	cat_equals(AT("mu/sem_value"), "0\n");
	cat_equals(AT("mu/fields"), fields);
	cat_contains(AT("mu/json"), "\"sem_value\":0,");
	check_by_hand(fields);
}

/* What lies in the word while somebody waits: of musl up to 1.2.3, and of later ones (E50). */
static void check_musl(const char *word)
{
	struct actor actor;

	mount_start(&mount, NULL, NULL);
	start_musl(&actor, "1", word);
	check_ambiguous();
	check_by_hand("sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\n");
	actor_tell(&actor, "post");
	check_by_hand("sem_value\t2\nsem_nwaiters\t0\nsem_pshared\t1\n");
	actor_stop(&actor);
	start_musl(&actor, "0", word);
	for (unsigned waiters = 1; waiters <= 3; waiters++) {
		actor_tell(&actor, "wait");
		check_waited(waiters);
	}
	/* Killed, they stay on record; the post after it finds nobody. */
	actor_tell(&actor, "kill");
	check_waited(3);
	actor_tell(&actor, "post");
	check_by_hand("sem_value\t1\nsem_nwaiters\t3\nsem_pshared\t1\n");
	/* glibc's layout is not musl's: no number, and the reason. */
	actor_stop(&actor);
	start_musl(&actor, "0", word);
	actor_tell(&actor, "wait");
	assert_int_equal(write_file(AT("mu/layout"), "sem\n"), 0);
	cat_fails(AT("mu/sem_value"), EBADMSG);
	cat_contains(AT("mu/stat"), "so no value of glibc (musl's with a waiter?)\n");
	actor_stop(&actor);
	mount_stop(&mount);
}

static void test_musl(void **state)
{
	(void)state;
	check_musl("4294967295");
}

static void test_newer_musl(void **state)
{
	(void)state;
	check_musl("2147483648");
}

/* A musl and a glibc semaphore of one name are two objects. */
static void test_both(void **state)
{
	struct actor musl, glibc;

	(void)state;
	mount_start(&mount, NULL, "layout=m*=sem-musl");
	actor_start(&musl, "sem-musl", "/mu", "5", "4294967295");
	actor_start(&glibc, "sem", "/mu", "1");
	cat_equals(AT("mu/sem_value"), "5\n");
	cat_equals(AT("sem.mu/sem_value"), "1\n");
	cat_contains(AT("mu/layout"), "sem-musl\nfrom the mount option layout=m*=sem-musl");
	actor_stop(&musl);
	actor_stop(&glibc);
	mount_stop(&mount);
}

/* musl's sem_t is aligned like an int, so that the course's struct is shorter there. */
static void test_structs(void **state)
{
	static const uint32_t seqnum[9] = {0, [8] = (uint32_t)-7};
	static const uint32_t xfr[18] = {0, [8] = 0xffffffff, 1, [16] = 3, 0x00636261};

	(void)state;
	mount_start(&mount, NULL, "layout=seq*=seqnum-musl");
	make_object("seq", seqnum, sizeof(seqnum));
	cat_equals(AT("seq/fields"), "sem_value\t0\nsem_nwaiters\t0\nsem_pshared\t1\nseqnum\t-7\n");
	make_object("pair", xfr, sizeof(xfr));
	cat_contains(AT("pair/layout"), "xfr-musl\n");
	cat_equals(AT("pair/buf"), "abc");
	cat_equals(AT("pair/rsem_value"), "0\n");
	cat_equals(AT("pair/turn"), "none\n");
	assert_int_equal(write_file(AT("pair/layout"), "xfr\n"), 0);
	cat_fails(AT("pair/turn"), EBADMSG);
	mount_stop(&mount);
}

/* A lock that was posted once too often is at 2: the number, and no complaint (E05). */
static void test_extra_post(void **state)
{
	struct actor lock;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&lock, "sem-interrupted", "/bin");
	assert_int_equal(chmod(shm_path("sem.bin"), 0600), 0);
	cat_equals(AT("sem.bin/sem_value"), "0\n");
	assert_string_equal(actor_tell(&lock, "interrupt"), "done");
	assert_string_equal(actor_tell(&lock, "post"), "done");
	cat_equals(AT("sem.bin/sem_value"), "2\n");
	cat_contains(AT("sem.bin/fields"), "sem_value\t2\n");
	cat_contains(AT("sem.bin/json"), "\"sem_value\":2,");
	cat_contains(AT("sem.bin/stat"), "\nhealth\tok\n");
	actor_stop(&lock);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_musl),    SANDBOXED(test_newer_musl), SANDBOXED(test_both),
		SANDBOXED(test_structs), SANDBOXED(test_extra_post),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
