/* SPDX-License-Identifier: MIT */
/* Verdicts on real processes: random worlds, compared with what made them. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/verdict.h"
#include "tests/support.h"

#define WORLDS 300
#define PROCESSES_MAX 6
#define LOCKS_MAX 4

enum act { ACT_NAP, ACT_SLEEP, ACT_STOP, ACT_DIE };

/* What is made: locks, who holds each, and what each process does then. */
struct world {
	unsigned n_processes, n_locks;
	struct {
		bool mutex, named;
		unsigned owner; /* of a mutex */
		unsigned holders;
		uint64_t ino;
	} locks[LOCKS_MAX];
	struct {
		enum act act;
		unsigned lock; /* slept on */
		pid_t pid;
	} processes[PROCESSES_MAX];
};

/* Of the page that both kinds of object are; a mutex is where no layout names it. */
union page {
	sem_t sem;
	pthread_mutex_t mutex;
	char bytes[4096];
};

static const char *lock_name(unsigned lock)
{
	return pathf("/lock%u", lock);
}

static bool holds(const struct world *world, unsigned process, unsigned lock)
{
	return world->locks[lock].holders >> process & 1;
}

static bool exists(const struct world *world, unsigned process)
{
	return world->processes[process].act != ACT_DIE;
}

static bool sleeps_on(const struct world *world, unsigned process, unsigned lock)
{
	return world->processes[process].act == ACT_SLEEP && world->processes[process].lock == lock;
}

static void invent(unsigned seed, struct world *ret)
{
	srandom(seed);
	*ret = (struct world){.n_processes = 1 + (unsigned)random() % PROCESSES_MAX,
			      .n_locks = 1 + (unsigned)random() % LOCKS_MAX};
	for (unsigned i = 0; i < ret->n_locks; i++) {
		ret->locks[i].mutex = random() % 3 == 0;
		/* What has no name is read by map_files. */
		ret->locks[i].named = random() % 2 || !sandbox_has_map_files();
		ret->locks[i].holders = (unsigned)random() % (1u << ret->n_processes);
		ret->locks[i].owner = (unsigned)random() % ret->n_processes;
		if (ret->locks[i].mutex)
			ret->locks[i].holders |= 1u << ret->locks[i].owner;
	}
	for (unsigned i = 0; i < ret->n_processes; i++) {
		const unsigned dice = (unsigned)random() % 10;

		ret->processes[i].lock = (unsigned)random() % ret->n_locks;
		ret->processes[i].act = dice == 0   ? ACT_NAP
					: dice == 1 ? ACT_STOP
					: dice == 2 ? ACT_DIE
						    : ACT_SLEEP;
		if (ret->processes[i].act == ACT_SLEEP && !holds(ret, i, ret->processes[i].lock))
			ret->processes[i].act = ACT_NAP;
	}
}

/* The rule, as plainly as it can be said. */
struct truth {
	bool process[PROCESSES_MAX], lock[LOCKS_MAX], alone[LOCKS_MAX];
};

static bool lock_can(const struct world *world, const struct truth *truth, unsigned lock)
{
	const unsigned owner = world->locks[lock].owner;

	if (world->locks[lock].mutex)
		return exists(world, owner) && truth->process[owner];
	for (unsigned i = 0; i < world->n_processes; i++)
		if (holds(world, i, lock) && exists(world, i) && truth->process[i])
			return true;
	return truth->alone[lock];
}

static void follow(const struct world *world, bool stopped, struct truth *truth)
{
	for (unsigned round = 0; round < PROCESSES_MAX + LOCKS_MAX; round++) {
		for (unsigned i = 0; i < world->n_processes; i++) {
			const enum act act = world->processes[i].act;

			truth->process[i] |=
				act == ACT_NAP || (act == ACT_STOP && stopped) ||
				(act == ACT_SLEEP && truth->lock[world->processes[i].lock]);
		}
		for (unsigned i = 0; i < world->n_locks; i++)
			truth->lock[i] |= lock_can(world, truth, i);
	}
}

static bool all_sleep_on(const struct world *world, unsigned lock)
{
	for (unsigned i = 0; i < world->n_processes; i++)
		if (holds(world, i, lock) && exists(world, i) && !sleeps_on(world, i, lock))
			return false;
	return true;
}

static enum verdict truth_of(const struct world *world, unsigned lock)
{
	struct truth truth = {0};
	bool slept_on = false;

	for (unsigned i = 0; i < world->n_processes; i++)
		slept_on |= sleeps_on(world, i, lock);
	if (!slept_on)
		return VERDICT_OK;
	if (world->locks[lock].mutex && !exists(world, world->locks[lock].owner))
		return VERDICT_BROKEN;
	follow(world, false, &truth);
	if (truth.lock[lock])
		return VERDICT_WAITING;
	follow(world, true, &truth);
	if (truth.lock[lock])
		return VERDICT_STOPPED;
	for (unsigned i = 0; i < world->n_locks; i++)
		truth.alone[i] = !truth.lock[i] && world->locks[i].named &&
				 !world->locks[i].mutex && all_sleep_on(world, i);
	follow(world, true, &truth);
	return truth.lock[lock] ? VERDICT_ALONE : VERDICT_STUCK;
}

static union page *map_lock(unsigned lock, int flags)
{
	int fd = shm_open(lock_name(lock), O_RDWR | flags, 0600);
	union page *page;

	if (fd < 0 || (flags && ftruncate(fd, sizeof(*page)) < 0))
		abort();
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		abort();
	return page;
}

static void make_lock(struct world *world, unsigned lock)
{
	union page *page = map_lock(lock, O_CREAT | O_EXCL);
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (world->locks[lock].mutex)
		pthread_mutex_init(&page->mutex, &attr);
	else
		sem_init(&page->sem, 1, 0);
	munmap(page, sizeof(*page));
	world->locks[lock].ino = shm_ino(lock_name(lock) + 1);
}

/* One process: it maps its locks, says so, and when all have, does its part. */
__attribute__((noreturn)) static void play(const struct world *world, unsigned process, int ready,
					   int go)
{
	union page *pages[LOCKS_MAX] = {NULL};
	const unsigned lock = world->processes[process].lock;
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < world->n_locks; i++) {
		if (!holds(world, process, i))
			continue;
		pages[i] = map_lock(i, 0);
		if (world->locks[i].mutex && world->locks[i].owner == process)
			pthread_mutex_lock(&pages[i]->mutex);
	}
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 0)
		abort();
	if (world->processes[process].act == ACT_DIE)
		_exit(0);
	if (world->processes[process].act == ACT_STOP)
		raise(SIGSTOP);
	if (world->processes[process].act == ACT_SLEEP) {
		if (world->locks[lock].mutex)
			pthread_mutex_lock(&pages[lock]->mutex);
		else
			sem_wait(&pages[lock]->sem);
	}
	for (;;)
		pause();
}

static void start(struct world *world)
{
	int ready[2], go[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	for (unsigned i = 0; i < world->n_locks; i++)
		make_lock(world, i);
	for (unsigned i = 0; i < world->n_processes; i++) {
		world->processes[i].pid = fork();
		assert_true(world->processes[i].pid >= 0);
		if (world->processes[i].pid == 0) {
			close(go[1]);
			play(world, i, ready[1], go[0]);
		}
	}
	for (unsigned i = 0; i < world->n_processes; i++)
		assert_int_equal(read(ready[0], &byte, 1), 1);
	for (unsigned i = 0; i < world->n_locks; i++)
		if (!world->locks[i].named)
			shm_unlink(lock_name(i));
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
	for (unsigned i = 0; i < world->n_processes; i++)
		if (!exists(world, i))
			assert_int_equal(waitpid(world->processes[i].pid, NULL, 0),
					 world->processes[i].pid);
}

static void end(const struct world *world)
{
	for (unsigned i = 0; i < world->n_processes; i++)
		if (exists(world, i)) {
			kill(world->processes[i].pid, SIGKILL);
			waitpid(world->processes[i].pid, NULL, 0);
		}
	for (unsigned i = 0; i < world->n_locks; i++)
		shm_unlink(lock_name(i));
}

/* Each verdict is the true one, or not yet; nothing worse than the truth is ever said. */
static bool is_true(void *data)
{
	const struct world *world = data;
	struct verdicts verdicts;
	bool all = true;

	judge_real(0, &verdicts);
	for (unsigned i = 0; i < world->n_locks; i++) {
		const enum verdict truth = truth_of(world, i);
		const enum verdict said =
			diagnosis_verdict(&verdicts.diagnosis, world->locks[i].ino);

		if (said > VERDICT_WAITING && said > truth) {
			diagnosis_print(&verdicts.diagnosis, world->locks[i].ino, stderr);
			fail_msg("lock %u is %s, not %s", i, verdict_word(said),
				 verdict_word(truth));
		}
		all = all && said == truth;
	}
	verdicts_deinit(&verdicts);
	return all;
}

static void check_world(unsigned seed)
{
	struct world world;
	struct verdicts one;

	invent(seed, &world);
	start(&world);
	if (!wait_until(DEADLINE_MS, is_true, &world))
		fail_msg("world %u does not become what it is", seed);
	/* The same, of each object asked about alone. */
	for (unsigned i = 0; i < world.n_locks; i++) {
		judge_real(world.locks[i].ino, &one);
		if (diagnosis_verdict(&one.diagnosis, world.locks[i].ino) != truth_of(&world, i))
			fail_msg("world %u: lock %u alone is %s", seed, i,
				 verdict_word(
					 diagnosis_verdict(&one.diagnosis, world.locks[i].ino)));
		verdicts_deinit(&one);
	}
	end(&world);
}

static void test_worlds(void **state)
{
	unsigned counts[VERDICT_BROKEN + 1] = {0};

	(void)state;
	for (unsigned seed = 1; seed <= WORLDS; seed++) {
		struct world world;

		print_message("seed %u\n", seed);
		check_world(seed);
		invent(seed, &world);
		for (unsigned i = 0; i < world.n_locks; i++)
			counts[truth_of(&world, i)]++;
	}
	/* There was something of each. */
	for (unsigned i = 0; i <= VERDICT_BROKEN; i++) {
		print_message("%s %u\n", verdict_word(i), counts[i]);
		assert_true(counts[i] > 0 || i == VERDICT_UNKNOWN);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {SANDBOXED(test_worlds)};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
