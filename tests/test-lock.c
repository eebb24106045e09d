/* SPDX-License-Identifier: MIT */
/* What the bytes of locks say, and which lock it is that a thread sleeps on. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "core/layouts.h"
#include "core/lock.h"
#include "tests/support.h"

#define REALTIME_BITSET (FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME)

static const struct lock_kind *kind_named(const char *name)
{
	for (size_t i = 0; i < n_lock_kinds; i++)
		if (strcmp(lock_kinds[i].name, name) == 0)
			return &lock_kinds[i];
	fail_msg("there is no %s", name);
	return NULL;
}

/* Words in the order of the memory; as each was seen on Debian 12, glibc 2.36 and musl 1.2.3. */
static const struct row {
	const char *kind;
	uint32_t words[14];
	enum lock_state state;
	uint32_t value;
	pid_t owner;
	uint32_t recorded;
	bool unshared;
	/* A sleeper on it: at this byte, by this operation, expecting that. */
	uint32_t at, op, expected;
	bool inferred;
} rows[] = {
	/* value 1; locked, with a sleeper; private; 3 killed, then posted */
	{"sem_t", {1, 0, 0x80}, LOCK_FREE, 1},
	{"sem_t", {0, 1, 0x80}, LOCK_HELD, 0, 0, 1, false, 0, REALTIME_BITSET, 0, true},
	{"sem_t", {0, 1, 0}, LOCK_HELD, 0, 0, 1, true, 0, 0x189, 0, true},
	{"sem_t", {1, 3, 0x80}, LOCK_FREE, 1, 0, 3, false, 0, REALTIME_BITSET, 0, true},
	/* by the wrong operation, expecting something else, without a sleeper on record */
	{"sem_t", {0, 1, 0x80}, LOCK_HELD, 0, 0, 1, false, 0, FUTEX_WAIT, 0, false},
	{"sem_t", {0, 1, 0x80}, LOCK_HELD, 0, 0, 1, false, 0, REALTIME_BITSET, 7, false},
	{"sem_t", {0, 0, 0x80}, LOCK_HELD, 0, 0, 0, false, 0, REALTIME_BITSET, 0, false},
	{"sem_t", {0xffffffff, 1, 0x80}, LOCK_UNTOLD},
	{"32-bit sem_t", {1, 0x80, 0, 1}, LOCK_HELD, 0, 0, 1, false, 0, REALTIME_BITSET, 1, true},
	{"32-bit sem_t", {2, 0x80, 0, 0}, LOCK_FREE, 1},
	{"sem_t of musl", {0xffffffff, 1, 0}, LOCK_HELD, 0, 0, 1, false, 0, 0, 0xffffffff, true},
	{"sem_t of musl", {1, 1, 0}, LOCK_FREE, 1, 0, 1},
	/* free; owned; contended; recursive; private and contended */
	{"pthread_mutex_t", {0, 0, 0, 0, 0x280}, LOCK_FREE},
	{"pthread_mutex_t", {1, 0, 77, 1, 0x280}, LOCK_OWNED, 0, 77},
	{"pthread_mutex_t", {2, 0, 77, 1, 0x280}, LOCK_OWNED, 0, 77, 0, 0, 0, 0, 2, true},
	{"pthread_mutex_t", {2, 3, 77, 1, 0x81}, LOCK_OWNED, 0, 77, 0, 0, 0, 0, 2, true},
	{"pthread_mutex_t", {2, 0, 77, 1, 0x200}, LOCK_OWNED, 0, 77, 0, 1, 0, 0x80, 2, true},
	{"pthread_mutex_t", {0, 0, 0, 0, 0x200}, LOCK_FREE, 0, 0, 0, 1, 0, 0x80, 2, true},
	/* those in pthread_cond_wait() use it as well */
	{"pthread_mutex_t", {2, 0, 77, 3, 0x280}, LOCK_OWNED, 0, 77, 0, 0, 0, 0, 2, true},
	{"pthread_mutex_t", {2, 0, 0, 0, 0x280}, LOCK_HELD},
	{"pthread_mutex_t", {9, 0, 77, 1, 0x280}, LOCK_UNTOLD},
	{"pthread_mutex_t", {2, 0, 77, 1, 0x4280}, LOCK_UNTOLD, 0, 0, 0, 0, 0, 0, 2, false},
	/* robust: contended; the owner has died; not recoverable. PI. */
	{"pthread_mutex_t",
	 {0x80000000 | 77, 1, 77, 1, 0x290, 0, 1, 2, 3, 4},
	 LOCK_OWNED,
	 0,
	 77,
	 0,
	 0,
	 0,
	 0,
	 0x80000000 | 77,
	 true},
	{"pthread_mutex_t", {0xc0000000, 1, 77, 1, 0x290}, LOCK_FREE},
	{"pthread_mutex_t", {0, 0, 0x7ffffffe, 0, 0x290}, LOCK_RUINED},
	{"pthread_mutex_t",
	 {0x80000000 | 77, 1, 77, 1, 0x2a0},
	 LOCK_OWNED,
	 0,
	 77,
	 0,
	 0,
	 0,
	 FUTEX_LOCK_PI,
	 0,
	 true},
	{"pthread_mutex_t", {0xc0000000 | 78, 1, 77, 1, 0x2a0}, LOCK_OWNED, 0, 78},
	/* a reader, and a writer behind it; a writer, and a second one; a reader behind it */
	{"pthread_rwlock_t",
	 {0x0a, 0, 2, 1, 0, 0, 0, 1},
	 LOCK_HELD,
	 1,
	 0,
	 0,
	 0,
	 8,
	 REALTIME_BITSET,
	 2,
	 true},
	{"pthread_rwlock_t",
	 {3, 1, 1, 3, 0, 0, 77, 1},
	 LOCK_OWNED,
	 0,
	 77,
	 0,
	 0,
	 12,
	 REALTIME_BITSET,
	 3,
	 true},
	/* one waits, after two that gave up; of the newer glibc; one waits; the third who signals
	   waits for those that were killed */
	{"pthread_cond_t",
	 {6, 0, 0, 0, 2, 0, 0xfffffffe, 0, 0, 9},
	 LOCK_HELD,
	 0,
	 0,
	 1,
	 0,
	 40,
	 REALTIME_BITSET,
	 0,
	 true},
	{"pthread_cond_t",
	 {2, 0, 0, 0, 0, 0, 0, 9},
	 LOCK_UNTOLD,
	 0,
	 0,
	 0,
	 0,
	 40,
	 REALTIME_BITSET,
	 0,
	 false},
	{"pthread_cond_t",
	 {2, 0, 0, 0, 2, 0, 0, 0, 0, 9},
	 LOCK_HELD,
	 0,
	 0,
	 1,
	 0,
	 40,
	 REALTIME_BITSET,
	 0,
	 true},
	{"pthread_cond_t",
	 {8, 0, 4, 0, 3, 0, 0, 0, 0, 0x21},
	 LOCK_HELD,
	 0,
	 0,
	 4,
	 0,
	 16,
	 0,
	 3,
	 true},
	{"pthread_barrier_t", {1, 0, 3, 0x80, 0}, LOCK_HELD, 0, 0, 0, 0, 4, 0, 0, true},
	{"pthread_barrier_t", {1, 0, 3, 0x81, 0}, LOCK_UNTOLD, 0, 0, 0, 0, 4, 0, 0, false},
};

static void check_row(const struct row *row)
{
	const struct lock_kind *kind = kind_named(row->kind);
	struct waiter waiter = {
		.offset = 64 + row->at, .op = row->op, .expected = row->expected, .ino = 7};
	unsigned char object[256] = {0};
	struct lock_reading reading;
	struct lock lock;
	bool inferred;

	print_message("%s %#x %#x %#x\n", row->kind, row->words[0], row->words[1], row->words[2]);
	memcpy(object + 64, row->words, sizeof(row->words));
	lock_read(kind, object + 64, kind->type->size, &reading);
	assert_int_equal(reading.state, row->state);
	assert_int_equal(reading.value, row->value);
	assert_int_equal(reading.owner, row->owner);
	assert_int_equal(reading.recorded, row->recorded);
	if (row->state != LOCK_UNTOLD)
		assert_int_equal(reading.unshared, row->unshared);
	if (!row->op && !row->expected && !row->at)
		return;
	inferred = lock_infer(&waiter, object, sizeof(object), 0, &lock);
	assert_int_equal(inferred, row->inferred);
	if (!inferred)
		return;
	assert_ptr_equal(lock.kind, kind);
	assert_int_equal(lock.offset, 64);
	assert_int_equal(lock.ino, 7);
	assert_true(lock.inferred);
	/* The same where less was read; but all of it must be there. */
	assert_true(lock_infer(&waiter, object + 64, kind->type->size, 64, &lock));
	assert_false(lock_infer(&waiter, object + 64, kind->type->size - 1, 64, &lock));
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

/* The C library of this machine is the one that the rows speak of. */
static void test_native(void **state)
{
	struct lock_reading reading;
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	sem_t sem;

	(void)state;
	assert_int_equal(sem_init(&sem, 1, 3), 0);
	lock_read(kind_named("sem_t"), &sem, sizeof(sem), &reading);
	assert_int_equal(reading.value, 3);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attr);
	lock_read(kind_named("pthread_mutex_t"), &mutex, sizeof(mutex), &reading);
	assert_int_equal(reading.state, LOCK_FREE);
	assert_true(reading.robust && !reading.unshared);
	pthread_mutex_lock(&mutex);
	lock_read(kind_named("pthread_mutex_t"), &mutex, sizeof(mutex), &reading);
	assert_int_equal(reading.state, LOCK_OWNED);
	assert_int_equal(reading.owner, gettid());
	pthread_mutex_unlock(&mutex);
	lock_read(kind_named("pthread_mutex_t"), &mutex, 0, &reading);
	assert_int_equal(reading.state, LOCK_UNTOLD);
	assert_int_equal(reading.size, 0);
}

static void test_layout(void **state)
{
	struct lock lock;

	(void)state;
	assert_true(lock_of_layout(layouts_find("xfr"), 32, &lock));
	assert_string_equal(lock.field, "rsem");
	assert_int_equal(lock.offset, 32);
	assert_int_equal(lock.size, 32);
	assert_true(lock_of_layout(layouts_find("xfr"), 63, &lock));
	assert_false(lock_of_layout(layouts_find("xfr"), 64, &lock));
	assert_false(lock_of_layout(NULL, 0, &lock));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_native),
		cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
