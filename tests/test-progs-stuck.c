/* SPDX-License-Identifier: MIT */
/* pshm_stuck: what it says of real processes, in which words, and with which exit status. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/stuck.h"

#define USER 1234

static void test_quiet(void **state)
{
	(void)state;
	expect_run(0, "nothing is stuck: 0 objects, 0 threads wait\n", "", "pshm_stuck");
	put_sem("jobs", 1);
	expect_run(0, "nothing is stuck: 1 object, 0 threads wait\n", "", "pshm_stuck");
	expect_run(0, "nothing is stuck: 1 object, 0 threads wait\n", "", "pshm_stuck", "/jobs");
	expect_run(0,
		   "{\"findings\":[],\"waits\":[],\"objects\":1,\"threads\":0,\"unseen\":{"
		   "\"denied\":[],\"unfinished\":0,\"hidden\":false}}\n",
		   "", "pshm_stuck", "-J");
	begin_jobs("2");
	says(0, "nothing is stuck: 1 object, 1 thread waits\n", "jobs");
	actor_stop(&crew);
}

static void test_alone(void **state)
{
	const char *out;

	(void)state;
	begin_jobs("2");
	told("0 kill", "done");
	out = says(1, "sem.jobs: sem (sem_t): alone: ", NULL);
	contains(out,
		 pathf("  why  pid %d (actor) sleeps on it, without a timeout, for ", pid_of(1)));
	contains(out, "  do   has whoever is to release it not come yet?");
	contains(out,
		 pathf("which wakes pid %d (actor): pshm_stuck --release sem.jobs\n", pid_of(1)));
	contains(out, "\n1 alone, 1 object, 1 thread waits\n");
	told("1 kill", "done");
	says(0, "nothing is stuck", "sem.jobs");
	actor_stop(&crew);
}

static void test_circle(void **state)
{
	const char *out;

	(void)state;
	actor_start(&crew, "crew", "2");
	for (int i = 0; i < 2; i++) {
		told(pathf("%d sem /A 1", i), "done");
		told(pathf("%d sem /B 1", i), "done");
	}
	told("0 wait /A", "done");
	told("1 wait /B", "done");
	told("0 wait /B", "asleep");
	says(0, "nothing is stuck: 2 objects, 1 thread waits\n", NULL);
	told("1 wait /A", "asleep");
	out = says(1, "2 stuck, 2 objects, 2 threads wait\n", NULL);
	contains(out, "sem.A: sem (sem_t): stuck: ");
	contains(out, "sem.B: sem (sem_t): stuck: ");
	contains(out,
		 pathf("whichever matters least: kill %d, or kill %d\n", pid_of(1), pid_of(0)));
	contains(out, "in the same order everywhere\n");
	/* Of one that was asked about, only that. */
	out = says(1, "sem.B: sem", "/B");
	assert_null(strstr(out, "sem.A: "));
	contains(out, "\n1 stuck, 1 object, 1 thread waits\n");
	/* End one of them, and then release what it had. */
	told("0 kill", "done");
	says(1, "pshm_stuck --release sem.A\n", NULL);
	says(0, "is now: ok", "--release", "A", "--yes");
	told("1 outcome", "done");
	actor_stop(&crew);
}

/* Without a name it is called by its number, everywhere. */
static void test_nameless(void **state)
{
	const char *target;
	uint64_t ino;

	(void)state;
	begin_jobs("2");
	ino = shm_ino("sem.jobs");
	target = pathf("unlinked/%lu", (unsigned long)ino);
	assert_int_equal(unlink(shm_path("sem.jobs")), 0);
	told("0 kill", "done");
	if (sandbox_has_map_files()) {
		says(1, pathf("pshm_stuck --release %s:sem\n", target), NULL);
		says(1, pathf("%s, which was \"sem.", target), target);
		says(0, "is now: ok", "--release", pathf("%s:sem", target), "--yes");
		told("1 outcome", "done");
	} else {
		says(1, pathf("%s, which was \"sem.", target), target);
	}
	expect_run(3, "", "unlinked/99: No such file or directory\n", "pshm_stuck", "unlinked/99");
	actor_stop(&crew);
}

static void test_stopped(void **state)
{
	const char *out;

	(void)state;
	begin_jobs("2");
	told("0 stop", "done");
	out = says(1, "sem.jobs: sem (sem_t): stopped: ", NULL);
	contains(out, pathf("  do   let it go on: kill -CONT %d\n", pid_of(0)));
	expect_run(1, "",
		   "jobs: it is stopped, and only what is stuck or alone is released: nothing was "
		   "changed\n",
		   "pshm_stuck", "--release", "jobs", "--yes");
	told("0 cont", "done");
	says(0, "nothing is stuck", NULL);
	actor_stop(&crew);
}

static void test_broken(void **state)
{
	const char *out;

	(void)state;
	actor_start(&crew, "crew", "2");
	for (int i = 0; i < 2; i++)
		told(pathf("%d map /m 4096", i), "done");
	told("0 mutex /m 192", "done");
	told("0 lock /m 192", "done");
	told("1 lock /m 192", "asleep");
	says(0, "nothing is stuck", NULL);
	told("0 kill", "done");
	out = says(1, "m: @192 (pthread_mutex_t, inferred): broken: ", NULL);
	contains(out, pathf("end who sleeps on it (kill %d), remove m, and", pid_of(1)));
	contains(out, "PTHREAD_MUTEX_ROBUST\n");
	expect_run(1, "", "m: pthread_mutex_t is no semaphore", "pshm_stuck", "--release", "m",
		   "--yes");
	expect_run(1, "", "m:@192: pthread_mutex_t is no semaphore", "pshm_stuck", "--release",
		   "m:@192", "--yes");
	actor_stop(&crew);
}

/* Who may not be looked at might release it; as root one sees that he could. */
static void test_user(void **state)
{
	static const char *const all[] = {NULL};
	const struct child_setup setup = {.out = STREAM_NULL, .err = STREAM_NULL, .user = USER};
	struct child sleeper;

	(void)state;
	if (!sandbox_has_user(USER))
		return;
	actor_start(&crew, "crew", "1");
	told("0 sem /jobs 0", "done");
	says_argv(USER, 0, "nothing is stuck: 1 object, 0 threads wait\n", all);
	assert_int_equal(chmod(shm_path("sem.jobs"), 0666), 0);
	start(&sleeper, &setup, "psem_wait", "/jobs");
	wait_for_sleeper("sem.jobs", 0);
	contains(says_argv(USER, 3, "sem.jobs: sem (sem_t): unknown: ", all),
		 "look as root, who may see all: sudo pshm_stuck\n");
	says(0, "nothing is stuck", NULL);
	/* His own, which root has no business with. */
	assert_int_equal(chmod(shm_path("sem.jobs"), 0600), 0);
	assert_int_equal(chown(shm_path("sem.jobs"), USER, USER), 0);
	told("0 kill", "done");
	says_argv(USER, 1, "sem.jobs: sem (sem_t): alone: ", all);
	says_argv(USER, 0, "is now: ok", (const char *const[]){"--release", "jobs", "--yes", NULL});
	child_finish(&sleeper, NULL);
	actor_stop(&crew);
}

static void test_unseen(void **state)
{
	const struct child_setup setup = {.out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = USER};
	struct child child;

	(void)state;
	start(&child, &setup, "pshm_stuck");
	expect_end(&child, 0, "nothing is stuck: 0 objects, 0 threads wait\n",
		   " could not be looked at");
}

static void test_json(void **state)
{
	struct result result;

	(void)state;
	begin_jobs("2");
	told("0 kill", "done");
	says(1, "alone", NULL);
	run(&result, "python3", "-c",
	    "import json, subprocess, sys\n"
	    "done = subprocess.run([sys.argv[1], '-J', 'jobs'], stdout=-1)\n"
	    "assert done.returncode == 1, done\n"
	    "top = json.loads(done.stdout)\n"
	    "assert list(top) == ['findings', 'waits', 'objects', 'threads', 'unseen'], top\n"
	    "assert (top['objects'], top['threads'], top['waits']) == (1, 1, []), top\n"
	    "[f] = top['findings']\n"
	    "assert f['object'] == 'sem.jobs' and f['offset'] == 0 and f['sleepers'] == 1, f\n"
	    "assert f['lock'] == 'sem_t' and f['field'] == 'sem' and f['word'] == 'alone', f\n"
	    "assert f['inode'] == int(sys.argv[2]), f\n"
	    "assert f['reasons'][0].startswith('pid %s ' % sys.argv[3]), f\n"
	    "assert any('--release sem.jobs' in line for line in f['advice']), f\n",
	    program("pshm_stuck"), pathf("%lu", (unsigned long)shm_ino("sem.jobs")),
	    pathf("%d", pid_of(1)));
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	actor_stop(&crew);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text++;
	}
	return n;
}

/* Each finding once, although it is looked at more often; who has vanished; back again; the end. */
static void test_watch(void **state)
{
	struct child watch;
	struct result result;

	(void)state;
	begin_jobs("4");
	start(&watch, NULL, "pshm_stuck", "-w", "1");
	/* It has looked, and seen who has it, when it has seen the one that is stuck. */
	told("2 sem /first 0", "done");
	told("2 wait /first", "asleep");
	stream_comes_to_say(watch.out, " sem.first: sem (sem_t): alone: ");
	told("0 kill", "done");
	stream_comes_to_say(watch.out, " sem.jobs: sem (sem_t): alone: ");
	stream_comes_to_say(watch.out,
			    pathf("pid %d (actor) had it open, and has ended ~", pid_of(0)));
	/* A look later it is said no second time; another word is. */
	told("3 sem /first 0", "done");
	stream_comes_to_say(watch.err, "pshm_stuck: sem.first: no longer alone\n");
	told("3 stop", "done");
	stream_comes_to_say(watch.out, " sem.first: sem (sem_t): stopped: ");
	told("3 kill", "done");
	stream_comes_to_say(watch.out, pathf("pid %d (actor) had it open", pid_of(3)));
	assert_int_equal(kill(watch.pid, SIGTERM), 0);
	child_finish(&watch, &result);
	assert_int_equal(result.status, 1);
	assert_int_equal(count(result.out, " sem.jobs: "), 1);
	assert_int_equal(count(result.out, " sem.first: "), 3);
	assert_int_equal(count(result.out, "nothing is stuck"), 0);
	result_deinit(&result);
	actor_stop(&crew);
}

static void test_watch_end(void **state)
{
	struct child watch;
	struct result result;

	(void)state;
	begin_jobs("2");
	start(&watch, NULL, "pshm_stuck", "-J", "-w1");
	told("0 kill", "done");
	stream_comes_to_say(watch.out, "\"word\":\"alone\"");
	told("1 kill", "done");
	stream_comes_to_say(watch.err, "pshm_stuck: sem.jobs: no longer alone\n");
	assert_int_equal(kill(watch.pid, SIGINT), 0);
	child_finish(&watch, &result);
	assert_int_equal(result.status, 0);
	assert_int_equal(count(result.out, "\n"), 1);
	assert_int_equal(count(result.out, "\"time\":\""), 1);
	result_deinit(&result);
	actor_stop(&crew);
}

/* Another machine's folder, as a container's is. */
static void test_folder(void **state)
{
	static const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_INHERIT};
	_cleanup_free_ char *line = NULL;
	const char *folder;
	struct child child;

	(void)state;
	child_start(&child,
		    (const char *const[]){"unshare", "-m", "--propagation", "unchanged", "sh", "-c",
					  "mount -t tmpfs tmpfs /dev/shm && \"$0/psem_create\" -c "
					  "/theirs && echo ready && exec \"$0/psem_wait\" /theirs",
					  pathf("%s/progs", getenv("PSHM_BUILD")), NULL},
		    &setup);
	line = child_line(child.out);
	assert_non_null(line);
	folder = pathf("/proc/%d/root/dev/shm", child.pid);
	says(1, "sem.theirs: sem (sem_t): alone: ", "--shm", folder);
	expect_run(0, "nothing is stuck: 0 objects, 0 threads wait\n", "", "pshm_stuck");
	says(0, "is now: ok", "--shm", folder, "--release", "theirs", "--yes");
	child_finish(&child, NULL);
	expect_run(3, "", "/nowhere: No such file or directory\n", "pshm_stuck", "--shm=/nowhere");
}

static void test_missing(void **state)
{
	(void)state;
	put_sem("jobs", 1);
	expect_run(3, "", "pshm_stuck: none: No such file or directory\n", "pshm_stuck", "none");
	expect_run(3, "nothing is stuck: 1 object, 0 threads wait\n",
		   "pshm_stuck: none: No such file or directory\n", "pshm_stuck", "none", "jobs");
	expect_run(2, "", "\"0\": not within 1 to", "pshm_stuck", "-w", "0");
	expect_run(2, "", "\"x\": not a number", "pshm_stuck", "-wx");
	expect_run(2, "", "--yes", "pshm_stuck", "--yes");
	expect_run(2, "", "--release: one object", "pshm_stuck", "--release", "jobs", "jobs");
	expect_run(2, "", "--release: one object", "pshm_stuck", "--release", "jobs", "-J");
	expect_run(2, "", "slash", "pshm_stuck", "a/b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_quiet),    SANDBOXED(test_alone),     SANDBOXED(test_circle),
		SANDBOXED(test_nameless), SANDBOXED(test_stopped),   SANDBOXED(test_broken),
		SANDBOXED(test_user),     SANDBOXED(test_unseen),    SANDBOXED(test_json),
		SANDBOXED(test_watch),    SANDBOXED(test_watch_end), SANDBOXED(test_folder),
		SANDBOXED(test_missing),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
