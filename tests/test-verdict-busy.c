/* SPDX-License-Identifier: MIT */
/* Verdicts on processes that are busy with locks: each look meets them in the middle of something.
 */
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/progs.h"
#include "tests/support.h"

#define LOOKS 1500
#define SIZE 4096

/* Processes that hand semaphores to each other as fast as they can: one waits, another posts. */
static pid_t hand_over(sem_t *mine, sem_t *next)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		sem_wait(mine);
		sem_post(next);
	}
}

/* A pair and a ring of four with two tokens, in objects with a name and without one. */
static void test_busy(void **state)
{
	sem_t *pair = map_new_object("/pair", SIZE), *ring = map_new_object("/ring", SIZE);
	uint64_t inos[] = {shm_ino("pair"), shm_ino("ring")};
	unsigned asleep = 0;
	pid_t pids[6];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		sem_init(&pair[i], 1, i == 0);
		sem_init(&ring[i], 1, i % 2 == 0);
	}
	shm_unlink("/ring");
	for (unsigned i = 0; i < 2; i++)
		pids[i] = hand_over(&pair[i], &pair[1 - i]);
	for (unsigned i = 0; i < 4; i++)
		pids[2 + i] = hand_over(&ring[i], &ring[(i + 1) % 4]);
	munmap(pair, SIZE);
	munmap(ring, SIZE);
	for (unsigned i = 0; i < LOOKS; i++) {
		struct verdicts verdicts;

		judge_real(0, &verdicts);
		asleep += verdicts.after.n_waiters > 0;
		for (unsigned k = 0; k < 2; k++)
			if (diagnosis_verdict(&verdicts.diagnosis, inos[k]) > VERDICT_WAITING) {
				diagnosis_print(&verdicts.diagnosis, inos[k], stderr);
				fail_msg("look %u", i);
			}
		verdicts_deinit(&verdicts);
	}
	for (unsigned i = 0; i < 6; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	print_message("%u of %u looks saw somebody asleep\n", asleep, LOOKS);
	shm_unlink("/pair");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {SANDBOXED(test_busy)};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
