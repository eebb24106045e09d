/* SPDX-License-Identifier: MIT */
/* The graph of real processes, as dot(1) reads it in the mount. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/crew.h"
#include "tests/dot.h"

/* The graph that is there now; the caller frees it. */
static char *graph_now(void)
{
	char *graph;

	assert_int_equal(read_file(AT(".pshmfs/graph.dot"), &graph, NULL), 0);
	free(dot_svg(graph));
	return graph;
}

/* A graph that is about to come: of what has just gone to sleep a look may still say that it ran.
 */
struct wish {
	const char *part;
	char *graph;
};

static bool has_come(void *data)
{
	struct wish *wish = data;

	free(wish->graph);
	assert_int_equal(read_file(AT(".pshmfs/graph.dot"), &wish->graph, NULL), 0);
	return strstr(wish->graph, wish->part) != NULL;
}

static char *graph_with(const char *part)
{
	struct wish wish = {.part = part};

	if (!wait_until(DEADLINE_MS, has_come, &wish))
		fail_msg("no \"%s\" in:\n%s", part, wish.graph);
	free(dot_svg(wish.graph));
	return wish.graph;
}

static const char *arrow(size_t member, const char *name, bool waits)
{
	const unsigned long ino = (unsigned long)shm_ino(name);
	const int pid = crew.pids[1 + member];

	return waits ? pathf("pid_%d -> lock_%lu_0 [style=solid", pid, ino)
		     : pathf("lock_%lu_0 -> pid_%d [style=dashed", ino, pid);
}

static void test_abba(void **state)
{
	_cleanup_free_ char *idle = NULL, *waiting = NULL, *stuck = NULL;

	(void)state;
	crew_begin("max_age=0", "3");
	for (int i = 0; i < 2; i++) {
		told(pathf("%d sem /A 1", i), "done");
		told(pathf("%d sem /B 1", i), "done");
	}
	told("0 wait /A", "done");
	told("1 wait /B", "done");
	idle = graph_now();
	has_part(idle, "Nobody waits.");
	told("0 wait /B", "asleep");
	waiting = graph_with("locks: 1 waiting\\l");
	has_part(waiting, arrow(0, "sem.B", true));
	has_part(waiting, arrow(1, "sem.B", false));
	has_part(waiting, "can run: in read");
	told("1 wait /A", "asleep");
	told("2 sem /A 1", "done");
	told("2 wait /A", "asleep");
	stuck = graph_with("locks: 2 stuck\\l");
	has_part(stuck, arrow(0, "sem.B", true));
	has_part(stuck, arrow(1, "sem.B", false));
	has_part(stuck, arrow(1, "sem.A", true));
	has_part(stuck, arrow(0, "sem.A", false));
	has_part(stuck, arrow(2, "sem.A", true));
	assert_int_equal(count_of(stuck, "penwidth=2.5"), 4);
	assert_int_equal(count_of(stuck, " -> "), 5);
	crew_end();
}

static void test_philosophers(void **state)
{
	_cleanup_free_ char *graph = NULL;

	(void)state;
	crew_begin("max_age=0", "5");
	for (int i = 0; i < 5; i++) {
		told(pathf("%d sem /fork%d 1", i, i), "done");
		told(pathf("%d sem /fork%d 1", i, (i + 1) % 5), "done");
	}
	for (int i = 0; i < 5; i++)
		told(pathf("%d wait /fork%d", i, i), "done");
	for (int i = 0; i < 5; i++)
		told(pathf("%d wait /fork%d", i, (i + 1) % 5), "asleep");
	graph = graph_with("locks: 5 stuck\\l");
	assert_int_equal(count_of(graph, " -> "), 10);
	assert_int_equal(count_of(graph, "penwidth=2.5"), 10);
	assert_int_equal(count_of(graph, "{rank=same"), 4);
	crew_end();
}

/* 49 that do the same are one node; who has not come to it is another. */
static void test_fifty(void **state)
{
	_cleanup_free_ char *graph = NULL;

	(void)state;
	crew_begin("max_age=0", "50");
	for (int i = 0; i < 50; i++) {
		told(pathf("%d sem /jobs 0", i), "done");
		told(pathf("%d name %s", i, i ? "worker" : "server"), "done");
	}
	for (int i = 1; i < 50; i++)
		told(pathf("%d wait /jobs", i), "asleep");
	graph = graph_with("worker × 49\\n");
	has_part(graph, pathf("server\\npid %d\\ncan run: in read", crew.pids[1]));
	has_part(graph, "label=\" 49 threads\\nwait up to ");
	assert_int_equal(count_of(graph, " -> "), 2);
	assert_int_equal(count_of(graph, " [shape="), 3);
	crew_end();
}

/* They hand a turn to and fro: whenever one looks, nobody is in a circle that cannot be left. */
static void test_ping_pong(void **state)
{
	(void)state;
	crew_begin("max_age=0", "2");
	for (int i = 0; i < 2; i++) {
		told(pathf("%d sem /ping 0", i), "done");
		told(pathf("%d sem /pong 0", i), "done");
	}
	for (int i = 0; i < 20; i++) {
		_cleanup_free_ char *graph = NULL;

		told(i % 2 ? "1 wait /pong" : "0 wait /ping", "asleep");
		graph = graph_now();
		has_no_part(graph, "stuck");
		has_part(graph, "locks: 1 waiting\\l");
		told(i % 2 ? "0 post /pong" : "1 post /ping", "done");
		told(i % 2 ? "1 outcome" : "0 outcome", "done");
	}
	crew_end();
}

static void test_inferred(void **state)
{
	_cleanup_free_ char *waiting = NULL, *broken = NULL;

	(void)state;
	crew_begin("max_age=0", "2");
	for (int i = 0; i < 2; i++)
		told(pathf("%d map /m 4096", i), "done");
	told("0 mutex /m 192", "done");
	told("0 lock /m 192", "done");
	told("1 lock /m 192", "asleep");
	waiting = graph_with("locks: 1 waiting\\l");
	has_part(waiting, "@192 (pthread_mutex_t, inferred)\\n");
	has_part(waiting, pathf(" -> pid_%d [style=dashed label=\" owned by\"]", crew.pids[1]));
	told("0 kill", "done");
	broken = graph_with("locks: 1 broken\\l");
	has_part(broken, "broken: its owner is gone");
	crew_end();
	assert_int_equal(unlink(shm_path("m")), 0);
}

static void test_names(void **state)
{
	_cleanup_free_ char *graph = NULL, *svg = NULL;

	(void)state;
	crew_begin("max_age=0", "1");
	told("0 name \"];}\\N&#0;<b>", "done");
	told("0 sem /\"];\\l{|}&amp;\xff\x01 0", "done");
	told("0 wait /\"];\\l{|}&amp;\xff\x01", "asleep");
	graph = graph_with("locks: 1 alone\\l");
	svg = dot_svg(graph);
	has_part(svg, ">&quot;];}\\\\N&amp;#0;&lt;b&gt;</text>");
	has_part(svg, ">sem.&quot;];\\\\l{|}&amp;amp;\\xff\\x01</text>");
	crew_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_abba),      SANDBOXED(test_philosophers), SANDBOXED(test_fifty),
		SANDBOXED(test_ping_pong), SANDBOXED(test_inferred),     SANDBOXED(test_names),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
