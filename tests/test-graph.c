/* SPDX-License-Identifier: MIT */
/* The graph of worlds made by hand: what is in it, what is one node, and that dot(1) takes it. */
#include <stdlib.h>
#include <string.h>

#include "tests/dot.h"
#include "tests/support.h"
#include "tests/world.h"

static char graph[65536];

/* Makes the graph of the world, and has dot(1) look at it. */
static void draw(struct world *world)
{
	FILE *out = fmemopen(graph, sizeof(graph), "w");

	assert_non_null(out);
	assert_int_equal(diagnosis_dot(&world->question, out), 0);
	assert_int_equal(fclose(out), 0);
	free(dot_svg(graph));
}

/* All processes and their threads are called so. */
static void name_all(struct world *world, const char *comm)
{
	struct snapshot *look = &world->before;

	for (size_t i = 0; i < look->n_processes; i++)
		snprintf(look->processes[i].comm, PROCESS_COMM_SIZE, "%s", comm);
	for (size_t i = 0; i < look->n_waiters; i++)
		snprintf(look->waiters[i].comm, PROCESS_COMM_SIZE, "%s", comm);
	copy_looks(world);
}

/* The processes `first` to `last`, which have the object and sleep on this word of it. */
static void add_waiters(struct world *world, pid_t first, pid_t last, uint64_t ino, uint64_t offset)
{
	for (pid_t pid = first; pid <= last; pid++) {
		add_process(world, pid);
		add_map(world, ino);
		add_sleep(world, ino, offset);
	}
}

static void test_idle(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	draw(&world);
	has_part(graph, "label=\"Nobody waits.\\l\"");
	/* Who has an object and waits for nothing is not in it. */
	add_process(&world, 1);
	add_map(&world, A);
	add_lock(&world, A, LOCK_FREE, 1);
	draw(&world);
	has_part(graph, "Nobody waits.");
	has_no_part(graph, "pid_1");
	has_no_part(graph, "lock_");
	add_denied(&world, 2, 0);
	world.after.denied = &(struct denied){.uid = 0, .n = 1};
	world.after.n_denied = 1;
	draw(&world);
	has_part(graph, "1 process could not be looked at.");
}

static void test_circle(void **state)
{
	static struct world world;

	(void)state;
	add_abba(&world);
	add_lock(&world, A, LOCK_HELD, 0);
	add_waiters(&world, 3, 3, A, 0);
	add_process(&world, 4);
	draw(&world);
	has_part(graph, "label=\"locks: 2 stuck\\l");
	has_part(graph, "pid_1 -> lock_11_0 [style=solid color=\"#d00000\" penwidth=2.5");
	has_part(graph, "lock_11_0 -> pid_2 [style=dashed color=\"#d00000\" penwidth=2.5");
	has_part(graph, "pid_2 -> lock_10_0 [style=solid color=\"#d00000\" penwidth=2.5");
	has_part(graph, "lock_10_0 -> pid_1 [style=dashed color=\"#d00000\" penwidth=2.5");
	has_part(graph, "pid_3 -> lock_10_0 [style=solid label=\" waits 3.0s\"]");
	assert_int_equal(count_of(graph, " -> "), 5);
	assert_int_equal(count_of(graph, "{rank=same"), 1);
	assert_int_equal(count_of(graph, "stuck: in a circle"), 2);
	has_part(graph, "label=\"a\\nsem: sem_t\\nvalue 0\\nstuck: in a circle\"");
	has_part(graph, "label=\"b\\nthe word at byte 0\\nstuck: in a circle\"");
	has_no_part(graph, "pid_4");
}

/* Where somebody can run, he is shown, and not who is behind him. */
static void test_waiting(void **state)
{
	static struct world world;

	(void)state;
	add_abba(&world);
	add_process(&world, 3);
	add_map(&world, A);
	draw(&world);
	has_part(graph, "locks: 2 waiting\\l");
	has_part(graph, "lock_10_0 -> pid_3 [style=dashed]");
	has_part(graph, "lock_11_0 -> pid_2 [style=dashed]");
	has_no_part(graph, "lock_10_0 -> pid_1");
	has_part(graph, "label=\"p3\\npid 3\\ncan run: in read\"");
	has_no_part(graph, "circle");
}

static void test_philosophers(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	for (uint64_t i = 0; i < 5; i++)
		add_one_of_two(&world, 1 + (int)i, A + i, A + (i + 1) % 5, A + (i + 1) % 5);
	draw(&world);
	assert_int_equal(count_of(graph, "penwidth=2.5"), 10);
	assert_int_equal(count_of(graph, "{rank=same"), 4);
	has_part(graph, "rankdir=TB");
}

/* So many are one node, three are not; who is called otherwise or does something else is not. */
static void test_groups(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_waiters(&world, 101, 150, A, 0);
	name_all(&world, "worker");
	add_waiters(&world, 151, 151, A, 0);
	add_process(&world, 160);
	add_map(&world, A);
	draw(&world);
	has_part(graph, "label=\"worker × 50\\npids 101…150\"");
	has_part(graph, "label=\" 50 threads\\nwait up to 3.0s\"");
	has_part(graph, "label=\"p151\\npid 151\"");
	has_part(graph, "tooltip=\"pid 101 102 103 104");
	assert_int_equal(count_of(graph, " -> "), 3);
	world_init(&world);
	add_waiters(&world, 1, 3, A, 0);
	name_all(&world, "worker");
	draw(&world);
	assert_int_equal(count_of(graph, " -> "), 3);
	add_waiters(&world, 9, 9, A, 0);
	add_waiters(&world, 10, 10, A, 0);
	name_all(&world, "worker");
	BOTH(&world, look->waiters[4].timed = true);
	draw(&world);
	has_part(graph, "label=\"worker × 4\\npids 1, 2, 3, 9\"");
	has_part(graph, "label=\" waits 3.0s,\\nwith a timeout\"");
	assert_int_equal(count_of(graph, "pid_10 [shape=box"), 1);
}

/* Of one object each process sleeps on a lock of its own. */
static void test_locks_of_their_own(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	for (pid_t pid = 1; pid <= 12; pid++)
		add_waiters(&world, pid, pid, A, (uint64_t)pid * 64);
	name_all(&world, "backend");
	draw(&world);
	has_part(graph, "label=\"backend × 12\\npids 1…12\"");
	has_part(graph, "a\\n12 locks, one for each:\\nwords, bytes 64…768\\nstuck: in a circle");
	has_part(graph, "object_10 [shape=plaintext");
	assert_int_equal(count_of(graph, " -> "), 3);
	/* Called otherwise each is a node; but not each lock has an arrow to each of them. */
	world_init(&world);
	for (pid_t pid = 1; pid <= 12; pid++)
		add_waiters(&world, pid, pid, A, (uint64_t)pid * 64);
	draw(&world);
	assert_int_equal(count_of(graph, " -> "), 36);
}

static void test_owner(void **state)
{
	static struct world world;
	struct lock *lock;

	(void)state;
	world_init(&world);
	add_process(&world, 1);
	add_map(&world, A);
	add_process(&world, 2);
	add_map(&world, A);
	add_waiters(&world, 3, 3, A, 0);
	lock = add_lock(&world, A, LOCK_OWNED, 0);
	lock->before.counts = lock->after.counts = false;
	lock->before.owner = lock->after.owner = 1;
	lock->inferred = true;
	lock->field = NULL;
	draw(&world);
	has_part(graph, "lock_10_0 -> pid_1 [style=dashed label=\" owned by\"]");
	has_part(graph, "label=\"a\\n@0 (sem_t, inferred)\\nowned by thread 1\"");
	has_no_part(graph, "pid_2");
	lock->before.owner = lock->after.owner = 7;
	draw(&world);
	has_part(graph, "broken: its owner is gone");
	has_part(graph, "color=\"#7f0000\"");
	assert_int_equal(count_of(graph, " -> "), 1);
}

/* What keeps processes from releasing it. */
static void test_what_they_do(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_waiters(&world, 1, 1, NAMELESS, 0);
	add_process(&world, 2);
	add_map(&world, NAMELESS);
	stop_last(&world);
	draw(&world);
	has_part(graph, "label=\"p2\\npid 2\\nstopped: kill -CONT 2\"");
	has_part(graph, "nameless object 20\\nthe word at byte 0\\nstopped: so is who could");
	has_part(graph, "color=\"#1f5fbf\"");
	world_init(&world);
	add_waiters(&world, 1, 1, NAMELESS, 0);
	add_process(&world, 2);
	add_map(&world, NAMELESS);
	add_own_sleep(&world);
	draw(&world);
	has_part(graph, "label=\"p2\\npid 2\\nwaits for a thread of its own\"");
	world_init(&world);
	add_waiters(&world, 1, 1, A, 0);
	draw(&world);
	has_part(graph, "alone: all who have it sleep on it");
	has_part(graph, "color=\"#d97700\"");
	add_denied(&world, 2, 1000);
	draw(&world);
	has_part(graph, "unknown: not all could be looked at");
}

/* It waits for its child, which waits for what only it could release. */
static void test_child(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_process(&world, 1);
	add_map(&world, NAMELESS);
	add_reap(&world, 2);
	add_child(&world, 2);
	add_waiters(&world, 2, 2, NAMELESS, 0);
	draw(&world);
	has_part(graph,
		 "pid_1 -> pid_2 [style=solid color=\"#d00000\" penwidth=2.5 label=\" waits");
	has_part(graph, "label=\"p1\\npid 1\\nwaits until a child ends\"");
	assert_int_equal(count_of(graph, "penwidth=2.5"), 3);
}

static void test_hidden(void **state)
{
	static struct world world;

	(void)state;
	world_init(&world);
	add_waiters(&world, 1, 1, A, 0);
	BOTH(&world, look->waiters[0].place = WAITER_UNKNOWN);
	draw(&world);
	has_part(graph, "pid_1 -> lock_10_hidden [style=dotted label=\" may wait\"]");
	has_part(graph, "a\\na lock: which may not be told\\nunknown");
}

/* What there is in a name comes out again, and does nothing on the way. */
static void test_names(void **state)
{
	static struct world world;
	char *svg;

	(void)state;
	world_init(&world);
	add_waiters(&world, 1, 1, A, 0);
	name_all(&world, "\"\\N&#0;\n<b>\xff");
	world.objects[0].name = "x\"];}\\l&amp;\t\x7f\xef\xbf\xbf{|}\xc3\xa9";
	draw(&world);
	has_part(graph, "label=\"\\\"\\\\\\\\N&amp;#0;\\\\n<b>\\\\xff\\npid 1\"");
	has_part(graph,
		 "label=\"x\\\"];}\\\\\\\\l&amp;amp;\\\\t\\\\x7f\\\\xef\\\\xbf\\\\xbf{|}é\\n");
	svg = dot_svg(graph);
	has_part(svg, ">&quot;\\\\N&amp;#0;\\n&lt;b&gt;\\xff</text>");
	has_part(svg, ">x&quot;];}\\\\l&amp;amp;\\t\\x7f\\xef\\xbf\\xbf{|}é</text>");
	free(svg);
}

/* One that ends in the middle of the cut is whole or not there. */
static void test_long_name(void **state)
{
	static struct world world;
	static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé-the-end";

	(void)state;
	world_init(&world);
	add_waiters(&world, 1, 1, A, 0);
	world.objects[0].name = name;
	draw(&world);
	has_part(graph, "label=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé…\\n");
	has_part(graph, pathf("tooltip=\"%s: the word at byte 0\"", name));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle),    cmocka_unit_test(test_circle),
		cmocka_unit_test(test_waiting), cmocka_unit_test(test_philosophers),
		cmocka_unit_test(test_groups),  cmocka_unit_test(test_locks_of_their_own),
		cmocka_unit_test(test_owner),   cmocka_unit_test(test_what_they_do),
		cmocka_unit_test(test_child),   cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_names),   cmocka_unit_test(test_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
