/* SPDX-License-Identifier: MIT */
/* What of a diagnosis is told, in which order, how objects are called in it, and what is advised.
 */
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/diagnosis_report.h"
#include "core/layouts.h"
#include "tests/support.h"

#define SECOND INT64_C(1000000000)

static const struct process processes[] = {{.pid = 11, .comm = "one"}, {.pid = 12, .comm = "two"}};
static const struct thread threads[] = {{.process = 0, .tid = 11, .state = 'T'},
					{.process = 1, .tid = 12, .state = 'S'}};
static const struct waiter waiters[] = {{.process = 0, .tid = 11, .since = 0},
					{.process = 0, .tid = 11, .since = 5 * SECOND},
					{.process = 0, .tid = 11, .since = 0, .timed = true}};

static struct reason sleeps(size_t waiter)
{
	return (struct reason){.kind = REASON_SLEEPS,
			       .process = &processes[0],
			       .thread = &threads[0],
			       .waiter = &waiters[waiter]};
}

/* Worst first; of those that only wait, who has for long and without a timeout. */
static void test_order(void **state)
{
	struct reason reasons[] = {sleeps(1), sleeps(0), sleeps(0), sleeps(2), sleeps(1)};
	struct finding findings[] = {
		{.ino = 1, .verdict = VERDICT_WAITING, .first = 0, .n = 1},
		{.ino = 2, .verdict = VERDICT_WAITING, .first = 0, .n = 2},
		{.ino = 3, .verdict = VERDICT_ALONE, .first = 4, .n = 1},
		{.ino = 4, .verdict = VERDICT_WAITING, .first = 3, .n = 1},
		{.ino = 5, .verdict = VERDICT_OK},
		{.ino = 6, .verdict = VERDICT_BROKEN, .first = 4, .n = 1},
	};
	const struct diagnosis diagnosis = {
		.findings = findings, .reasons = reasons, .n_findings = 6, .now = 11 * SECOND};
	struct report report;

	(void)state;
	assert_int_equal(report_make(&diagnosis, &report), 0);
	assert_int_equal(report.n_findings, 2);
	assert_int_equal(report.n, 3);
	assert_int_equal(report.items[0]->ino, 6);
	assert_int_equal(report.items[1]->ino, 3);
	assert_int_equal(report.items[2]->ino, 2);
	report_deinit(&report);
}

static void called(const char *name, const char *field, uint64_t offset, const char *wanted)
{
	const struct diagnosis_object object = {.ino = 7, .name = name};
	const struct lock lock = {.offset = offset, .field = field};
	const struct finding finding = {
		.ino = 7, .offset = offset, .lock = field ? &lock : NULL, .object = &object};
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	finding_print_target(&finding, out);
	fclose(out);
	assert_string_equal(text, wanted);
}

/* One word for a shell, whatever its name is. */
static void test_targets(void **state)
{
	(void)state;
	called("sem.jobs", "sem", 0, "sem.jobs");
	called("x", "rsem", 32, "x:rsem");
	called("x", NULL, 64, "x:@64");
	called(NULL, "sem", 0, "unlinked/7:sem");
	called("a b", "rsem", 32, "$'a b':rsem");
	called("-x$(y)", "rsem", 32, "$'-x$(y)':rsem");
	called("it's\n\\", "rsem", 32, "$'it\\'s\\n\\\\':rsem");
	called("sem.jobs", "field of mine", 8, "sem.jobs:$'field of mine'");
}

/* The advice on a lock of this kind, for this word and these reasons besides who sleeps. */
static char *advice(enum verdict verdict, const struct lock *lock, const struct reason *more,
		    size_t n)
{
	static const struct diagnosis_object object = {.ino = 7, .name = "x"};
	struct reason reasons[4] = {sleeps(0)};
	struct finding findings[] = {
		{.ino = 7,
		 .lock = lock,
		 .object = &object,
		 .verdict = verdict,
		 .sleepers = 1,
		 .n = 1 + n},
		{.ino = 8, .object = &(const struct diagnosis_object){.ino = 8, .name = "other"}},
	};
	const struct diagnosis diagnosis = {.findings = findings, .reasons = reasons};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < n; i++)
		reasons[1 + i] = more[i];
	finding_advise(&diagnosis, findings, out);
	fclose(out);
	assert_null(strchr(text, '{'));
	return text;
}

static void advises(enum verdict verdict, const struct lock *lock, struct reason reason,
		    const char *part)
{
	_cleanup_free_ char *text = advice(verdict, lock, &reason, 1);

	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
}

static void test_advice(void **state)
{
	const struct lock_kind *sem = NULL, *mutex = NULL;
	const struct process frozen = {.pid = 12, .comm = "two", .frozen = true};
	const struct process traced = {.pid = 12, .comm = "two", .tracer = 99};
	const struct thread tracee = {.tid = 12, .state = 't'};
	struct reason two = {.process = &processes[1], .thread = &threads[1], .other = 1};
	struct lock semaphore, unshared, other;

	(void)state;
	for (size_t i = 0; i < n_lock_kinds; i++) {
		if (!sem && lock_kinds[i].type->abi)
			sem = &lock_kinds[i];
		if (strcmp(lock_kinds[i].name, "pthread_mutex_t") == 0)
			mutex = &lock_kinds[i];
	}
	semaphore = (struct lock){.kind = sem, .field = "wsem"};
	unshared = (struct lock){.kind = sem, .after.unshared = true};
	other = (struct lock){.kind = mutex};
#define WITH(k) (two.kind = (k), two)
	advises(VERDICT_BROKEN, &semaphore, WITH(REASON_VALUE_LEFT), "one more post wakes pid 11");
	advises(VERDICT_BROKEN, &unshared, WITH(REASON_VALUE_LEFT), "who sleeps: kill 11\n");
	advises(VERDICT_BROKEN, &other, WITH(REASON_RUINED), "(kill 11), remove x, and");
	advises(VERDICT_BROKEN, &other, WITH(REASON_OWNER_GONE), "PTHREAD_MUTEX_ROBUST");
	advises(VERDICT_STUCK, &semaphore, WITH(REASON_WAITS), "kill 11, or kill 12\nwhat it had");
	advises(VERDICT_STUCK, NULL, WITH(REASON_WAITS), "kill 11, or kill 12\nlater: ");
	advises(VERDICT_STUCK, &semaphore, WITH(REASON_MEMORY),
		"pid 12 (two) waits for: gdb -p 12 ");
	advises(VERDICT_STUCK, &semaphore, WITH(REASON_CHILD), "ps --ppid 12\n");
	advises(VERDICT_STUCK, &semaphore, WITH(REASON_NOBODY), "--release x:wsem\n");
	advises(VERDICT_STUCK, &unshared, WITH(REASON_NOBODY), "end who sleeps on it (kill 11)");
	advises(VERDICT_STOPPED, &semaphore, WITH(REASON_STOPPED), "kill -CONT 12\n");
	advises(VERDICT_STOPPED, &semaphore, WITH(REASON_WAITS), "when other does: who is stopped");
	advises(VERDICT_ALONE, &semaphore, WITH(REASON_NOBODY), "it has to open x\n");
	advises(VERDICT_ALONE, &semaphore, WITH(REASON_NOBODY), "--release x:wsem\n");
	advises(VERDICT_ALONE, &semaphore, WITH(REASON_WAITS), "when other does: see to that");
	advises(VERDICT_UNKNOWN, NULL, WITH(REASON_UNREAD), "sudo pshm_stuck\n");
	advises(VERDICT_UNKNOWN, NULL, WITH(REASON_HIDDEN), "kernel.yama.ptrace_scope=0\n");
	advises(VERDICT_WAITING, NULL, WITH(REASON_CAN), "what pid 12 (two) is doing: gdb -p 12");
	two.process = &frozen;
	advises(VERDICT_STOPPED, NULL, WITH(REASON_STOPPED), "cgroup of pid 12 (/proc/12/cgroup)");
	two.process = &traced;
	two.thread = &tracee;
	advises(VERDICT_STOPPED, NULL, WITH(REASON_STOPPED), "in its debugger, pid 99");
}

/* All of a circle have to end where a mutex is not robust, and stays locked. */
static void test_circle(void **state)
{
	const struct reason more[] = {
		{.kind = REASON_OWNER, .process = &processes[1], .thread = &threads[1], .tid = 12},
		{.kind = REASON_WAITS, .process = &processes[1], .thread = &threads[1], .other = 1},
	};
	const struct lock mutex = {.field = "m"}, robust = {.field = "m", .after.robust = true};
	char *text = advice(VERDICT_STUCK, &mutex, more, 2);

	(void)state;
	assert_non_null(strstr(text, "end them all (kill 11 12), and start anew\n"));
	free(text);
	text = advice(VERDICT_STUCK, &robust, more, 2);
	assert_non_null(strstr(text, "end one of them, whichever matters least: kill 11, or kill"));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
