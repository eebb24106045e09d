/* SPDX-License-Identifier: MIT */
/* Since when a thread sleeps, told from snapshot to snapshot. */
#include <stdlib.h>

#include "core/process_since.h"
#include "tests/support.h"

#define SECOND INT64_C(1000000000)
#define NOW (1000 * SECOND)

static struct sleep sleep_of(pid_t tid, uint64_t runs, int64_t since)
{
	return (struct sleep){
		.tid = tid, .started = 7, .address = 0x1000, .runs = runs, .since = since};
}

static void watch(struct since_table *table, int64_t now, struct sleep *sleep)
{
	assert_int_equal(since_watch(table, now, sleep), 0);
}

/* Asleep before anybody looked: about; the first answer stays as long as it does not run. */
static void test_first_look(void **state)
{
	struct since_table *table;
	struct sleep sleep = sleep_of(5, 3, NOW - 60 * SECOND);

	(void)state;
	assert_int_equal(since_table_new(&table), 0);
	watch(table, NOW, &sleep);
	assert_int_equal(sleep.since, NOW - 60 * SECOND);
	assert_true(sleep.about);
	since_sweep(table, NOW, true);
	sleep = sleep_of(5, 3, NOW - 59 * SECOND); /* clocks drift */
	watch(table, NOW + SECOND, &sleep);
	assert_int_equal(sleep.since, NOW - 60 * SECOND);
	assert_true(sleep.about);
	since_sweep(table, NOW + SECOND, true);
	/* It has run, and fell asleep between two looks: that is exact. */
	sleep = sleep_of(5, 4, NOW + SECOND * 3 / 2);
	watch(table, NOW + 2 * SECOND, &sleep);
	assert_int_equal(sleep.since, NOW + SECOND * 3 / 2);
	assert_false(sleep.about);
	since_table_free(table);
}

/* Where the scheduler tells nothing, it is as long as we know it. */
static void test_no_clock(void **state)
{
	struct since_table *table;
	struct sleep sleep = sleep_of(5, 0, 0);

	(void)state;
	assert_int_equal(since_table_new(&table), 0);
	for (int i = 0; i < 3; i++) {
		sleep = sleep_of(5, 0, 0);
		watch(table, NOW + i * SECOND, &sleep);
		since_sweep(table, NOW + i * SECOND, true);
		assert_int_equal(sleep.since, NOW);
		assert_false(sleep.about);
	}
	/* Another thread with that number is another one. */
	sleep.started++;
	sleep.since = 0;
	watch(table, NOW + 5 * SECOND, &sleep);
	assert_int_equal(sleep.since, NOW + 5 * SECOND);
	since_table_free(table);
	/* Without a table, too. */
	sleep = sleep_of(5, 0, 0);
	watch(NULL, NOW, &sleep);
	assert_int_equal(sleep.since, NOW);
	assert_false(sleep.about);
}

/* What a snapshot of one object does not have may go on sleeping elsewhere. */
static void test_forgetting(void **state)
{
	struct since_table *table;
	struct sleep sleep = sleep_of(5, 3, 0);

	(void)state;
	assert_int_equal(since_table_new(&table), 0);
	watch(table, NOW, &sleep);
	since_sweep(table, NOW, true);
	since_sweep(table, NOW + SECOND, false);
	sleep = sleep_of(5, 3, 0);
	watch(table, NOW + 2 * SECOND, &sleep);
	assert_int_equal(sleep.since, NOW);
	since_sweep(table, NOW + 2 * SECOND, false);
	since_sweep(table, NOW + 3 * SECOND, true);
	sleep = sleep_of(5, 3, 0);
	watch(table, NOW + 4 * SECOND, &sleep);
	assert_int_equal(sleep.since, NOW + 4 * SECOND);
	since_table_free(table);
}

static void test_many(void **state)
{
	struct since_table *table;

	(void)state;
	assert_int_equal(since_table_new(&table), 0);
	for (int round = 0; round < 3; round++) {
		for (pid_t tid = 5000; tid > 0; tid--) {
			struct sleep sleep = sleep_of(tid, 1, round ? 0 : NOW - tid);

			watch(table, NOW + round, &sleep);
			assert_int_equal(sleep.since, NOW - tid);
		}
		since_sweep(table, NOW + round, true);
	}
	since_table_free(table);
}

/* The call of a sleep is told again only for that thread, that count of runs, and if it lasts. */
static void test_recall(void **state)
{
	struct since_table *table;
	struct sleep sleep = sleep_of(5, 3, 0);
	struct call call = {.number = 0};

	(void)state;
	assert_int_equal(since_table_new(&table), 0);
	watch(table, NOW, &sleep);
	since_sweep(table, NOW, true);
	assert_true(since_has(table, 5));
	assert_false(since_has(table, 6));
	/* Its runs were read after its call: it may have moved in between. */
	assert_false(since_recall(table, 5, 7, 3, &call));
	sleep = sleep_of(5, 3, 0);
	sleep.lasting = true;
	sleep.call.number = 202;
	assert_true(since_known(table, NOW + 1, &sleep));
	assert_int_equal(sleep.since, NOW);
	assert_true(since_recall(table, 5, 7, 3, &call));
	assert_int_equal(call.number, 202);
	assert_false(since_recall(table, 5, 8, 3, &call)); /* another thread of that number */
	assert_false(since_recall(table, 5, 7, 4, &call)); /* it has run */
	assert_false(since_recall(table, 6, 7, 3, &call));
	since_sweep(table, NOW + 2, true);
	assert_false(since_has(table, 5));
	since_table_free(table);
	assert_false(since_has(NULL, 5));
	assert_false(since_recall(NULL, 5, 7, 3, &call));
	assert_false(since_known(NULL, NOW, &sleep));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_look), cmocka_unit_test(test_no_clock),
		cmocka_unit_test(test_forgetting), cmocka_unit_test(test_many),
		cmocka_unit_test(test_recall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
