/* SPDX-License-Identifier: MIT */
/* The other locks of pthreads: real ones of this C library against what is shown of them. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/pthreads.h"
#include "tests/locks.h"
#include "tests/support.h"

/* cond */

static void make_cond(clockid_t clock)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_condattr_setclock(&attr, clock);
	assert_int_equal(pthread_cond_init(&shared->cond, &attr), 0);
}

/* All but the words, which are the bytes once more. */
static const char *cond_text(const char *state, unsigned nwaiters, const char *clock)
{
	static char text[2048];
	uint32_t words[12];
	char *end = text;

	memcpy(words, &shared->cond, sizeof(words));
	end += sprintf(end,
		       "cond_state\t%s\ncond_nwaiters\t%u\ncond_clock\t%s\ncond_pshared\t1\n"
		       "cond_form\tglibc 2.25 to 2.40\ncond_words\t",
		       state, nwaiters, clock);
	for (size_t i = 0; i < 12; i++)
		end += sprintf(end, "%s%x", i ? " " : "", words[i]);
	strcpy(end, "\n");
	return text;
}

static void *wait_cond(void *data)
{
	pthread_mutex_lock(&shared->mutex);
	pthread_cond_wait(&shared->cond, &shared->mutex);
	pthread_mutex_unlock(&shared->mutex);
	return data;
}

static bool two_wait(void *data)
{
	struct cond cond;

	(void)data;
	return cond_decode(&shared->cond, &cond, NULL) && cond.nwaiters == 2;
}

static void test_conds(void **state)
{
	pthread_t threads[2];

	(void)state;
	make_mutex(PTHREAD_MUTEX_NORMAL, false, false, false);
	make_cond(CLOCK_MONOTONIC);
	shows("cond", &shared->cond, cond_text("idle", 0, "monotonic"));
	make_cond(CLOCK_REALTIME);
	shows("cond", &shared->cond, cond_text("idle", 0, "realtime"));
	for (size_t i = 0; i < 2; i++)
		thread_start(&threads[i], wait_cond);
	assert_true(wait_until(DEADLINE_MS, two_wait, NULL));
	shows("cond", &shared->cond, cond_text("waited-for", 2, "realtime"));
	pthread_mutex_lock(&shared->mutex);
	pthread_cond_broadcast(&shared->cond);
	pthread_mutex_unlock(&shared->mutex);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	shows("cond", &shared->cond, cond_text("idle", 0, "realtime"));
	health_is("cond", &shared->cond, "ok\n");
}

/* Who gives up before it is his turn makes the size of his group less than 0. */
static void test_timed_cond(void **state)
{
	const struct timespec past = {0};

	(void)state;
	make_mutex(PTHREAD_MUTEX_NORMAL, false, false, false);
	make_cond(CLOCK_REALTIME);
	pthread_mutex_lock(&shared->mutex);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_cond_timedwait(&shared->cond, &shared->mutex, &past),
				 ETIMEDOUT);
	pthread_mutex_unlock(&shared->mutex);
	shows("cond", &shared->cond, cond_text("idle", 0, "realtime"));
}

/* Since 2.41 the words lie elsewhere: new; two wait; one of them is to be woken. */
static void test_newer_cond(void **state)
{
	static const struct {
		uint32_t words[12];
		const char *text;
	} conds[] = {
		{{[7] = 1}, "0 0 0 0 0 0 0 1 0 0 0 0"},
		{{[0] = 4, [7] = 0x11}, "4 0 0 0 0 0 0 11 0 0 0 0"},
		{{5, 0, 1, 0, 1, 0, 4, 0x11, 1}, "5 0 1 0 1 0 4 11 1 0 0 0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(conds) / sizeof(conds[0]); i++) {
		shows("cond", conds[i].words,
		      pathf("cond_state\t!EBADMSG\ncond_nwaiters\t!EBADMSG\n"
			    "cond_clock\t!EBADMSG\ncond_pshared\t!EBADMSG\n"
			    "cond_form\tglibc 2.41 or newer\ncond_words\t%s\n",
			    conds[i].text));
		health_is("cond", conds[i].words,
			  "cond: of glibc 2.41 or newer, of which only the words are shown\n");
	}
}

/* rwlock */

static const char *rwlock_text(const char *state, pid_t owner, unsigned readers, const char *kind)
{
	return pathf("rwlock_state\t%s\nrwlock_owner\t%d\nrwlock_readers\t%u\nrwlock_kind\t%s\n"
		     "rwlock_pshared\t1\n",
		     state, owner, readers, kind);
}

static void make_rwlock(int kind)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_rwlockattr_setkind_np(&attr, kind);
	assert_int_equal(pthread_rwlock_init(&shared->rwlock, &attr), 0);
}

static void *pass_reading(void *data)
{
	pthread_rwlock_rdlock(&shared->rwlock);
	pthread_rwlock_unlock(&shared->rwlock);
	return data;
}

static void *pass_writing(void *data)
{
	pthread_rwlock_wrlock(&shared->rwlock);
	pthread_rwlock_unlock(&shared->rwlock);
	return data;
}

/* How its first word changes when somebody has come to wait. */
static bool somebody_waits(void *data)
{
	return *(const volatile uint32_t *)&shared->rwlock != *(const uint32_t *)data;
}

/* A thread that is to wait for it, and does. */
static void start_waiting(pthread_t *ret, void *(*function)(void *))
{
	uint32_t word;

	memcpy(&word, &shared->rwlock, sizeof(word));
	thread_start(ret, function);
	assert_true(wait_until(DEADLINE_MS, somebody_waits, &word));
}

static void check_rwlock(int kind, const char *name)
{
	pthread_t thread;

	make_rwlock(kind);
	shows("rwlock", &shared->rwlock, rwlock_text("unlocked", 0, 0, name));
	pthread_rwlock_rdlock(&shared->rwlock);
	shows("rwlock", &shared->rwlock, rwlock_text("read-locked", 0, 1, name));
	pthread_rwlock_rdlock(&shared->rwlock);
	start_waiting(&thread, pass_writing);
	shows("rwlock", &shared->rwlock, rwlock_text("read-locked", 0, 2, name));
	pthread_rwlock_unlock(&shared->rwlock);
	pthread_rwlock_unlock(&shared->rwlock);
	pthread_join(thread, NULL);
	shows("rwlock", &shared->rwlock, rwlock_text("unlocked", 0, 0, name));
	pthread_rwlock_wrlock(&shared->rwlock);
	shows("rwlock", &shared->rwlock, rwlock_text("write-locked", gettid(), 0, name));
	start_waiting(&thread, pass_reading);
	shows("rwlock", &shared->rwlock, rwlock_text("write-locked", gettid(), 0, name));
	pthread_rwlock_unlock(&shared->rwlock);
	pthread_join(thread, NULL);
	shows("rwlock", &shared->rwlock, rwlock_text("unlocked", 0, 0, name));
	health_is("rwlock", &shared->rwlock, "ok\n");
}

static void test_rwlocks(void **state)
{
	(void)state;
	check_rwlock(PTHREAD_RWLOCK_PREFER_READER_NP, "prefer-reader");
	check_rwlock(PTHREAD_RWLOCK_PREFER_WRITER_NP, "prefer-writer");
	check_rwlock(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP, "prefer-writer-nonrecursive");
}

/* barrier */

static void make_barrier(unsigned count)
{
	pthread_barrierattr_t attr;

	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	assert_int_equal(pthread_barrier_init(&shared->barrier, &attr, count), 0);
}

static const char *barrier_text(const char *state, unsigned arrived)
{
	return pathf("barrier_state\t%s\nbarrier_arrived\t%u\nbarrier_count\t3\n"
		     "barrier_pshared\t1\n",
		     state, arrived);
}

static void *arrive(void *data)
{
	pthread_barrier_wait(&shared->barrier);
	return data;
}

static void test_barriers(void **state)
{
	static const pthread_barrier_t nothing;
	pthread_t threads[2];

	(void)state;
	make_barrier(3);
	for (int round = 0; round < 3; round++) {
		shows("barrier", &shared->barrier, barrier_text("idle", 0));
		for (unsigned i = 0; i < 2; i++) {
			thread_start(&threads[i], arrive);
			comes_to_show("barrier", &shared->barrier,
				      barrier_text("waited-for", i + 1));
		}
		arrive(NULL);
		for (size_t i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
	}
	shows("barrier", &shared->barrier, barrier_text("idle", 0));
	health_is("barrier", &shared->barrier, "ok\n");
	health_is("barrier", &nothing, "barrier: its count is 0 (not yet initialised?)\n");
	shows("barrier", &nothing,
	      "barrier_state\t!EBADMSG\nbarrier_arrived\t!EBADMSG\nbarrier_count\t!EBADMSG\n"
	      "barrier_pshared\t!EBADMSG\n");
}

/* spinlock */

static void *pass_spinning(void *data)
{
	pthread_spin_lock(&shared->spinlock);
	pthread_spin_unlock(&shared->spinlock);
	return data;
}

static void test_spinlock(void **state)
{
	pthread_t thread;

	(void)state;
	pthread_spin_init(&shared->spinlock, PTHREAD_PROCESS_SHARED);
	shows("spinlock", (void *)&shared->spinlock,
	      "spinlock_state\tunlocked\nspinlock_spinners\t0\n");
	pthread_spin_lock(&shared->spinlock);
	shows("spinlock", (void *)&shared->spinlock,
	      "spinlock_state\tlocked\nspinlock_spinners\t0\n");
	thread_start(&thread, pass_spinning);
	comes_to_show("spinlock", (void *)&shared->spinlock,
		      "spinlock_state\tlocked\nspinlock_spinners\t1\n");
	pthread_spin_unlock(&shared->spinlock);
	pthread_join(thread, NULL);
	shows("spinlock", (void *)&shared->spinlock,
	      "spinlock_state\tunlocked\nspinlock_spinners\t0\n");
	health_is("spinlock", "\2\0\0\0", "spinlock: 2 is no state of a spinlock\n");
}

/* Whatever its users are just doing, it is no garbage. */

static void *use_all(void *data)
{
	const struct timespec past = {0};

	while (!shared->end) {
		pthread_mutex_lock(&shared->mutex);
		pthread_cond_timedwait(&shared->cond, &shared->mutex, &past);
		pthread_cond_signal(&shared->cond);
		pthread_mutex_unlock(&shared->mutex);
		pthread_rwlock_rdlock(&shared->rwlock);
		pthread_rwlock_unlock(&shared->rwlock);
		pthread_rwlock_wrlock(&shared->rwlock);
		pthread_rwlock_unlock(&shared->rwlock);
		pthread_barrier_wait(&shared->barrier);
		pass_spinning(NULL);
	}
	return data;
}

static void decodes(const struct shared_locks *copy)
{
	struct barrier barrier;
	struct rwlock rwlock;
	struct mutex mutex;
	struct cond cond;
	struct spinlock spinlock;

	assert_true(mutex_decode(&copy->mutex, &mutex, stderr));
	assert_true(cond_decode(&copy->cond, &cond, stderr));
	assert_false(cond.newer);
	assert_true(rwlock_decode(&copy->rwlock, &rwlock, stderr));
	assert_true(barrier_decode(&copy->barrier, &barrier, stderr));
	assert_true(spinlock_decode((const void *)&copy->spinlock, &spinlock, stderr));
}

static void test_busy(void **state)
{
	pthread_t threads[3];

	(void)state;
	for (int round = 0; round < 4; round++) {
		make_mutex(PTHREAD_MUTEX_NORMAL, round & 1, round & 2, false);
		make_cond(CLOCK_REALTIME);
		make_rwlock(PTHREAD_RWLOCK_PREFER_READER_NP);
		make_barrier(1);
		pthread_spin_init(&shared->spinlock, PTHREAD_PROCESS_SHARED);
		shared->end = false;
		for (size_t i = 0; i < 3; i++)
			thread_start(&threads[i], use_all);
		for (int looks = 0; looks < 50000; looks++) {
			struct shared_locks copy;

			memcpy(&copy, shared, sizeof(copy));
			decodes(&copy);
		}
		shared->end = true;
		for (size_t i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conds),      cmocka_unit_test(test_timed_cond),
		cmocka_unit_test(test_newer_cond), cmocka_unit_test(test_rwlocks),
		cmocka_unit_test(test_barriers),   cmocka_unit_test(test_spinlock),
		cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests(tests, locks_setup, locks_teardown);
}
