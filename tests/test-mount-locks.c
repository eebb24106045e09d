/* SPDX-License-Identifier: MIT */
/* Locks of pthreads in a mount: as fields, and where no layout names them, by who sleeps on them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/crew.h"
#include "tests/snapshots.h"
#include "tests/tables.h"

/* The first n of the crew have the object mapped. */
static void map_all(unsigned n, const char *name, unsigned size)
{
	for (unsigned i = 0; i < n; i++)
		told(pathf("%u map %s %u", i, name, size), "done");
}

static const char *row(size_t member, const char *field, unsigned offset, const char *operation)
{
	const int pid = crew.pids[1 + member];

	return waiter_row(pid, pid, "actor", field, offset, operation);
}

static const char *number(int value)
{
	return pathf("%d\n", value);
}

/* A bare mutex: unknown until it is told, and then a file each part. */
static void test_mutex(void **state)
{
	(void)state;
	crew_begin("max_age=0", "2");
	map_all(2, "/m", 40);
	told("0 mutex /m 0 1", "done");
	cat_contains(AT("m/layout"), "unknown\n");
	assert_int_equal(write_file(AT("m/layout"), "mutex\n"), 0);
	cat_contains(AT("m/layout"), "mutex\nfrom this file, written by a user (glibc x86-64)\n"
				     "0\t40\tpthread_mutex_t\tmutex\n0\t4\tcomputed\tmutex_state\n"
				     "8\t4\tunsigned int\tmutex_owner\n");
	cat_equals(AT("m/mutex_state"), "unlocked\n");
	cat_equals(AT("m/mutex_kind"), "recursive\n");
	cat_equals(AT("m/mutex_pshared"), "1\n");
	told("0 lock /m 0", "done");
	told("0 lock /m 0", "done");
	cat_equals(AT("m/mutex_state"), "locked\n");
	cat_equals(AT("m/mutex_owner"), number(crew.pids[1]));
	cat_equals(AT("m/mutex_count"), "2\n");
	cat_equals(AT("m/mutex_waiters"), "0\n");
	told("1 lock /m 0", "asleep");
	cat_equals(AT("m/mutex_state"), "contended\n");
	cat_equals(AT("m/mutex_waiters"), "1\n");
	waiters_become(AT("m/waiters"), row(1, "mutex", 0, "wait"));
	cat_contains(AT("m/verdict"), "mutex (pthread_mutex_t): waiting: ");
	cat_contains(AT("m/json"), "\"mutex_count\":2,\"mutex_kind\":\"recursive\"");
	told("0 kill", "done");
	cat_contains(AT("m/verdict"), "broken\n");
	cat_equals(AT("m/mutex_owner"), number(crew.pids[1]));
	crew_end();
}

/* The owner of a robust one is killed, and the next gives it back as it is; then one of the
 * kernel's.
 */
static void test_robust(void **state)
{
	(void)state;
	crew_begin("max_age=0,layout=/m=mutex", "2");
	map_all(2, "/m", 40);
	told("0 robust /m 0 0", "done");
	told("0 lock /m 0", "done");
	cat_equals(AT("m/mutex_kind"), "normal robust\n");
	told("0 kill", "done");
	cat_equals(AT("m/mutex_state"), "owner-died\n");
	cat_equals(AT("m/mutex_owner"), number(crew.pids[1]));
	cat_contains(AT("m/stat"), "health\tmutex: its owner has died");
	told("1 lock /m 0", "done");
	cat_equals(AT("m/mutex_state"), "inconsistent\n");
	told("1 unlock /m 0", "done");
	cat_equals(AT("m/mutex_state"), "not-recoverable\n");
	told("1 robust /m 0 1", "done");
	told("1 lock /m 0", "done");
	cat_equals(AT("m/mutex_kind"), "normal robust pi\n");
	cat_equals(AT("m/mutex_owner"), number(crew.pids[2]));
	crew_end();
}

/* What is no lock any more, or not all there, has no value. */
static void test_errors(void **state)
{
	static const char *const files[] = {"state", "owner", "count", "kind", "pshared"};

	(void)state;
	mount_start(&crew_mount, NULL, "layout=/x=mutex,layout=/y=spinlock");
	make_object("x", NULL, 39);
	make_object("y", "\2\0\0\0", 4);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		cat_fails(AT("x/mutex_%s", files[i]), ENODATA);
	make_object("x", "\xff\xff\xff\xff", 4);
	assert_int_equal(truncate(shm_path("x"), 40), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		cat_fails(AT("x/mutex_%s", files[i]), EBADMSG);
	cat_equals(AT("y/fields"), "spinlock_state\t!EBADMSG\nspinlock_spinners\t!EBADMSG\n");
	mount_stop(&crew_mount);
}

/* Who does what, and sleeps over it: on which lock of the object, and on which word of that. */
static const struct sleeper {
	const char *does, *field;
	unsigned word;
	const char *operation;
} sleepers[] = {
	{"lock /any 64", "@64 (pthread_mutex_t, inferred)", 64, "wait"},
	{"lock /any 64", "@64 (pthread_mutex_t, inferred)", 64, "wait"},
	{"write /any 128", "@128 (pthread_rwlock_t, inferred)", 128 + 8, "wait"},
	{"wait-cond /any 192 256", "@192 (pthread_cond_t, inferred)", 192 + 40, "wait"},
	{"arrive /any 320", "@320 (pthread_barrier_t, inferred)", 320 + 4, "wait"},
	{"wait /any 384", "@384 (sem_t, inferred)", 384, "wait"},
	{"lock /any 448", "@448 (pthread_mutex_t, inferred)", 448, "wait"},
	{"lock /any 512", "@512 (pthread_mutex_t, inferred)", 512, "lock-pi"},
	{"write /any 576", "@576 (pthread_rwlock_t, inferred)", 576 + 12, "wait"},
	{"read /any 576", "@576 (pthread_rwlock_t, inferred)", 576 + 8, "wait"},
};
#define N_SLEEPERS (sizeof(sleepers) / sizeof(sleepers[0]))

/* Member 0 takes what the others are to sleep on. */
static void make_locks(void)
{
	static const char *const lines[] = {
		"mutex /any 64 0",   "lock /any 64",     "rwlock /any 128 0",  "read /any 128",
		"cond /any 192",     "mutex /any 256 0", "barrier /any 320 9", "init /any 384 0",
		"robust /any 448 0", "lock /any 448",    "robust /any 512 1",  "lock /any 512",
		"rwlock /any 576 2", "write /any 576",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		told(pathf("0 %s", lines[i]), "done");
}

/* The same kinds where no layout says where they are: their sleepers do. */
static void test_inferred(void **state)
{
	_cleanup_free_ char *rows = NULL;
	size_t size;
	FILE *out = open_memstream(&rows, &size);

	(void)state;
	crew_begin("max_age=0", "12");
	map_all(12, "/any", 4096);
	make_locks();
	for (size_t i = 0; i < N_SLEEPERS; i++) {
		told(pathf("%zu %s", i + 1, sleepers[i].does), "asleep");
		fputs(row(i + 1, sleepers[i].field, sleepers[i].word, sleepers[i].operation), out);
	}
	/* The mutex of the condition variable has two users: who waits for that, and its owner. */
	told("0 lock /any 256", "done");
	told("11 lock /any 256", "asleep");
	fputs(row(11, "@256 (pthread_mutex_t, inferred)", 256, "wait"), out);
	assert_int_equal(fclose(out), 0);
	waiters_become(AT("any/waiters"), rows);
	cat_contains(AT(".pshmfs/waiters"), "\t@320 (pthread_barrier_t, inferred)\t324\t");
	cat_contains(AT("any/json"), "\"field\":\"@192 (pthread_cond_t, inferred)\"");
	cat_contains(AT("any/verdict"), "\n@256 (pthread_mutex_t, inferred): waiting: ");
	crew_end();
}

/* It is asked of each object, also of one without a name. */
static void test_all(void **state)
{
	unsigned long ino;

	(void)state;
	crew_begin("max_age=0", "3");
	map_all(3, "/a", 8192);
	map_all(3, "/b", 4096);
	ino = (unsigned long)shm_ino("a");
	told("0 mutex /a 8000 0", "done");
	told("0 lock /a 8000", "done");
	told("1 lock /a 8000", "asleep");
	told("0 init /b 8 0", "done");
	told("2 wait /b 8", "asleep");
	assert_int_equal(unlink(shm_path("a")), 0);
	/* What its words are is told by the bytes, which are reached by map_files alone. */
	cat_contains(AT(".pshmfs/waiters"),
		     pathf(".pshmfs/unlinked/%lu\t%d\t%d\t0\tactor\t%s", ino, crew.pids[2],
			   crew.pids[2],
			   sandbox_has_map_files() ? "@8000 (pthread_mutex_t, inferred)\t8000\t"
						   : "-\t8000\t"));
	cat_contains(AT(".pshmfs/waiters"), "\t@8 (sem_t, inferred)\t8\t");
	crew_end();
}

/* Each other bare lock that is told to be one, and who sleeps on which of its words. */
static void test_others(void **state)
{
	(void)state;
	crew_begin(
		"max_age=0,layout=/rw=rwlock,layout=/c=cond,layout=/b=barrier,layout=/s=spinlock",
		"4");
	map_all(4, "/rw", 56);
	map_all(4, "/c", 128);
	map_all(4, "/b", 32);
	told("0 rwlock /rw 0 0", "done");
	told("0 write /rw 0", "done");
	cat_equals(AT("rw/rwlock_state"), "write-locked\n");
	cat_equals(AT("rw/rwlock_owner"), number(crew.pids[1]));
	told("1 read /rw 0", "asleep");
	told("2 write /rw 0", "asleep");
	cat_equals(AT("rw/rwlock_waiters"), "2\n");
	waiters_become(AT("rw/waiters"),
		       pathf("%s%s", row(1, "rwlock", 8, "wait"), row(2, "rwlock", 12, "wait")));
	cat_contains(AT("rw/verdict"), "rwlock (pthread_rwlock_t): waiting: ");
	told("0 cond /c 0", "done");
	told("0 mutex /c 64 0", "done");
	told("3 wait-cond /c 0 64", "asleep");
	cat_equals(AT("c/cond_nwaiters"), "1\n");
	cat_equals(AT("c/cond_waiters"), "1\n");
	waiters_become(AT("c/waiters"), row(3, "cond", 40, "wait"));
	told("3 kill", "done");
	cat_equals(AT("c/cond_nwaiters"), "1\n");
	cat_equals(AT("c/cond_waiters"), "0\n");
	told("1 kill", "done");
	told("0 barrier /b 0 2", "done");
	told("0 arrive /b 0", "asleep");
	cat_equals(AT("b/barrier_arrived"), "1\n");
	cat_equals(AT("b/barrier_waiters"), "1\n");
	waiters_become(AT("b/waiters"), row(0, "barrier", 4, "wait"));
	make_object("s", "\0\0\0\0", 4);
	cat_equals(AT("s/fields"), "spinlock_state\tlocked\nspinlock_spinners\t0\n");
	crew_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_mutex),    SANDBOXED(test_robust), SANDBOXED(test_errors),
		SANDBOXED(test_inferred), SANDBOXED(test_all),    SANDBOXED(test_others),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
