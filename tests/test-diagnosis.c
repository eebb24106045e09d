/* SPDX-License-Identifier: MIT */
/* Verdicts on worlds made by hand: who waits for whom, and who is able to run. */
#include "tests/support.h"
#include "tests/world.h"

static void test_abba(void **state)
{
	static struct world world;

	(void)state;
	add_abba(&world);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	assert_true(said("pid 2 (p2) sleeps on it, without a timeout, for 3.0s"));
	assert_true(said("pid 1 (p1) could release it, but sleeps on the word at byte 0 of b"));
	assert_true(said("it could still end by a process that opens a "));
	assert_int_equal(judge(&world, B), VERDICT_STUCK);
	assert_int_equal(judge(&world, C), VERDICT_OK);
	/* Somebody else who has one of them and can run: he might release it. */
	add_process(&world, 3);
	add_map(&world, A);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	assert_true(said("pid 3 (p3) could release it: it is in read"));
	assert_int_equal(judge(&world, B), VERDICT_WAITING);
	assert_true(said("pid 2 (p2) could release it, but sleeps on the word at byte 0 of a"));
}

static void test_philosophers(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	for (uint64_t i = 0; i < 5; i++)
		add_one_of_two(&world, 1 + (int)i, A + i, A + (i + 1) % 5, A + (i + 1) % 5);
	for (uint64_t ino = A; ino <= E; ino++)
		assert_int_equal(judge(&world, ino), VERDICT_STUCK);
	/* One of them only thinks. */
	BOTH(&world, look->n_waiters--);
	for (uint64_t ino = A; ino <= E; ino++)
		assert_int_equal(judge(&world, ino), ino == A ? VERDICT_OK : VERDICT_WAITING);
}

/* Its holder has died: with a name somebody might come, without one nobody can. */
static void test_orphan(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	for (pid_t pid = 1; pid <= 3; pid++) {
		add_process(&world, pid);
		add_map(&world, A);
		add_map(&world, NAMELESS);
		add_sleep(&world, pid == 1 ? A : NAMELESS, 0);
	}
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	world_init(&world);
	for (pid_t pid = 1; pid <= 3; pid++) {
		add_sleeper(&world, pid, A);
	}
	assert_int_equal(judge(&world, A), VERDICT_ALONE);
	assert_true(said("nobody else has it open for writing"));
	world_init(&world);
	add_sleeper(&world, 1, NAMELESS);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	assert_false(said("could still end"));
	/* An object that nothing is known of is as one with a name. */
	world.question.n_objects = 0;
	assert_int_equal(judge(&world, NAMELESS), VERDICT_ALONE);
}

/* Who could release a waits for b; b decides. */
static void test_chain(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_sleeper(&world, 1, A);
	add_one_of_two(&world, 2, A, B, B);
	assert_int_equal(judge(&world, B), VERDICT_ALONE);
	assert_int_equal(judge(&world, A), VERDICT_ALONE);
	/* The same with a nameless one at the end. */
	world_init(&world);
	add_sleeper(&world, 1, A);
	add_one_of_two(&world, 2, A, NAMELESS, NAMELESS);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	/* And with a circle at the end. */
	add_abba(&world);
	add_process(&world, 3);
	add_map(&world, B);
	add_map(&world, C);
	add_sleep(&world, B, 0);
	add_sleeper(&world, 4, C);
	assert_int_equal(judge(&world, C), VERDICT_STUCK);
	/* And with somebody who can run. */
	add_process(&world, 5);
	add_map(&world, A);
	assert_int_equal(judge(&world, C), VERDICT_WAITING);
}

static void test_read_only(void **state)
{
	static struct world world;
	struct holder *holder;

	(void)state;
	world_init(&world);
	add_sleeper(&world, 1, NAMELESS);
	add_process(&world, 2);
	holder = add_holder(&world, NAMELESS);
	holder->writable = false;
	copy_looks(&world);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	assert_true(said("pid 2 (p2) has it open for reading only"));
	/* What it writes is its own. */
	holder->writable = true;
	holder->shared = false;
	copy_looks(&world);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	/* A descriptor is enough: it can be mapped, or handed on. */
	*holder = (struct holder){.process = 1, .ino = NAMELESS, .kind = HOLDER_FD, .fd = 3};
	copy_looks(&world);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	holder->writable = true;
	copy_looks(&world);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_WAITING);
}

/* Its first thread waits for the second (pthread_join, a mutex of its own), which sleeps on it. */
static void test_own_memory(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_process(&world, 1);
	add_map(&world, NAMELESS);
	add_own_sleep(&world);
	add_thread(&world, 11);
	add_sleep(&world, NAMELESS, 0);
	add_thread(&world, 12);
	add_own_sleep(&world);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	assert_true(said("pid 1 (p1), thread 11 sleeps on it"));
	assert_true(said("waits for a thread of its own"));
	/* A third one naps. */
	add_thread(&world, 13);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_WAITING);
	/* Memory that others have, and that nobody looked at, may be released by anybody. */
	BOTH(&world, look->n_threads--);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_STUCK);
	BOTH(&world, look->waiters[0].place = WAITER_ELSEWHERE);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_WAITING);
	BOTH(&world, look->waiters[0].place = WAITER_UNMAPPED);
	assert_int_equal(judge(&world, NAMELESS), VERDICT_WAITING);
}

/* A parent that has both objects and waits for its children. */
static void add_parent(struct world *world, pid_t child, bool nested)
{
	add_abba(world);
	add_process(world, 9);
	add_map(world, A);
	add_map(world, B);
	add_reap(world, child);
	add_child(world, 1);
	add_child(world, 2);
	BOTH(world, look->processes[2].nested = nested);
}

static void test_children(void **state)
{
	static struct world world;

	(void)state;
	for (pid_t child = 0; child <= 2; child++) {
		add_parent(&world, child, child > 1);
		assert_int_equal(judge(&world, A), VERDICT_STUCK);
		assert_true(said("waits until "));
	}
	/* One more child, that has no object: it will end. */
	add_parent(&world, 0, false);
	add_child(&world, 77);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	add_parent(&world, 1, false);
	add_child(&world, 77);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	add_parent(&world, 77, false);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	/* Which they are cannot be told, or it is counted in another namespace. */
	add_parent(&world, 0, false);
	add_child(&world, 0);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	add_parent(&world, 77, true);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	add_child(&world, 88);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	add_parent(&world, 0, false);
	BOTH(&world, look->n_children = 0);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
}

static void test_timed(void **state)
{
	static struct world world;

	(void)state;
	add_abba(&world);
	BOTH(&world, look->waiters[0].timed = true);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
	assert_true(said("pid 1 (p1) could release it: it waits, with a timeout, for 3.0s"));
	assert_int_equal(judge(&world, B), VERDICT_WAITING);
}

static void test_stopped(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_sleeper(&world, 1, A);
	add_process(&world, 2);
	add_map(&world, A);
	stop_last(&world);
	assert_int_equal(judge(&world, A), VERDICT_STOPPED);
	assert_true(said("pid 2 (p2) could release it, but is stopped: kill -CONT 2"));
	BOTH(&world, look->processes[1].state = look->threads[1].state = 't';
	     look->processes[1].tracer = 44);
	assert_int_equal(judge(&world, A), VERDICT_STOPPED);
	assert_true(said("pid 44, which traces it, has stopped it"));
	BOTH(&world, look->processes[1].state = look->threads[1].state = 'S';
	     look->processes[1].frozen = true);
	assert_int_equal(judge(&world, A), VERDICT_STOPPED);
	assert_true(said("its cgroup is frozen"));
	/* Who waits is stopped, too: that does not help it. */
	add_abba(&world);
	stop_last(&world);
	assert_int_equal(judge(&world, A), VERDICT_STUCK);
	assert_true(said("is stopped while it waits for it"));
	/* Somebody who can run besides. */
	add_process(&world, 3);
	add_map(&world, A);
	assert_int_equal(judge(&world, A), VERDICT_WAITING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abba),      cmocka_unit_test(test_philosophers),
		cmocka_unit_test(test_orphan),    cmocka_unit_test(test_chain),
		cmocka_unit_test(test_read_only), cmocka_unit_test(test_own_memory),
		cmocka_unit_test(test_children),  cmocka_unit_test(test_timed),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
