/* SPDX-License-Identifier: MIT */
/* pshm_stuck --all: who hangs in a container, seen from outside, and what is to be typed there. */
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/container.h"
#include "tests/stuck.h"

static const struct container_kind plain = {"-mpf", NULL, true}, user = {"-Urmpf", NULL, true},
				   deep = {"-mpf", "-mpf", true};

/* "4711(1)" of the crew itself, or of a member. */
static const char *number(const struct container_kind *kind, size_t n)
{
	return container_number(&crew, kind, n);
}

/* Two that wait for each other, for ever. */
static void hang(void)
{
	for (int i = 0; i < 2; i++) {
		told(pathf("%d sem /A 1", i), "done");
		told(pathf("%d sem /B 1", i), "done");
	}
	told("0 wait /A", "done");
	told("1 wait /B", "done");
	told("0 wait /B", "asleep");
	told("1 wait /A", "asleep");
}

/* One has /jobs, and one sleeps on it. */
static void take_jobs(void)
{
	told("0 sem /jobs 1", "done");
	told("0 wait /jobs", "done");
	told("1 sem /jobs 1", "done");
	told("1 wait /jobs", "asleep");
}

/* JSON of what has settled. */
static void json_contains(const char *part)
{
	struct result result;

	run(&result, program("pshm_stuck"), "--all", "-J");
	assert_int_equal(result.status, 1);
	contains(result.out, part);
	contains(result.out, "\"unseen_folders\":[]}\n");
	result_deinit(&result);
}

/* A hung pair in a container is found from outside, among what is well. */
static void test_stuck(void **state)
{
	const char *out, *whole, *one, *other;
	struct actor here;

	(void)state;
	expect_run(0, "nothing is stuck: 1 /dev/shm, 0 objects, 0 threads wait\n", "", "pshm_stuck",
		   "--all");
	actor_start(&here, "sem-wait", "jobs", "1");
	container_start(&crew, &user, true, "crew", "2");
	hang();
	out = says(1, "\n2 stuck, 2 /dev/shm, 3 objects, 3 threads wait\n", "--all");
	whole = number(&user, 0);
	one = number(&user, 1);
	other = number(&user, 2);
	contains(out, pathf("/dev/shm of %s actor:\nsem.A: sem (sem_t): stuck: ", whole));
	contains(out, pathf("pid %s (actor) could release it, but sleeps on sem of sem.A", other));
	contains(out,
		 pathf("whichever matters least: kill %d, or kill %d\n", atoi(other), atoi(one)));
	assert_null(strstr(out, "jobs"));
	json_contains("{\"folders\":[{\"path\":\"/dev/shm\",\"pid\":1,\"command\":\"sandbox\","
		      "\"findings\":[],\"waits\":[],\"objects\":1,\"threads\":1,");
	json_contains(pathf("\"pid\":%d,\"inner_pid\":1,\"command\":\"actor\",\"findings\":[{",
			    atoi(whole)));
	actor_stop(&crew);
	actor_stop(&here);
}

/* What is to be typed says where; it does what it says. */
static void test_release(void **state)
{
	_cleanup_free_ char *where = strdup(program("pshm_stuck")), *command = NULL;
	struct result result;
	const char *begin;

	(void)state;
	container_start(&crew, &plain, true, "crew", "2");
	take_jobs();
	told("0 kill", "done");
	begin = says(1, "1 alone, 2 /dev/shm, 1 object, 1 thread waits\n", "--all");
	begin = strstr(begin, "pshm_stuck --shm /proc/");
	assert_non_null(begin);
	assert_true(asprintf(&command, "PATH=%s:$PATH; %.*s --yes", dirname(where),
			     (int)strcspn(begin, "\n"), begin) > 0);
	contains(command, "/root/dev/shm --release sem.jobs --yes");
	run(&result, "sh", "-c", command);
	assert_int_equal(result.status, 0);
	contains(result.out, "Posted once.\n");
	result_deinit(&result);
	told("1 outcome", "done");
	actor_stop(&crew);
}

/* The owner of a mutex, by our number; in JSON as numbers. */
static void test_owner(void **state)
{
	const char *out;
	int owner;

	(void)state;
	container_start(&crew, &deep, true, "crew", "2");
	told("0 map /m 40", "done");
	told("1 map /m 40", "done");
	told("0 mutex /m 0 0", "done");
	told("0 lock /m 0", "done");
	told("1 lock /m 0", "asleep");
	told("0 stop", "done");
	owner = atoi(number(&deep, 1));
	out = says(1, pathf("pid %d(%d) (actor) owns it\n", owner, crew.pids[1]), "--all");
	contains(out, pathf("let it go on: kill -CONT %d\n", owner));
	json_contains(pathf("\"owner\":{\"pid\":%d,\"inner_pid\":%d,\"tid\":%d,\"inner_tid\":%d}",
			    owner, crew.pids[1], owner, crew.pids[1]));
	told("0 cont", "done");
	actor_stop(&crew);
}

/* Containers come and go while it looks. */
static void test_watch(void **state)
{
	struct child child;

	(void)state;
	put_sem("ours", 1);
	start(&child, NULL, "pshm_stuck", "--all", "-w", "1");
	container_start(&crew, &plain, true, "crew", "2");
	hang();
	stream_comes_to_say(child.out,
			    pathf(" %s actor: sem.A: sem (sem_t): stuck: ", number(&plain, 0)));
	actor_stop(&crew);
	stream_comes_to_say(child.err, " actor: sem.A: no longer stuck\n");
	assert_int_equal(kill(child.pid, SIGTERM), 0);
	child_finish(&child, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_stuck),
		SANDBOXED(test_release),
		SANDBOXED(test_owner),
		SANDBOXED(test_watch),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
