/* SPDX-License-Identifier: MIT */
/* Mutexes: real ones of this C library, of every kind and in every state, against what is shown. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/locks.h"
#include "tests/support.h"

/* A process that does this and ends. Returns what its number was. */
static pid_t run_child(void (*function)(void))
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		function();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

static const char *mutex_text(const char *state, pid_t owner, unsigned count, const char *kind)
{
	return pathf("mutex_state\t%s\nmutex_owner\t%d\nmutex_count\t%u\nmutex_kind\t%s\n"
		     "mutex_pshared\t1\n",
		     state, owner, count, kind);
}

static void lock_mutex(void)
{
	pthread_mutex_lock(&shared->mutex);
}

static void *pass_mutex(void *data)
{
	assert_int_equal(pthread_mutex_lock(&shared->mutex), 0);
	assert_int_equal(pthread_mutex_unlock(&shared->mutex), 0);
	return data;
}

static void check_mutex(int type, bool robust, bool pi, const char *kind)
{
	pthread_t thread;

	print_message("%s\n", kind);
	make_mutex(type, robust, pi, false);
	shows("mutex", &shared->mutex, mutex_text("unlocked", 0, 0, kind));
	lock_mutex();
	shows("mutex", &shared->mutex, mutex_text("locked", gettid(), 1, kind));
	if (type == PTHREAD_MUTEX_RECURSIVE) {
		lock_mutex();
		shows("mutex", &shared->mutex, mutex_text("locked", gettid(), 2, kind));
		pthread_mutex_unlock(&shared->mutex);
	}
	thread_start(&thread, pass_mutex);
	comes_to_show("mutex", &shared->mutex, mutex_text("contended", gettid(), 1, kind));
	assert_int_equal(pthread_mutex_unlock(&shared->mutex), 0);
	pthread_join(thread, NULL);
	shows("mutex", &shared->mutex, mutex_text("unlocked", 0, 0, kind));
	health_is("mutex", &shared->mutex, "ok\n");
	pthread_mutex_destroy(&shared->mutex);
	health_is("mutex", &shared->mutex, "mutex: it was destroyed (pthread_mutex_destroy)\n");
}

static void test_mutexes(void **state)
{
	static const struct {
		int type;
		const char *name;
	} types[] = {{PTHREAD_MUTEX_NORMAL, "normal"},
		     {PTHREAD_MUTEX_RECURSIVE, "recursive"},
		     {PTHREAD_MUTEX_ERRORCHECK, "errorcheck"},
		     {PTHREAD_MUTEX_ADAPTIVE_NP, "adaptive"}};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (int more = 0; more < 4; more++)
			check_mutex(types[i].type, more & 1, more & 2,
				    pathf("%s%s%s", types[i].name, more & 1 ? " robust" : "",
					  more & 2 ? " pi" : ""));
}

/* The owner's end: nobody knows of a plain one; a robust one goes on, or is lost. */
static void test_dead_owner(void **state)
{
	pid_t dead;

	(void)state;
	make_mutex(PTHREAD_MUTEX_NORMAL, false, false, false);
	dead = run_child(lock_mutex);
	shows("mutex", &shared->mutex, mutex_text("locked", dead, 1, "normal"));
	for (int pi = 0; pi < 2; pi++) {
		const char *kind = pi ? "normal robust pi" : "normal robust";

		make_mutex(PTHREAD_MUTEX_NORMAL, true, pi, false);
		dead = run_child(lock_mutex);
		shows("mutex", &shared->mutex, mutex_text("owner-died", dead, 0, kind));
		health_is("mutex", &shared->mutex,
			  "mutex: its owner has died, the next lock gets EOWNERDEAD\n");
		assert_int_equal(pthread_mutex_lock(&shared->mutex), EOWNERDEAD);
		shows("mutex", &shared->mutex, mutex_text("inconsistent", gettid(), 1, kind));
		assert_int_equal(pthread_mutex_consistent(&shared->mutex), 0);
		shows("mutex", &shared->mutex, mutex_text("locked", gettid(), 1, kind));
		assert_int_equal(pthread_mutex_unlock(&shared->mutex), 0);
		run_child(lock_mutex);
		assert_int_equal(pthread_mutex_lock(&shared->mutex), EOWNERDEAD);
		assert_int_equal(pthread_mutex_unlock(&shared->mutex), 0);
		assert_int_equal(pthread_mutex_lock(&shared->mutex), ENOTRECOVERABLE);
		shows("mutex", &shared->mutex, mutex_text("not-recoverable", 0, 0, kind));
		health_is("mutex", &shared->mutex,
			  "mutex: not recoverable: it must be initialised anew\n");
	}
}

static void test_private(void **state)
{
	static const pthread_mutex_t initialiser = PTHREAD_MUTEX_INITIALIZER;

	(void)state;
	make_mutex(PTHREAD_MUTEX_RECURSIVE, false, false, true);
	shows("mutex", &shared->mutex,
	      "mutex_state\tunlocked\nmutex_owner\t0\nmutex_count\t0\nmutex_kind\trecursive\n"
	      "mutex_pshared\t0\n");
	health_is("mutex", &shared->mutex,
		  "mutex: not shared (pshared 0): a release wakes no other process\n");
	shows("mutex", &initialiser,
	      "mutex_state\tunlocked\nmutex_owner\t0\nmutex_count\t0\nmutex_kind\tnormal\n"
	      "mutex_pshared\t0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutexes),
		cmocka_unit_test(test_dead_owner),
		cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests(tests, locks_setup, locks_teardown);
}
