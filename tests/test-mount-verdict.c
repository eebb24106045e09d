/* SPDX-License-Identifier: MIT */
/* Can they ever wake: real processes, before something goes wrong and after it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/crew.h"

/* A verdict that is about to come: its first line, within the time that tests wait. */
struct wish {
	const char *path, *word;
	char *text;
};

static bool is_so(void *data)
{
	struct wish *wish = data;
	const size_t length = strlen(wish->word);

	free(wish->text);
	assert_int_equal(read_file(wish->path, &wish->text, NULL), 0);
	return strncmp(wish->text, wish->word, length) == 0 && wish->text[length] == '\n';
}

/* What runs settles in a moment; then this is the verdict, and it has `part` in it. */
static void verdict_is(const char *path, const char *word, const char *part)
{
	struct wish wish = {.path = path, .word = word};

	if (!wait_until(DEADLINE_MS, is_so, &wish))
		fail_msg("%s is not %s but:\n%s", path, word, wish.text);
	if (!strstr(wish.text, part))
		fail_msg("%s has no \"%s\":\n%s", path, part, wish.text);
	free(wish.text);
}

static void cat_lacks(const char *path, const char *part)
{
	char *text;

	assert_int_equal(read_file(path, &text, NULL), 0);
	if (strstr(text, part))
		fail_msg("%s has \"%s\":\n%s", path, part, text);
	free(text);
}

static const char *pid_text(size_t member, const char *text)
{
	return pathf("pid %d (actor)%s", crew.pids[1 + member], text);
}

/* E01: the holder of a named semaphore is killed. */
static void test_killed_holder(void **state)
{
	(void)state;
	crew_begin("max_age=0", "3");
	told("0 sem /jobs 1", "done");
	told("0 wait /jobs", "done");
	told("1 sem /jobs 1", "done");
	told("1 wait /jobs", "asleep");
	verdict_is(AT("sem.jobs/verdict"), "waiting",
		   pid_text(0, " could release it: it is in read"));
	cat_equals(AT(".pshmfs/stuck"), "");
	told("0 kill", "done");
	verdict_is(AT("sem.jobs/verdict"), "alone",
		   pid_text(1, " sleeps on it, without a timeout"));
	cat_contains(AT("sem.jobs/verdict"), "by a process that opens sem.jobs");
	/* The mount has seen him before. */
	cat_contains(AT("sem.jobs/verdict"),
		     pathf("pid %d (actor) had it open, and has ended ~", crew.pids[1]));
	cat_contains(AT(".pshmfs/stuck"), pathf("pid %d (actor) had it open", crew.pids[1]));
	cat_contains(AT(".pshmfs/stuck"), "sem.jobs\talone\tsem\t");
	cat_contains(AT("sem.jobs/json"), "\"verdict\":{\"word\":\"alone\",\"reasons\":[\"");
	/* Somebody comes, and releases it. */
	told("2 sem /jobs 1", "done");
	verdict_is(AT("sem.jobs/verdict"), "waiting", pid_text(2, ""));
	told("2 post /jobs", "done");
	told("1 outcome", "done");
	verdict_is(AT("sem.jobs/verdict"), "ok", "nobody waits\n");
	/* Released in between: what was before is no evidence any more. */
	told("1 post /jobs", "done");
	verdict_is(AT("sem.jobs/verdict"), "ok", "nobody waits\n");
	told("2 wait /jobs", "done");
	told("1 wait /jobs", "asleep");
	told("2 kill", "done");
	verdict_is(AT("sem.jobs/verdict"), "alone",
		   pathf("pid %d (actor) had it open, and has ended ~", crew.pids[3]));
	cat_lacks(AT("sem.jobs/verdict"), pathf("pid %d (actor) had it", crew.pids[1]));
	crew_end();
}

/* E04: who has it is slow, or stopped, but there. */
static void test_slow_holder(void **state)
{
	(void)state;
	crew_begin("max_age=0", "2");
	told("0 sem /slow 1", "done");
	told("0 wait /slow", "done");
	told("1 sem /slow 1", "done");
	told("1 wait /slow", "asleep");
	for (int i = 0; i < 20; i++)
		verdict_is(AT("sem.slow/verdict"), "waiting", pid_text(0, " could release it"));
	told("0 stop", "done");
	verdict_is(AT("sem.slow/verdict"), "stopped",
		   pathf("is stopped: kill -CONT %d", crew.pids[1]));
	told("0 cont", "done");
	verdict_is(AT("sem.slow/verdict"), "waiting", pid_text(0, " could release it"));
	told("0 post /slow", "done");
	told("1 outcome", "done");
	verdict_is(AT("sem.slow/verdict"), "ok", "");
	crew_end();
}

/* E08: two semaphores in opposite order; then somebody else who has one of them. */
static void test_abba(void **state)
{
	(void)state;
	crew_begin("max_age=0", "3");
	for (int i = 0; i < 2; i++) {
		told(pathf("%d sem /A 1", i), "done");
		told(pathf("%d sem /B 1", i), "done");
	}
	told("0 wait /A", "done");
	told("1 wait /B", "done");
	verdict_is(AT("sem.A/verdict"), "ok", "");
	told("0 wait /B", "asleep");
	verdict_is(AT("sem.B/verdict"), "waiting", pid_text(1, " could release it"));
	told("1 wait /A", "asleep");
	verdict_is(AT("sem.A/verdict"), "stuck",
		   pid_text(0, " could release it, but sleeps on sem of sem.B"));
	verdict_is(AT("sem.B/verdict"), "stuck",
		   pid_text(1, " could release it, but sleeps on sem of sem.A"));
	told("2 sem /A 1", "done");
	verdict_is(AT("sem.A/verdict"), "waiting", pid_text(2, " could release it"));
	verdict_is(AT("sem.B/verdict"), "waiting", "");
	told("2 kill", "done");
	verdict_is(AT("sem.A/verdict"), "stuck", "");
	crew_end();
}

/* E09: no name at all, and the holder is killed. */
static void test_nameless(void **state)
{
	const char *verdict;

	(void)state;
	crew_begin("max_age=0", "3");
	for (int i = 0; i < 3; i++)
		told(pathf("%d sem /gone 1", i), "done");
	verdict = AT(".pshmfs/unlinked/%lu/verdict", (unsigned long)shm_ino("sem.gone"));
	assert_int_equal(unlink(shm_path("sem.gone")), 0);
	told("0 wait /gone", "done");
	told("1 wait /gone", "asleep");
	verdict_is(verdict, "waiting", pid_text(0, " could release it"));
	told("0 kill", "done");
	verdict_is(verdict, "waiting", pid_text(2, " could release it"));
	told("2 wait /gone", "asleep");
	verdict_is(verdict, "stuck", "nobody else has it open for writing");
	cat_contains(AT(".pshmfs/stuck"), sandbox_has_map_files() ? "\tstuck\tsem\t" : "\tstuck\t");
	crew_end();
}

/* E12: who polls leaves no trace in the semaphore; E13: the course's own program is killed. */
static void test_course(void **state)
{
	(void)state;
	crew_begin("max_age=0", "3");
	told("2 sem /poll 0", "done");
	told("2 poll /poll", "busy");
	cat_equals(AT("sem.poll/verdict"), "ok\nnobody waits\n");
	told("0 map /ctr 40", "done");
	told("0 init /ctr 0 1", "done");
	told("0 wait /ctr 0", "done");
	told("1 map /ctr 40", "done");
	told("1 wait /ctr 0", "asleep");
	verdict_is(AT("ctr/verdict"), "waiting", pid_text(0, " could release it"));
	told("0 kill", "done");
	verdict_is(AT("ctr/verdict"), "alone", "sem (sem_t): alone: ");
	/* All who slept are killed: they stay on record. */
	told("1 kill", "done");
	verdict_is(AT("ctr/verdict"), "ok", "nobody waits\n1 sleepers are on record, 0 are alive");
	crew_end();
}

/* E54: of a transfer pair the writer is killed. */
static void test_pair(void **state)
{
	(void)state;
	crew_begin("max_age=0", "2");
	for (int i = 0; i < 2; i++)
		told(pathf("%d map /x 1096", i), "done");
	told("0 init /x 0 1", "done");
	told("0 init /x 32 0", "done");
	told("0 wait /x 0", "done");
	told("1 wait /x 32", "asleep");
	verdict_is(AT("x/verdict"), "waiting", pid_text(0, " could release it"));
	told("0 kill", "done");
	verdict_is(AT("x/verdict"), "alone", "rsem (sem_t): alone: ");
	crew_end();
	assert_int_equal(unlink(shm_path("x")), 0);
}

/* E16: the owner of a mutex that no layout names is killed. E15: pshared 0. */
static void test_other_locks(void **state)
{
	(void)state;
	crew_begin("max_age=0", "3");
	for (int i = 0; i < 2; i++)
		told(pathf("%d map /m 4096", i), "done");
	told("0 mutex /m 192", "done");
	told("0 lock /m 192", "done");
	told("1 lock /m 192", "asleep");
	verdict_is(AT("m/verdict"), "waiting", pid_text(0, " owns it"));
	cat_contains(AT("m/verdict"), "@192 (pthread_mutex_t, inferred): waiting: ");
	cat_contains(AT("m/waiters"), "\t@192 (pthread_mutex_t, inferred)\t192\twait\t");
	told("0 kill", "done");
	verdict_is(AT("m/verdict"), "broken", pathf("thread %d owns it, and no", crew.pids[1]));
	told("2 map /p 4096", "done");
	told("2 init-private /p 64 0", "done");
	told("1 kill", "done");
	crew_end();
	crew_begin("max_age=0", "2");
	for (int i = 0; i < 2; i++)
		told(pathf("%d map /p 4096", i), "done");
	told("0 init-private /p 64 0", "done");
	told("1 wait /p 64", "asleep");
	verdict_is(AT("p/verdict"), "waiting", "pshared 0");
	told("0 post /p 64", "done");
	verdict_is(AT("p/verdict"), "broken", "its value is 1, and yet a thread sleeps on it");
	crew_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_killed_holder), SANDBOXED(test_slow_holder), SANDBOXED(test_abba),
		SANDBOXED(test_nameless),      SANDBOXED(test_course),      SANDBOXED(test_pair),
		SANDBOXED(test_other_locks),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
