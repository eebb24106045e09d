/* SPDX-License-Identifier: MIT */
/* A mount of a container's /dev/shm, looked at from outside: whose numbers are whose. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/container.h"
#include "tests/tables.h"

static const struct container_kind kinds[] = {
	{"-mpf", NULL, true},    {"-Urmpf", NULL, true},    {"-mf", NULL, false},
	{"-Urmf", NULL, false},  {"-mpf", "-mpf", true},    {"-Urmpf", "-Urmpf", true},
	{"-Urmpf", "-mf", true}, {"-Urmpiunf", NULL, true},
};

static struct mount mount;
static struct actor actor;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static void tell(const char *line, const char *answer)
{
	assert_string_equal(actor_tell(&actor, line), answer);
}

static const char *number(const struct container_kind *kind, size_t n)
{
	return container_number(&actor, kind, n);
}

static void mount_container(const struct container_kind *kind, const char *options)
{
	const int pid = atoi(number(kind, 0));

	mount_start(&mount, pathf("/proc/%d/root/dev/shm", pid), options);
}

/* Rows, reasons and the picture have both numbers, what is to be typed has ours alone. */
static void look_at_crew(const struct container_kind *kind)
{
	char holder[32], sleeper[32];

	container_start(&actor, kind, true, "crew", "2");
	mount_container(kind, "max_age=0");
	snprintf(holder, sizeof(holder), "%s", number(kind, 1));
	snprintf(sleeper, sizeof(sleeper), "%s", number(kind, 2));
	tell("0 sem /jobs 1", "done");
	tell("0 wait /jobs", "done");
	tell("1 sem /jobs 1", "done");
	tell("1 wait /jobs", "asleep");
	cat_equals(AT("sem.jobs/sem_value"), "0\n");
	cat_contains(AT("sem.jobs/holders"), pathf("\n%s\t", holder));
	cat_contains(AT("sem.jobs/waiters"), pathf("\n%s\t%s\t", sleeper, sleeper));
	cat_contains(AT(".pshmfs/waiters"), pathf("\nsem.jobs\t%s\t%s\t", sleeper, sleeper));
	comes_to_contain(AT("sem.jobs/verdict"), pathf("pid %s (actor) sleeps on it", sleeper));
	cat_contains(AT("sem.jobs/verdict"), pathf("pid %s (actor) could release it", holder));
	tell("0 stop", "done");
	comes_to_contain(AT("sem.jobs/verdict"),
			 pathf("pid %s (actor) could release it, but is stopped: kill -CONT %d\n",
			       holder, atoi(holder)));
	cat_contains(AT(".pshmfs/stuck"), pathf("pid %s (actor) could release it", holder));
	cat_contains(AT(".pshmfs/graph.dot"), pathf("pid %s\\n", holder));
	cat_contains(AT(".pshmfs/graph.dot"), pathf("kill -CONT %d", atoi(holder)));
	tell("0 cont", "done");
	if (kind->nested) {
		cat_contains(AT("sem.jobs/json"),
			     pathf("\"pid\":%d,\"inner_pid\":%d,", atoi(sleeper), actor.pids[2]));
		cat_contains(AT("sem.jobs/json"),
			     pathf("\"tid\":%d,\"inner_tid\":%d,", atoi(sleeper), actor.pids[2]));
	} else {
		_cleanup_free_ char *json = NULL;

		assert_int_equal(read_file(AT("sem.jobs/json"), &json, NULL), 0);
		assert_null(strstr(json, "inner_"));
	}
	assert_int_equal(kill(atoi(holder), SIGKILL), 0);
	tell("0 kill", "done"); /* which waits for its end */
	comes_to_contain(AT("sem.jobs/verdict"), "alone\n");
	comes_to_contain(AT("sem.jobs/verdict"),
			 pathf("pid %s (actor) had it open, and has ended", holder));
	actor_stop(&actor);
	mount_stop(&mount);
}

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		look_at_crew(&kinds[i]);
}

/* The owner's word has its own number, and `mutex_owner` what is stored. */
static void test_owner(void **state)
{
	const struct container_kind *const inner[] = {&kinds[0], &kinds[1], &kinds[4]};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		container_start(&actor, inner[i], true, "crew", "3");
		mount_container(inner[i], "max_age=0,layout=/m=mutex");
		for (int k = 0; k < 3; k++)
			tell(pathf("%d map /m 40", k), "done");
		tell("0 mutex /m 0 0", "done");
		tell("1 lock /m 0", "done");
		tell("2 lock /m 0", "asleep");
		cat_equals(AT("m/mutex_owner"), pathf("%d\n", actor.pids[2]));
		comes_to_contain(AT("m/verdict"),
				 pathf("\npid %s (actor) owns it\n", number(inner[i], 2)));
		cat_contains(AT("m/verdict"), "waiting\n");
		tell("1 stop", "done");
		comes_to_contain(AT("m/verdict"), "stopped\n");
		cat_contains(AT(".pshmfs/graph.dot"),
			     pathf("owned by thread %s", number(inner[i], 2)));
		tell("1 kill", "done");
		comes_to_contain(AT("m/verdict"), "broken\n");
		cat_contains(AT("m/verdict"), pathf("thread %d, as it is called in its pid "
						    "namespace, owns it",
						    actor.pids[2]));
		actor_stop(&actor);
		mount_stop(&mount);
	}
}

/* Two containers that share /dev/shm with us: a number is of two threads, one in each. */
static void test_owner_twice(void **state)
{
	struct actor other;

	(void)state;
	container_start(&actor, &kinds[0], false, "crew", "2");
	container_start(&other, &kinds[0], false, "crew", "2");
	mount_start(&mount, NULL, "max_age=0,layout=/m=mutex");
	assert_int_equal(actor.pids[1], other.pids[1]);
	tell("0 map /m 40", "done");
	tell("0 mutex /m 0 0", "done");
	tell("0 lock /m 0", "done");
	assert_string_equal(actor_tell(&other, "1 map /m 40"), "done");
	assert_string_equal(actor_tell(&other, "1 lock /m 0"), "asleep");
	/* So far one thread of that number has it. */
	comes_to_contain(AT("m/verdict"), pathf("\npid %s (actor) owns it\n", number(kinds, 1)));
	assert_string_equal(actor_tell(&other, "0 map /m 40"), "done");
	comes_to_contain(AT("m/verdict"), "there are two of that number");
	cat_contains(AT("m/verdict"), "unknown\n");
	cat_contains(AT("m/verdict"),
		     pathf("\npid %s (actor) may be that one\n", number(kinds, 1)));
	cat_contains(AT("m/verdict"), pathf("\npid %s (actor) may be that one\n",
					    container_number(&other, kinds, 1)));
	actor_stop(&other);
	actor_stop(&actor);
	mount_stop(&mount);
}

/* Threads have numbers of their own in there, too. */
static void test_threads(void **state)
{
	char process[32];

	(void)state;
	container_start(&actor, &kinds[4], true, "threads", "t", "3");
	mount_container(&kinds[4], "max_age=0");
	snprintf(process, sizeof(process), "%s", number(&kinds[4], 1));
	count_becomes(AT("t/waiters"), 3);
	for (int i = 1; i <= 3; i++)
		cat_contains(AT("t/waiters"), pathf("(%d)\t0\tactor\t", actor.pids[1] + i));
	cat_contains(AT("t/waiters"), pathf("\n%s\t", process));
	comes_to_contain(AT("t/verdict"), pathf("pid %s (actor), thread ", process));
	actor_stop(&actor);
	mount_stop(&mount);
	/* Where the first thread has ended, the process is still called by its number. */
	container_start(&actor, &kinds[0], true, "leaderless", "t", "3");
	mount_container(&kinds[0], "max_age=0");
	count_becomes(AT("t/waiters"), 3);
	cat_contains(AT("t/holders"), pathf("\n%s\t", number(&kinds[0], 1)));
	actor_stop(&actor);
	mount_stop(&mount);
}

static void test_unlinked(void **state)
{
	const struct container_kind *const inner[] = {&kinds[0], &kinds[1]};
	_cleanup_free_ char *names = NULL;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		container_start(&actor, inner[i], true, "leak", "gone", "1");
		mount_container(inner[i], "max_age=0");
		free(names);
		names = list_names(AT(".pshmfs/unlinked"));
		assert_int_equal(strspn(names, "0123456789"), strlen(names) - 1);
		names[strlen(names) - 1] = '\0';
		cat_contains(AT(".pshmfs/unlinked/%s/holders", names),
			     pathf("\n%s\t", number(inner[i], 0)));
		if (sandbox_has_map_files())
			cat_contains(AT(".pshmfs/unlinked/%s/stat", names), "\nsize\t4096\n");
		actor_stop(&actor);
		mount_stop(&mount);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_kinds),   SANDBOXED(test_owner),    SANDBOXED(test_owner_twice),
		SANDBOXED(test_threads), SANDBOXED(test_unlinked),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
