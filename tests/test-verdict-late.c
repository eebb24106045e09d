/* SPDX-License-Identifier: MIT */
/* Verdicts for which there is too little time: the objects are read until it is over. */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/verdict.h"
#include "tests/progs.h"
#include "tests/support.h"

#define FILLERS 200
#define SIZE 4096

/* Has both; sleeps on this one. */
static pid_t start_sleeper(sem_t *sem)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		sem_wait(sem);
}

struct circle {
	uint64_t inos[2];
	pid_t pids[2];
	unsigned read, unread, unread_again; /* looks, by what there was time for */
};

/* Two that wait for each other, in the two objects that are read last: the newest ones. */
static void circle_start(struct circle *ret)
{
	sem_t *one, *other;

	*ret = (struct circle){.read = 0};
	for (unsigned i = 0; i < FILLERS; i++)
		map_new_object(pathf("/filler%u", i), SIZE);
	one = map_new_object("/one", SIZE);
	other = map_new_object("/other", SIZE);
	sem_init(one, 1, 0);
	sem_init(other, 1, 0);
	ret->inos[0] = shm_ino("one");
	ret->inos[1] = shm_ino("other");
	ret->pids[0] = start_sleeper(one);
	ret->pids[1] = start_sleeper(other);
}

static bool is_stuck(void *data)
{
	const struct circle *circle = data;
	struct verdicts verdicts;
	bool stuck;

	judge_real(0, &verdicts);
	stuck = diagnosis_verdict(&verdicts.diagnosis, circle->inos[0]) == VERDICT_STUCK &&
		diagnosis_verdict(&verdicts.diagnosis, circle->inos[1]) == VERDICT_STUCK;
	verdicts_deinit(&verdicts);
	return stuck;
}

static void judge_until(int64_t ns, struct verdicts *ret)
{
	const pid_t self = getpid();
	struct verdict_question question = {.look = question_open(), .dirfd = shm_folder()};

	question.look.except = &self;
	question.look.n_except = 1;
	question.look.deadline = clock_read(CLOCK_MONOTONIC) + ns;
	assert_int_equal(verdicts_take(&question, NULL, ret), 0);
	question_close(&question.look);
}

/* Both looks were whole: then it depends on the objects alone. */
static void check_verdicts(struct circle *circle, const struct verdicts *verdicts)
{
	const struct diagnosis_object *last =
		diagnosis_object_find(verdicts->objects, verdicts->n_objects, circle->inos[1]);
	const bool late = !last || last->late;

	for (unsigned i = 0; i < 2; i++) {
		const enum verdict said = diagnosis_verdict(&verdicts->diagnosis, circle->inos[i]);

		if (said != (late ? VERDICT_UNKNOWN : VERDICT_STUCK)) {
			diagnosis_print(&verdicts->diagnosis, circle->inos[i], stderr);
			fail_msg("it is %s", verdict_word(said));
		}
	}
	circle->read += !late;
	circle->unread += !last;
	circle->unread_again += last && last->late;
}

/* More and more time, until it is enough; was it sometimes enough for a part of the objects? */
static bool has_all(void *data)
{
	struct circle *circle = data;
	struct verdicts verdicts;

	circle->read = 0;
	for (int64_t us = 500; !circle->read; us += us / 5) {
		judge_until(us * 1000, &verdicts);
		if (!snapshot_unfinished(&verdicts.before, 0) &&
		    !snapshot_unfinished(&verdicts.after, 0))
			check_verdicts(circle, &verdicts);
		verdicts_deinit(&verdicts);
	}
	return circle->unread && circle->unread_again;
}

/* An object that was not read, or not again, is unknown, never stuck. */
static void test_objects(void **state)
{
	struct circle circle;

	(void)state;
	circle_start(&circle);
	assert_true(wait_until(DEADLINE_MS, is_stuck, &circle));
	assert_true(wait_until(DEADLINE_MS, has_all, &circle));
	print_message("%u read, %u not read, %u not read again\n", circle.read, circle.unread,
		      circle.unread_again);
	for (unsigned i = 0; i < 2; i++) {
		kill(circle.pids[i], SIGKILL);
		waitpid(circle.pids[i], NULL, 0);
	}
	for (unsigned i = 0; i < FILLERS; i++)
		shm_unlink(pathf("/filler%u", i));
	shm_unlink("/one");
	shm_unlink("/other");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {SANDBOXED(test_objects)};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
