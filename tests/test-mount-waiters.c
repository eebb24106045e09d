/* SPDX-License-Identifier: MIT */
/* The files `waiters` and FIELD_waiters: threads that sleep in an object, in every way. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"
#include "tests/tables.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)
#define WORD 8256 /* where the actor's threads sleep */

#define SEM "@8256 (sem_t, inferred)" /* what it is called where no layout names it */

/* What is told of each way to sleep; NULL: it is no sleep in the object. */
static const struct way {
	const char *name, *field, *operation, *timeout;
	unsigned offset;
	const char *more;
	unsigned more_at;
} ways[] = {
	{"sem", SEM, "wait", "none", WORD, NULL, 0},
	{"timed", SEM, "wait", "timed", WORD, NULL, 0},
	{"private-op", "-", "wait, private", "none", WORD, NULL, 0},
	{"futex2", "-", "wait", "none", WORD, NULL, 0},
	{"waitv", "-", "wait, 2 of 2", "none", WORD, NULL, 0},
	{"waitv-both", "-", "wait, 1 of 2", "none", WORD, "wait, 2 of 2", 8192 + 4096},
	{"pi", "@8256 (pthread_mutex_t, inferred)", "lock-pi", "none", WORD, NULL, 0},
	{"copy", NULL, NULL, NULL, 0, NULL, 0},
	{"own", NULL, NULL, NULL, 0, NULL, 0},
	{"anonymous", NULL, NULL, NULL, 0, NULL, 0},
	{"unmapped", NULL, NULL, NULL, 0, NULL, 0},
};

static const char *row_of(const struct way *way, pid_t pid)
{
	const char *first, *second = "";

	if (!way->operation)
		return "";
	first = pathf("%d\t%d\t0\t%s\t%s\t%u\t%s\t%s\tasleep\n", pid, pid, way->name, way->field,
		      way->offset, way->operation, way->timeout);
	if (way->more)
		second = waiter_row(pid, pid, way->name, "-", way->more_at, way->more);
	return pathf("%s%s", first, second);
}

static bool sleeps(void *data)
{
	_cleanup_free_ char *text = NULL;

	return read_file(pathf("/proc/%d/wchan", *(pid_t *)data), &text, NULL) == 0 &&
	       (strstr(text, "futex") || strstr(text, "rt_mutex"));
}

/* All that the table has; a private copy, own memory, a page that has gone are none of it (E52). */
static void test_ways(void **state)
{
	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct actor actor;

		if (!sandbox_has_sleep(ways[i].name))
			continue;
		print_message("%s\n", ways[i].name);
		actor_start(&actor, "sleep", "/x", ways[i].name);
		assert_true(wait_until(DEADLINE_MS, sleeps, &actor.pids[1]));
		waiters_become(AT("x/waiters"), row_of(&ways[i], actor.pids[1]));
		assert_true(table_count(AT("x/holders")) >= 1);
		assert_int_equal(table_count(AT(".pshmfs/waiters")), !ways[i].operation ? 0
								     : ways[i].more     ? 2
											: 1);
		actor_stop(&actor);
	}
	mount_stop(&mount);
}

/* An array that lies in the object is not read: that somebody sleeps is told, and no number. */
static void test_hidden_word(void **state)
{
	struct actor actor;
	pid_t pid;

	(void)state;
	mount_start(&mount, NULL, "layout=x=seqnum");
	actor_start(&actor, "sleep", "/x", "waitv-inside");
	pid = actor.pids[1];
	waiters_become(AT("x/waiters"),
		       pathf("%d\t%d\t0\twaitv-inside\t-\t-\tsleeps on a futex, address "
			     "unreadable\tnone\tasleep\n",
			     pid, pid));
	cat_fails(AT("x/sem_waiters"), EACCES);
	cat_contains(AT(".pshmfs/waiters"), pathf("\n-\t%d\t%d\t0\twaitv-inside\t", pid, pid));
	actor_stop(&actor);
	mount_stop(&mount);
}

/* A timed wait is another call after SIGSTOP and SIGCONT (219), and still that wait. */
static void test_stopped(void **state)
{
	const char *format = "%d\t%d\t0\ttimed\t" SEM "\t8256\twait\ttimed\t%s\n";
	struct actor actor;
	pid_t pid;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "sleep", "/x", "timed");
	pid = actor.pids[1];
	waiters_become(AT("x/waiters"),
		       pathf("%d\t%d\t0\ttimed\t" SEM "\t8256\twait\ttimed\tasleep\n", pid, pid));
	for (size_t i = 0; i < 2; i++) {
		kill(pid, SIGSTOP);
		waiters_become(AT("x/waiters"), pathf(format, pid, pid, "stopped"));
		kill(pid, SIGCONT);
		waiters_become(AT("x/waiters"), pathf(format, pid, pid, "asleep"));
	}
	actor_stop(&actor);
	mount_stop(&mount);
}

/* Three wait: the value is 0 and no less (E03). Killed, they are on record and not there (E01). */
static void test_killed(void **state)
{
	_cleanup_free_ char *rows = NULL;
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	actor_start(&actor, "sem-wait", "/jobs", "3");
	cat_equals(AT("sem.jobs/sem_value"), "0\n");
	cat_equals(AT("sem.jobs/sem_waiters"), "3\n");
	cat_equals(AT("sem.jobs/sem_nwaiters"), "3\n");
	rows = strdup(pathf("%s%s%s",
			    waiter_row(actor.pids[1], actor.pids[1], "actor", "sem", 0, "wait"),
			    waiter_row(actor.pids[2], actor.pids[2], "actor", "sem", 0, "wait"),
			    waiter_row(actor.pids[3], actor.pids[3], "actor", "sem", 0, "wait")));
	waiters_become(AT("sem.jobs/waiters"), rows);
	cat_contains(AT(".pshmfs/waiters"),
		     pathf("\nsem.jobs\t%d\t%d\t0\tactor\tsem\t0\twait\tnone\tasleep\t",
			   actor.pids[1], actor.pids[1]));
	cat_contains(AT("sem.jobs/json"),
		     pathf("\"waiters\":[{\"pid\":%d,\"tid\":%d,\"user\":0,\"command\":\"actor\","
			   "\"field\":\"sem\",\"offset\":0,\"operation\":\"wait\","
			   "\"timeout\":\"none\",\"state\":\"asleep\",\"since\":",
			   actor.pids[1], actor.pids[1]));
	assert_string_equal(actor_tell(&actor, "post"), "done");
	actor_tell(&actor, "await 1");
	cat_equals(AT("sem.jobs/sem_value"), "0\n");
	cat_equals(AT("sem.jobs/sem_waiters"), "2\n");
	actor_tell(&actor, "wait");
	actor_tell(&actor, "kill");
	cat_equals(AT("sem.jobs/sem_value"), "0\n");
	cat_equals(AT("sem.jobs/sem_waiters"), "0\n");
	cat_equals(AT("sem.jobs/sem_nwaiters"), "3\n");
	waiters_become(AT("sem.jobs/waiters"), "");
	assert_int_equal(table_count(AT("sem.jobs/holders")), 1);
	actor_stop(&actor);
	mount_stop(&mount);
}

/* A first thread that has ended hides nothing of the others, nor of what they hold (E11). */
static void test_leaderless(void **state)
{
	_cleanup_free_ char *rows = NULL;
	struct actor actor;
	pid_t pid;

	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	actor_start(&actor, "leaderless", "/zl", "3");
	pid = actor.pids[1];
	holders_become(AT("zl/holders"),
		       pathf("%d\t0\tactor\tzombie\tmapping\trw-s\t8192\t8192\t-\n", pid));
	cat_equals(pathf("/proc/%d/maps", pid), "");
	rows = list_names(pathf("/proc/%d/task", pid));
	count_becomes(AT("zl/waiters"), 3);
	for (char *at = rows, *tid; (tid = strsep(&at, "\n")) && *tid;)
		if (atoi(tid) != pid)
			cat_contains(AT("zl/waiters"), pathf("\n%d\t%s\t0\tactor\t" SEM
							     "\t8256\twait\tnone\tasleep\t",
							     pid, tid));
	/* Without a name, it is reached by another thread's entry. */
	free(rows);
	rows = strdup(pathf("%lu", (unsigned long)shm_ino("zl")));
	assert_int_equal(unlink(shm_path("zl")), 0);
	assert_int_equal(table_count(AT(".pshmfs/unlinked/%s/waiters", rows)), 3);
	assert_int_equal(table_count(AT(".pshmfs/unlinked/%s/holders", rows)), 1);
	actor_stop(&actor);
	mount_stop(&mount);
}

/* Who looks again and again leaves no trace but that it holds the object (E12). */
static const char poller[] = "import ctypes, os, sys, time\n"
			     "l = ctypes.CDLL(None)\n"
			     "l.sem_open.restype = ctypes.c_void_p\n"
			     "s = ctypes.c_void_p(l.sem_open(b'/poll', os.O_CREAT, 0o600, 0))\n"
			     "print('ready', flush=True)\n"
			     "while l.sem_trywait(s): time.sleep(.002)\n";

static void start_python(struct child *ret, const char *program)
{
	static const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_INHERIT};
	_cleanup_free_ char *line = NULL;

	child_start(ret, (const char *const[]){"python3", "-c", program, NULL}, &setup);
	line = child_line(ret->out);
	assert_non_null(line);
	assert_string_equal(line, "ready");
}

static void test_poller(void **state)
{
	struct child child;

	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	start_python(&child, poller);
	for (size_t i = 0; i < 50; i++) {
		cat_equals(AT("sem.poll/sem_value"), "0\n");
		cat_equals(AT("sem.poll/sem_waiters"), "0\n");
		waiters_become(AT("sem.poll/waiters"), "");
	}
	holders_become(AT("sem.poll/holders"),
		       pathf("%d\t0\tpython3\tsleeping\tmapping\trw-s\t0\t4096\t-\n", child.pid));
	child_kill(&child);
	mount_stop(&mount);
}

/* musl's operation and value are others, and so is its object (E50). */
static void test_musl(void **state)
{
	struct actor musl, glibc;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start_musl(&musl, "/mu", "1");
	actor_start(&glibc, "sem", "/mu", "1");
	waiters_become(AT("mu/waiters"),
		       waiter_row(musl.pids[1], musl.pids[1], "actor-musl", "sem", 0, "wait"));
	cat_becomes(AT("mu/sem_waiters"), "1\n");
	cat_equals(AT("mu/sem_value"), "0\n");
	cat_contains(AT("mu/layout"), "sem-musl\n");
	waiters_become(AT("sem.mu/waiters"), "");
	cat_becomes(AT("sem.mu/sem_waiters"), "0\n");
	actor_stop(&musl);
	actor_stop(&glibc);
	mount_stop(&mount);
}

/* The writer of a transfer is killed: its reader sleeps on the second semaphore (E54). */
static void test_transfer(void **state)
{
	static const struct child_setup setup = {STREAM_NULL, STREAM_PIPE, STREAM_NULL};
	struct actor writer;
	struct child reader;
	struct result result;

	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	actor_start(&writer, "xfr", "/pshm_xfr");
	child_start(&reader, (const char *const[]){program("pshm_xfr_reader"), NULL}, &setup);
	waiters_become(AT("pshm_xfr/waiters"),
		       waiter_row(reader.pid, reader.pid, "pshm_xfr_reader", "rsem", 32, "wait"));
	cat_equals(AT("pshm_xfr/rsem_waiters"), "1\n");
	cat_equals(AT("pshm_xfr/wsem_waiters"), "0\n");
	cat_equals(AT("pshm_xfr/wsem_value"), "1\n");
	cat_equals(AT("pshm_xfr/rsem_value"), "0\n");
	/* Our reader finds out that its writer is gone. */
	actor_kill(&writer);
	child_finish(&reader, &result);
	assert_int_equal(result.status, 1);
	result_deinit(&result);
	holders_become(AT(".pshmfs/holders"), "");
	mount_stop(&mount);
}

/* Very many threads of one process, each one a waiter, and each once. */
static void test_many(void **state)
{
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "threads", "/x", "500");
	count_becomes(AT("x/waiters"), 500);
	count_becomes(AT(".pshmfs/waiters"), 500);
	assert_int_equal(table_count(AT("x/holders")), 1);
	actor_stop(&actor);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_ways),   SANDBOXED(test_hidden_word), SANDBOXED(test_stopped),
		SANDBOXED(test_killed), SANDBOXED(test_leaderless),  SANDBOXED(test_poller),
		SANDBOXED(test_musl),   SANDBOXED(test_transfer),    SANDBOXED(test_many),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
