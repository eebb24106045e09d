/* SPDX-License-Identifier: MIT */
/* Verdicts on worlds made by hand: what locks say, what moved, and who could not be looked at. */
#include <errno.h>
#include <string.h>

#include "tests/support.h"
#include "tests/world.h"

/* Who could not be looked at counts if he could have opened it. */
static void test_unreadable(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		bool acl, could;
	} rows[] = {
		{0, 0, 0600, false, false},       {1000, 5, 0400, false, true},
		{1001, 5, 0600, false, false},    {1001, 5, 0644, false, false},
		{1001, 5, 0602, false, true},     {1001, 1000, 0620, false, true},
		{1001, 1000, 0602, false, false}, {1001, 5, 0620, false, false},
		{1001, 5, 0620, true, true},      {1001, 5, 0600, true, false},
		{1001, 77, 0620, false, true},
	};
	static struct world world;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_init(&world);
		world.objects[0].mode = rows[i].mode;
		world.objects[0].acl = rows[i].acl;
		add_sleeper(&world, 1, A);
		add_denied(&world, 5, rows[i].uid);
		BOTH(&world, look->processes[1].gid = rows[i].gid);
		if (rows[i].gid == 77) /* a supplementary group */
			BOTH(&world, look->processes[1].groups[0] = 1000;
			     look->processes[1].n_groups = 1);
		assert_int_equal(judge(&world, A), rows[i].could ? VERDICT_UNKNOWN : VERDICT_ALONE);
		assert_int_equal(said("may not be looked at (Permission denied)"), rows[i].could);
	}
	/* Root's own object. */
	world.objects[0] = (struct diagnosis_object){.ino = A, .name = "a", .mode = 0600};
	BOTH(&world, look->processes[1].uid = 0);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	/* And those that there was no time for, or that are not even listed. */
	BOTH(&world, look->n_processes--);
	assert_int_equal(judge(&world, A), VERDICT_ALONE);
	world.before.n_unfinished = 3;
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_true(said("3 processes were not looked at"));
	world.before.n_unfinished = 0;
	world.question.hides = true;
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_true(said("hidepid"));
	world.question.hides = false;
	world.after.n_unplaced = 1;
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
}

/* In a circle it is enough that somebody might release one of them. */
static void test_unreadable_circle(void **state)
{
	static struct world world;

	(void)state;
	add_abba(&world);
	add_denied(&world, 5, 1001);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	world.objects[1].mode = 0666;
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_int_equal(judge(&world, B), VERDICT_UNKNOWN);
	/* A holder whose threads could not be read. */
	add_abba(&world);
	BOTH(&world, look->processes[1].error = -EACCES; look->n_threads--; look->n_waiters--);
	assert_int_equal(judge(&world, B), VERDICT_UNKNOWN);
	assert_true(said("pid 2 (p2) of user 1000 has it, and may not be looked at"));
	/* Yama: it sleeps, but on what? */
	add_abba(&world);
	BOTH(&world, look->waiters[1].place = WAITER_UNKNOWN);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_int_equal(judge(&world, B), VERDICT_UNKNOWN);
	assert_true(said("kernel.yama.ptrace_scope"));
}

/* A value above 0, and a sleeper: failed, if all rest; else somebody is about to wake it. */
static void test_value_left(void **state)
{
	static struct world world;
	struct lock *lock;

	(void)state;
	world_init(&world);
	add_sleeper(&world, 1, A);
	add_process(&world, 2);
	add_map(&world, A);
	lock = add_lock(&world, A, LOCK_FREE, 1);
	assert_int_equal(judge(&world, A), VERDICT_BROKEN);
	assert_true(said("its value is 1, and yet a thread sleeps on it"));
	BOTH(&world, look->waiters[0].timed = true);
	assert_int_equal(judge(&world, A), VERDICT_BROKEN);
	BOTH(&world, look->waiters[0].timed = false);
	/* It runs: it may have been interrupted between its store and its wake. */
	BOTH(&world, look->threads[1].state = 'R'; look->threads[1].call = NULL);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	/* The same, and stopped, or frozen: it goes on with that. */
	BOTH(&world, look->threads[1].state = 'T');
	assert_int_equal(judge(&world, A), VERDICT_STOPPED);
	BOTH(&world, look->threads[1].state = 'S'; look->processes[1].frozen = true);
	assert_int_equal(judge(&world, A), VERDICT_STOPPED);
	BOTH(&world, look->threads[1].call = "read"; look->processes[1].frozen = false);
	world.after.threads[1].runs++;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	copy_looks(&world);
	add_denied(&world, 5, 1000);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	BOTH(&world, look->n_processes--);
	/* The bytes were others a moment ago. */
	lock->before.bytes[0]++;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	/* It is stopped, so it is not asleep. */
	lock->before.bytes[0]--;
	BOTH(&world, look->waiters[0].state = WAITER_STOPPED; look->threads[0].state = 'T');
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
}

/* Locks with owners, in programs whose other threads run. */
static void test_owned(void **state)
{
	static struct world world;
	struct lock *a, *b;

	(void)state;
	add_abba(&world);
	/* Thread 1 has a and wants b, thread 2 the other way round. */
	a = add_lock(&world, A, LOCK_OWNED, 0);
	a->before.owner = a->after.owner = 1;
	b = add_lock(&world, B, LOCK_OWNED, 0);
	b->before.owner = b->after.owner = 2;
	add_thread(&world, 21);
	add_thread(&world, 22);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	assert_true(said("pid 1 (p1) owns it"));
	/* One of the owners waits with a timeout. */
	BOTH(&world, look->waiters[0].timed = true);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	BOTH(&world, look->waiters[0].timed = false);
	/* An owner that has died: a lock that failed, whoever else is there. */
	a->before.owner = a->after.owner = 99;
	assert_int_equal(judge(&world, A), VERDICT_BROKEN);
	assert_true(said("thread 99 owns it, and no such thread"));
	add_denied(&world, 50, 1000);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	BOTH(&world, look->n_processes--);
	/* Its own number in another pid namespace; two of them; and one that has not the object. */
	BOTH(&world, look->threads[3].own = 99);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	assert_true(said("pid 2 (p2), thread 22 owns it\n"));
	BOTH(&world, look->processes[1].nested = true; look->processes[1].own = 98);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	assert_true(said("pid 2(98) (p2), thread 22(99) owns it\n"));
	BOTH(&world, look->threads[2].own = 99);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_true(said("there are two of that number"));
	assert_true(said("pid 2(98) (p2), thread 22(99) may be that one\n"));
	assert_true(said(", thread 21(99) may be that one\n"));
	BOTH(&world, look->processes[1].nested = false);
	BOTH(&world, look->threads[2].own = look->threads[3].own = 3);
	add_process(&world, 99);
	add_map(&world, B);
	assert_int_equal(judge(&world, A), VERDICT_BROKEN);
	/* Who takes it twice waits for itself: no newcomer may help. */
	world_init(&world);
	add_sleeper(&world, 1, A);
	a = add_lock(&world, A, LOCK_OWNED, 0);
	a->before.owner = a->after.owner = 1;
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	a->before.state = a->after.state = LOCK_RUINED;
	assert_int_equal(judge(&world, A), VERDICT_BROKEN);
}

/* What has run between the looks, come or gone, is live. */
static void test_moved(void **state)
{
	static struct world world;

	(void)state;
	add_abba(&world);
	world.after.threads[0].runs++;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	assert_true(said("it ran while it was looked at"));
	assert_int_equal(judge(&world, B), VERDICT_WAITING);
	add_abba(&world);
	world.before.threads[0].runs = world.after.threads[0].runs = 0; /* nobody counts */
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	add_abba(&world);
	world.after.waiters[0].offset = 32;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	add_abba(&world);
	world.after.processes[0].started++; /* another one of that number */
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	/* A holder came, a holder went. */
	add_abba(&world);
	add_process(&world, 3);
	add_map(&world, A);
	world.before.n_holders--;
	world.before.n_processes--;
	world.before.n_threads--;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	add_abba(&world);
	add_process(&world, 3);
	add_map(&world, A);
	world.after.n_holders--;
	world.after.n_processes--;
	world.after.n_threads--;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	/* A thread more. */
	add_abba(&world);
	add_thread(&world, 21);
	world.before.n_threads--;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	/* A mapping that was made writable for a moment. */
	world_init(&world);
	add_sleeper(&world, 1, A);
	add_process(&world, 2);
	add_map(&world, A);
	world.after.holders[1].writable = false;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
}

/* Where only one object was looked at, another one's word decides nothing. */
static void test_scope(void **state)
{
	static struct world world;
	struct diagnosis diagnosis;

	(void)state;
	add_abba(&world);
	world.question.ino = A;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	assert_int_equal(diagnose(&world.question, &diagnosis), 0);
	assert_true(diagnosis.beyond);
	diagnosis_deinit(&diagnosis);
	BOTH(&world, look->waiters[0].ino = A; look->waiters[0].offset = 32);
	assert_int_equal(judge(&world, A), VERDICT_STUCK); /* two words of one object */
	assert_int_equal(diagnose(&world.question, &diagnosis), 0);
	assert_false(diagnosis.beyond);
	diagnosis_deinit(&diagnosis);
}

static void test_caveats(void **state)
{
	static struct world world;
	struct lock *lock;

	(void)state;
	world_init(&world);
	add_sleeper(&world, 1, A);
	BOTH(&world,
	     look->processes[0].caught = UINT64_C(1) << 13 | UINT64_C(1) << 31 | UINT64_C(1) << 33);
	lock = add_lock(&world, A, LOCK_HELD, 0);
	lock->before.recorded = lock->after.recorded = 3;
	lock->before.unshared = lock->after.unshared = true;
	assert_int_equal(judge(&world, A), VERDICT_ALONE);
	assert_true(said("sem (sem_t): alone: "));
	assert_true(said("by a signal to pid 1 (p1), which handles SIGALRM signal 34\n"));
	assert_true(said("3 sleepers are on record, 1 is alive"));
	assert_true(said("pshared 0"));
	/* All were killed. */
	BOTH(&world, look->n_waiters--; look->threads[0].call = "read");
	assert_int_equal(judge(&world, A), VERDICT_OK);
	assert_true(said("nobody waits\n"));
	assert_true(said("3 sleepers are on record, 0 are alive"));
	/* More than anybody wants to read. */
	world_init(&world);
	for (pid_t pid = 1; pid <= 30; pid++) {
		add_sleeper(&world, pid, A);
	}
	assert_int_equal(judge(&world, A), VERDICT_ALONE);
	assert_true(said("22 more sleep on it\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_unreadable_circle),
		cmocka_unit_test(test_value_left), cmocka_unit_test(test_owned),
		cmocka_unit_test(test_moved),      cmocka_unit_test(test_scope),
		cmocka_unit_test(test_caveats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
