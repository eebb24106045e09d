/* SPDX-License-Identifier: MIT */
/* What there was no time for: threads of a process, all that it holds, the bytes of an object. */
#include <errno.h>

#include "tests/support.h"
#include "tests/world.h"

/* Of the process that was added last only what it holds was looked at. */
static void cut_last(struct world *world)
{
	BOTH(world, look->processes[look->n_processes - 1].error = -ETIMEDOUT;
	     look->processes[look->n_processes - 1].cut = true; look->n_threads--);
}

/* A thread that nobody can wake, in an object without a name; and a process that is cut. */
static void add_sleeper_and_cut(struct world *world, uint64_t held)
{
	world_init(world);
	add_sleeper(world, 1, NAMELESS);
	add_process(world, 2);
	add_map(world, held);
	cut_last(world);
}

#define CUT "pid 2 (p2) of user 1000 has it, and not all of its threads were looked at"

/* It matters where it holds something, and nowhere else. */
static void test_holds(void **state)
{
	static struct world world;

	(void)state;
	add_sleeper_and_cut(&world, A);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_true(said("its holders: unknown"));
	assert_true(said(CUT));
	assert_int_equal(judge(&world, B), VERDICT_OK);
	add_sleeper_and_cut(&world, NAMELESS);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_UNKNOWN);
	assert_true(said(CUT));
	assert_false(said("might have it"));
	/* All that a process holds may not be known, either. */
	add_sleeper_and_cut(&world, A);
	BOTH(&world, look->processes[1].cut = false);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_UNKNOWN);
	assert_true(said("pid 2 (p2) of user 1000 might have it, and not all"));
	add_sleeper_and_cut(&world, A);
	world.after.processes[1].cut = false;
	assert_int_equal(judge(&world, NAMELESS), VERDICT_UNKNOWN);
	/* Or not even that it is there. */
	add_sleeper_and_cut(&world, A);
	world.after.n_processes--;
	world.after.n_holders--;
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	world.after.n_unfinished = 1;
	assert_int_equal(judge(&world, NAMELESS), VERDICT_UNKNOWN);
}

/* What has a name it could have opened since. */
static void test_names(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_sleeper(&world, 1, A);
	add_process(&world, 2);
	add_map(&world, B);
	cut_last(&world);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_true(said("might have it, and not all of its threads were looked at"));
	BOTH(&world, look->processes[1].uid = look->processes[1].gid = 1001);
	assert_int_equal(judge(&world, A), VERDICT_ALONE);
	/* A circle in two objects, of which nobody else knows. */
	add_abba(&world);
	for (size_t i = 0; i < world.before.n_holders; i++)
		BOTH(&world, look->holders[i].ino += NAMELESS - A);
	for (size_t i = 0; i < world.before.n_waiters; i++)
		BOTH(&world, look->waiters[i].ino += NAMELESS - A);
	add_process(&world, 3);
	add_map(&world, A);
	cut_last(&world);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	assert_int_equal(judge(&world, NAMELESS + 1), VERDICT_STUCK);
}

/* Who depends on a process that is cut: by a lock of its, or as one that waits until it ends. */
static void test_behind(void **state)
{
	static struct world world;
	struct lock *lock;

	(void)state;
	add_sleeper_and_cut(&world, A);
	add_one_of_two(&world, 3, NAMELESS, A, A);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_UNKNOWN);
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	add_sleeper_and_cut(&world, A);
	add_process(&world, 3);
	add_map(&world, NAMELESS);
	add_reap(&world, 2);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_WAITING);
	/* The owner of a mutex may be one of the threads that are missing. */
	add_sleeper_and_cut(&world, NAMELESS);
	lock = add_lock(&world, NAMELESS, LOCK_OWNED, 0);
	lock->before.owner = lock->after.owner = 2;
	assert_int_equal(judge(&world, NAMELESS), VERDICT_UNKNOWN);
	add_sleeper_and_cut(&world, A);
	lock = add_lock(&world, NAMELESS, LOCK_OWNED, 0);
	lock->before.owner = lock->after.owner = 2;
	assert_int_equal(judge(&world, NAMELESS), VERDICT_BROKEN);
}

/* A thread that one of the looks had no time for has not run: of that nothing is known. */
static void test_missed(void **state)
{
	static struct world world;

	(void)state;
	add_sleeper_and_cut(&world, NAMELESS);
	BOTH(&world, look->n_threads++);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_UNKNOWN);
	assert_true(said("the word at byte 0: waiting"));
	assert_true(said("pid 2 (p2) could release it: it is in read"));
	world.after.n_threads--;
	judge(&world, NAMELESS);
	assert_true(said("the word at byte 0: unknown"));
	assert_true(said(CUT));
	assert_false(said("ran while"));
	copy_looks(&world);
	world.before.n_threads--;
	world.after.processes[1].error = 0;
	world.after.processes[1].cut = false;
	judge(&world, NAMELESS);
	assert_true(said("the word at byte 0: unknown"));
	assert_true(said(CUT));
	/* It was not there at all, and nothing was too late: it is new. */
	world.before.processes[1].error = 0;
	world.before.processes[1].cut = false;
	assert_int_equal(judge(&world, NAMELESS), VERDICT_WAITING);
}

/* Of an object that was not read twice the bytes tell nothing, and not that they changed. */
static void test_bytes(void **state)
{
	static struct world world;
	struct lock *lock;

	(void)state;
	add_abba(&world);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	world.objects[0].late = true;
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	assert_true(said("there was no time to read its bytes"));
	assert_int_equal(judge(&world, B), VERDICT_UNKNOWN);
	assert_false(said("there was no time to read its bytes"));
	lock = add_lock(&world, A, LOCK_HELD, 0);
	lock->after = (struct lock_reading){.size = 0};
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	world.objects[0].late = false;
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	/* One that is not told of may be one of those. */
	world.objects[0].ino = 1;
	world.question.n_locks = 0;
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	world.question.late = true;
	assert_int_equal(judge(&world, A), VERDICT_UNKNOWN);
	world.objects[0].ino = A;
	/* Somebody can run all the same. */
	world.objects[0].late = true;
	add_process(&world, 3);
	add_map(&world, A);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	assert_true(said("pid 3 (p3) could release it"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),  cmocka_unit_test(test_names),
		cmocka_unit_test(test_behind), cmocka_unit_test(test_missed),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
