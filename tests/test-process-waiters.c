/* SPDX-License-Identifier: MIT */
/* Who sleeps in objects: every way to sleep, of real threads, by this kernel's ways and by others'.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support.h"

#define WORD 8256 /* where the actor's threads sleep: the object's third page */

struct way {
	const char *name;
	enum waiter_place place;
	uint32_t op;
	bool timed;
	unsigned word, n_words;
};

static const struct way ways[] = {
	{"sem", WAITER_OBJECT, 0x109, false, 0, 1},
	{"timed", WAITER_OBJECT, 0x109, true, 0, 1},
	{"private-op", WAITER_OBJECT, 0x80, false, 0, 1},
	{"futex2", WAITER_OBJECT, 0x9, false, 0, 1},
	{"pi", WAITER_OBJECT, FUTEX_LOCK_PI, false, 0, 1},
	{"copy", WAITER_COPY, 0x109, false, 0, 1},
	{"own", WAITER_MEMORY, 0, false, 0, 1},
	{"anonymous", WAITER_ELSEWHERE, 0, false, 0, 1},
	{"waitv-inside", WAITER_UNKNOWN, 0x9, false, 0, 1},
};

static void is_waiter(const struct snapshot *snapshot, const struct waiter *waiter,
		      const struct way *way)
{
	assert_non_null(waiter);
	assert_int_equal(waiter->place, way->place);
	assert_int_equal(waiter->state, WAITER_ASLEEP);
	assert_int_equal(waiter->op, way->op);
	assert_int_equal(waiter->timed, way->timed);
	assert_int_equal(waiter->word, way->word);
	assert_int_equal(waiter->n_words, way->n_words);
	assert_int_equal(snapshot->processes[waiter->process].pid, waiter->tid);
	assert_string_equal(waiter->comm, way->name);
	if (way->place != WAITER_OBJECT && way->place != WAITER_COPY)
		return;
	assert_int_equal(waiter->dev, shm_dev());
	assert_int_equal(waiter->ino, shm_ino("x"));
	assert_int_equal(waiter->offset, WORD);
}

static void test_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct snapshot snapshot;
		struct actor actor;

		if (!sandbox_has_sleep(ways[i].name))
			continue;
		print_message("%s\n", ways[i].name);
		actor_start(&actor, "sleep", "/x", ways[i].name);
		look_for_waiter(actor.pids[1], WAITER_ASLEEP, &snapshot);
		is_waiter(&snapshot, find_waiter(&snapshot, actor.pids[1]), &ways[i]);
		snapshot_deinit(&snapshot);
		actor_stop(&actor);
	}
}

/* Two words at once: a private one, and one in the object. */
static void test_waitv(void **state)
{
	static const struct way own = {"waitv", WAITER_MEMORY, 0x89, false, 0, 2};
	static const struct way object = {"waitv", WAITER_OBJECT, 0x9, false, 1, 2};
	struct snapshot snapshot;
	const struct waiter *first;
	struct actor actor;

	(void)state;
	actor_start(&actor, "sleep", "/x", "waitv");
	look_for_waiter(actor.pids[1], WAITER_ASLEEP, &snapshot);
	assert_int_equal(snapshot.n_waiters, 2);
	first = find_waiter(&snapshot, actor.pids[1]);
	is_waiter(&snapshot, first, &own);
	is_waiter(&snapshot, first + 1, &object);
	snapshot_deinit(&snapshot);
	actor_stop(&actor);
}

static bool is_unmapped(void *data)
{
	const struct waiter *waiter;
	struct snapshot snapshot;
	bool yes;

	look(NULL, &snapshot);
	waiter = find_waiter(&snapshot, *(pid_t *)data);
	yes = waiter && waiter->place == WAITER_UNMAPPED;
	snapshot_deinit(&snapshot);
	return yes;
}

/* It sleeps on, though its page has gone; another page of the object keeps the process a holder. */
static void test_unmapped(void **state)
{
	struct actor actor;

	(void)state;
	actor_start(&actor, "sleep", "/x", "unmapped");
	assert_true(wait_until(DEADLINE_MS, is_unmapped, &actor.pids[1]));
	actor_stop(&actor);
}

static void cat_syscall(pid_t pid, const char *beginning)
{
	char *text = NULL;

	assert_int_equal(read_file(pathf("/proc/%d/syscall", pid), &text, NULL), 0);
	assert_int_equal(strncmp(text, beginning, strlen(beginning)), 0);
	free(text);
}

static void is_timed(pid_t pid, enum waiter_state waited_for)
{
	static const struct way timed = {"timed", WAITER_OBJECT, 0x109, true, 0, 1};
	struct snapshot snapshot;
	struct waiter waiter;

	look_for_waiter(pid, waited_for, &snapshot);
	waiter = *find_waiter(&snapshot, pid);
	waiter.state = WAITER_ASLEEP;
	is_waiter(&snapshot, &waiter, &timed);
	snapshot_deinit(&snapshot);
}

/* A timed wait is another call after SIGSTOP and SIGCONT (219), with the same arguments. */
static void test_stopped(void **state)
{
	struct snapshot snapshot;
	struct actor actor;

	(void)state;
	actor_start(&actor, "sleep", "/x", "timed");
	is_timed(actor.pids[1], WAITER_ASLEEP);
	for (size_t i = 0; i < 3; i++) {
		kill(actor.pids[1], SIGSTOP);
		is_timed(actor.pids[1], WAITER_STOPPED);
		look(NULL, &snapshot);
		assert_int_equal(find_process(&snapshot, actor.pids[1])->state, 'T');
		snapshot_deinit(&snapshot);
		kill(actor.pids[1], SIGCONT);
		is_timed(actor.pids[1], WAITER_ASLEEP);
	}
#ifdef __x86_64__
	cat_syscall(actor.pids[1], "219 ");
#endif
	actor_stop(&actor);
}

static size_t count_waiters(const struct snapshot *snapshot, uint64_t ino, uint64_t offset)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot->n_waiters; i++) {
		const struct waiter *waiter = &snapshot->waiters[i];

		n += waiter->place == WAITER_OBJECT && waiter->ino == ino &&
		     waiter->offset == offset && waiter->state == WAITER_ASLEEP;
	}
	return n;
}

struct crowd {
	size_t wanted;
	struct snapshot *snapshot;
};

static bool is_crowd(void *data)
{
	struct crowd *crowd = data;

	snapshot_deinit(crowd->snapshot);
	look(NULL, crowd->snapshot);
	return count_waiters(crowd->snapshot, shm_ino("x"), WORD) == crowd->wanted;
}

static void look_for_crowd(size_t n, struct snapshot *ret)
{
	struct crowd crowd = {n, ret};

	*ret = (struct snapshot){0};
	assert_true(wait_until(DEADLINE_MS, is_crowd, &crowd));
}

static void test_threads(void **state)
{
	struct snapshot snapshot;
	struct actor actor;

	(void)state;
	actor_start(&actor, "threads", "/x", "300");
	look_for_crowd(300, &snapshot);
	assert_int_equal(snapshot.n_threads, 301);
	for (size_t i = 0; i < snapshot.n_threads; i++) {
		assert_int_equal(snapshot.threads[i].state, 'S');
		assert_true(snapshot.threads[i].runs > 0);
	}
	snapshot_deinit(&snapshot);
	actor_stop(&actor);
}

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool is_zombie(void *data)
{
	char *text = NULL;
	bool yes = read_file(pathf("/proc/%d/stat", *(pid_t *)data), &text, NULL) == 0 &&
		   strstr(text, ") Z ");

	free(text);
	return yes;
}

/* Whatever there is time for is right; of the rest it is said how much it is. */
static void test_deadline(void **state)
{
	struct snapshot_question question = question_open();
	struct snapshot snapshot;
	struct actor actor;
	bool finished = false;

	(void)state;
	actor_start(&actor, "threads", "/x", "300");
	look_for_crowd(300, &snapshot);
	for (int64_t us = 1; !finished; us += us / 2 + 50) {
		const struct process *process;

		snapshot_deinit(&snapshot);
		question.deadline = monotonic() + us * 1000;
		assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
		process = find_process(&snapshot, actor.pids[1]);
		finished = process && !process->error;
		assert_true(!process || !process->error || process->error == -ETIMEDOUT);
		assert_true(finished || snapshot.n_unfinished > 0 || (process && process->cut));
		assert_int_equal(snapshot.n_cut, process && process->cut);
		assert_int_equal(snapshot.n_denied, 0);
	}
	assert_int_equal(snapshot.n_waiters, 300);
	snapshot_deinit(&snapshot);
	question_close(&question);
	actor_stop(&actor);
}

/* Its first thread has ended: /proc/PID/maps is empty, and lsof and fuser miss it. */
static void test_leaderless(void **state)
{
	const struct process *process;
	struct snapshot snapshot;
	struct actor actor;

	(void)state;
	actor_start(&actor, "leaderless", "/x", "3");
	assert_true(wait_until(DEADLINE_MS, is_zombie, &actor.pids[1]));
	look_for_crowd(3, &snapshot);
	process = find_process(&snapshot, actor.pids[1]);
	assert_non_null(process);
	assert_int_equal(process->state, 'Z');
	assert_int_not_equal(process->reader, process->pid);
	assert_int_equal(process->error, 0);
	assert_int_equal(snapshot.n_threads, 3);
	assert_int_equal(count_holders(&snapshot, actor.pids[1]), 1);
	snapshot_deinit(&snapshot);
	actor_stop(&actor);
}

/* glibc links a temporary file: in the creator's maps it has another name, "(deleted)". */
static void test_named_semaphore(void **state)
{
	struct snapshot snapshot;
	struct actor actor;
	uint64_t ino;

	(void)state;
	actor_start(&actor, "sem-wait", "/s", "3");
	cat_contains(pathf("/proc/%d/maps", actor.pids[0]), " (deleted)");
	ino = shm_ino("sem.s");
	look(NULL, &snapshot);
	assert_int_equal(snapshot.n_holders, 4);
	assert_int_equal(count_waiters(&snapshot, ino, 0), 3);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(snapshot.holders[i].ino, ino);
	snapshot_deinit(&snapshot);
	/* Without a name it is the same object. */
	assert_int_equal(unlink(shm_path("sem.s")), 0);
	look(NULL, &snapshot);
	assert_int_equal(snapshot.n_holders, 4);
	assert_int_equal(count_waiters(&snapshot, ino, 0), 3);
	snapshot_deinit(&snapshot);
	/* Killed sleepers are gone at once, whatever the semaphore's bytes say. */
	actor_tell(&actor, "kill");
	look(NULL, &snapshot);
	assert_int_equal(snapshot.n_holders, 1);
	assert_int_equal(snapshot.n_waiters, 0);
	snapshot_deinit(&snapshot);
	actor_stop(&actor);
}

/* To ask each CPU for its clock, the engine goes there, and comes back. */
static void test_affinity(void **state)
{
	cpu_set_t before, after;
	struct snapshot snapshot;
	struct actor actor;

	(void)state;
	actor_start(&actor, "threads", "/x", "20");
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	look_for_crowd(20, &snapshot);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	snapshot_deinit(&snapshot);
	actor_stop(&actor);
}

static void test_since(void **state)
{
	struct snapshot first, snapshot;
	struct since_table *since;
	struct actor actor, later;
	struct waiter waiter;

	(void)state;
	assert_int_equal(since_table_new(&since), 0);
	actor_start(&actor, "sem-wait", "/s", "1");
	look(since, &first);
	waiter = *find_waiter(&first, actor.pids[1]);
	assert_true(waiter.since_about);
	assert_true(waiter.since > first.begun - 60000000000 && waiter.since <= first.ended);
	actor_start(&later, "sem-wait", "/later", "1");
	look(since, &snapshot);
	snapshot_deinit(&snapshot);
	look(since, &snapshot);
	/* The same sleep, by the third look remembered with all there is of it; and one whose begin
	 * was watched. */
	assert_int_equal(find_waiter(&snapshot, actor.pids[1])->since, waiter.since);
	assert_int_equal(find_waiter(&snapshot, actor.pids[1])->runs, waiter.runs);
	assert_int_equal(find_waiter(&snapshot, actor.pids[1])->op, waiter.op);
	assert_int_equal(find_waiter(&snapshot, actor.pids[1])->address, waiter.address);
	assert_true(find_waiter(&snapshot, actor.pids[1])->since_about);
	assert_false(find_waiter(&snapshot, later.pids[1])->since_about);
	assert_true(find_waiter(&snapshot, later.pids[1])->since >= first.begun);
	snapshot_deinit(&first);
	snapshot_deinit(&snapshot);
	since_table_free(since);
	actor_stop(&actor);
	actor_stop(&later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_ways),       SANDBOXED(test_waitv),
		SANDBOXED(test_unmapped),   SANDBOXED(test_stopped),
		SANDBOXED(test_threads),    SANDBOXED(test_deadline),
		SANDBOXED(test_leaderless), SANDBOXED(test_named_semaphore),
		SANDBOXED(test_since),      SANDBOXED(test_affinity),
	};
	int r;

	sandbox_enter();
	r = cmocka_run_group_tests_name("this kernel's ways", tests, shm_folder_setup, NULL);
	look_flags = LOOK_OTHERS;
	return r + cmocka_run_group_tests_name("others' ways", tests, shm_folder_setup, NULL);
}
