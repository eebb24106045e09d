/* SPDX-License-Identifier: MIT */
/* Who is answered by which look, on a /proc whose looks take as long as the test wants. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fusefs/scanner.h"
#include "fusefs/viewer.h"
#include "tests/support.h"

#define PROC SANDBOX_WORK "/proc"
#define MAPS PROC "/77/maps"
#define HOUR 3600000

static struct scanner *scanner;
static struct viewers *viewers;
static struct viewer *us;
static struct verdict_question question;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t slow = PTHREAD_MUTEX_INITIALIZER;

/* One who asks, and what it was told. */
struct test_asker {
	struct asker asker;
	unsigned answers;
	bool slow; /* it takes until `slow` is free to tell it */
	struct scan *scan;
	int error;
};

static void done(struct asker *asker, struct scan *scan, int error)
{
	struct test_asker *a = (struct test_asker *)asker;

	if (a->slow)
		pthread_mutex_lock(&slow);
	pthread_mutex_lock(&lock);
	a->scan = scan;
	a->error = error;
	a->answers++;
	pthread_mutex_unlock(&lock);
}

static void start(const struct verdict_question *asked, unsigned max_age)
{
	assert_int_equal(viewers_create(-1, false, &viewers), 0);
	us = viewers_own(viewers);
	assert_int_equal(scanner_create(asked, max_age, &scanner), 0);
}

static void stop(void)
{
	assert_true(scanner_destroy(scanner));
	viewers_destroy(viewers);
}

/* Process 77, whose maps are a FIFO: who opens it waits for us. */
static void begin(unsigned max_age)
{
	int fd;

	assert_int_equal(mkdir(PROC, 0755), 0);
	assert_int_equal(mkdir(PROC "/77", 0755), 0);
	assert_int_equal(mkdir(PROC "/77/fd", 0755), 0);
	assert_int_equal(mkdir(PROC "/77/fdinfo", 0755), 0);
	assert_int_equal(mkfifo(MAPS, 0600), 0);
	fd = open(PROC "/77/stat", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	dprintf(fd, "77 (fake) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 100 20 21\n");
	close(fd);
	question.look = (struct snapshot_question){
		.procfd = open(PROC, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.cgroupfd = -1,
		.dev = 7,
	};
	assert_true(question.look.procfd >= 0);
	start(&question, max_age);
}

static void end(void)
{
	stop();
	close(question.look.procfd);
}

/* Waits until a look has begun; it goes on by finish_look(). */
static int await_look(void)
{
	int fd = open(MAPS, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Inode number 5 of our device is mapped. */
static void finish_look(int fd)
{
	static const char text[] = "7f0000000000-7f0000001000 rw-s 00000000 00:07 5  /x\n";

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool nobody_looks(void)
{
	return open(MAPS, O_WRONLY | O_NONBLOCK | O_CLOEXEC) < 0 && errno == ENXIO;
}

static void ask(struct test_asker *a, uint64_t ino)
{
	*a = (struct test_asker){.asker.done = done};
	assert_true(scanner_ask(scanner, us, ino, &a->asker));
}

static bool has_answer(void *data)
{
	const struct test_asker *a = data;
	bool yes;

	pthread_mutex_lock(&lock);
	yes = a->answers > 0;
	pthread_mutex_unlock(&lock);
	return yes;
}

/* Who was answered by a look at `ino`; its scan is not given back yet. */
static void is_answered(struct test_asker *a, uint64_t ino)
{
	assert_true(wait_until(DEADLINE_MS, has_answer, a));
	assert_int_equal(a->answers, 1);
	assert_int_equal(a->error, 0);
	assert_non_null(a->scan);
	assert_int_equal(a->scan->ino, ino);
	assert_false(scanner_withdraw(scanner, &a->asker));
}

/* A look serves who asks soon afterwards, about its object; one at all of them serves all. */
static void test_freshness(void **state)
{
	struct test_asker a, b;
	struct scan *scan;

	(void)state;
	begin(HOUR);
	assert_null(scanner_fresh(scanner, us, 5, false));
	assert_true(nobody_looks());
	ask(&a, 5);
	finish_look(await_look());
	is_answered(&a, 5);
	assert_int_equal(a.scan->looks.snapshot->n_holders, 1);
	scan = scanner_fresh(scanner, us, 5, false);
	assert_ptr_equal(scan, a.scan);
	scan_put(scan);
	assert_null(scanner_fresh(scanner, us, 6, false));
	assert_null(scanner_fresh(scanner, us, 0, false));
	ask(&b, 5);
	is_answered(&b, 5);
	assert_ptr_equal(b.scan, a.scan);
	scan_put(b.scan);
	ask(&b, 0);
	finish_look(await_look());
	is_answered(&b, 0);
	scan = scanner_fresh(scanner, us, 6, false);
	assert_ptr_equal(scan, b.scan);
	scan_put(scan);
	assert_true(nobody_looks());
	scan_put(a.scan);
	scan_put(b.scan);
	end();
}

/* With a max_age of 0 only a look that began after the question answers it. */
static void test_always_anew(void **state)
{
	struct test_asker a, b;
	int look;

	(void)state;
	begin(0);
	ask(&a, 5);
	look = await_look();
	ask(&b, 5);
	finish_look(look);
	is_answered(&a, 5);
	look = await_look();
	assert_false(has_answer(&b));
	assert_null(scanner_fresh(scanner, us, 5, false));
	finish_look(look);
	is_answered(&b, 5);
	assert_ptr_not_equal(a.scan, b.scan);
	scan_put(a.scan);
	scan_put(b.scan);
	end();
}

/* Never older than five times what it took, where that is more than max_age. */
static void test_slow_look(void **state)
{
	struct scan *scan;
	struct test_asker a;
	int64_t took;

	(void)state;
	begin(1);
	ask(&a, 5);
	finish_look(await_look());
	is_answered(&a, 5);
	took = a.scan->looks.snapshot->ended - a.scan->looks.snapshot->begun;
	a.scan->looks.single.ended += 3600 * INT64_C(1000000000);
	scan = scanner_fresh(scanner, us, 5, false);
	assert_ptr_equal(scan, a.scan);
	scan_put(scan);
	a.scan->looks.single.ended = a.scan->looks.single.begun + took;
	a.scan->looks.single.begun -= 5 * took + INT64_C(1000000000);
	a.scan->looks.single.ended -= 5 * took + INT64_C(1000000000);
	assert_null(scanner_fresh(scanner, us, 5, false));
	scan_put(a.scan);
	end();
}

/* Those who ask while it looks are answered by one look more, at all objects if they differ. */
static void test_several(void **state)
{
	struct test_asker first, a, b, c;
	int look;

	(void)state;
	begin(HOUR);
	ask(&first, 5);
	look = await_look();
	ask(&a, 6);
	ask(&b, 7);
	ask(&c, 6);
	a.slow = true;
	pthread_mutex_lock(&slow);
	finish_look(look);
	is_answered(&first, 5);
	finish_look(await_look());
	/* An answer that takes long keeps nobody else waiting. */
	is_answered(&b, 0);
	is_answered(&c, 0);
	assert_false(has_answer(&a));
	pthread_mutex_unlock(&slow);
	is_answered(&a, 0);
	assert_ptr_equal(a.scan, b.scan);
	assert_ptr_equal(a.scan, c.scan);
	assert_true(nobody_looks());
	scan_put(first.scan);
	scan_put(a.scan);
	scan_put(b.scan);
	scan_put(c.scan);
	end();
}

/* Whoever has withdrawn is not answered; who did so before asking does not even ask. */
static void test_withdrawal(void **state)
{
	struct test_asker a, b, early = {.asker.done = done};
	int look;

	(void)state;
	begin(HOUR);
	ask(&a, 5);
	look = await_look();
	ask(&b, 5);
	assert_true(scanner_withdraw(scanner, &a.asker));
	assert_false(scanner_withdraw(scanner, &a.asker));
	assert_false(scanner_withdraw(scanner, &early.asker));
	assert_false(scanner_ask(scanner, us, 5, &early.asker));
	finish_look(look);
	is_answered(&b, 5);
	assert_int_equal(a.answers, 0);
	assert_int_equal(early.answers, 0);
	scan_put(b.scan);
	end();
	assert_int_equal(a.answers + early.answers, 0);
}

static void *destroy(void *unused)
{
	(void)unused;
	stop();
	return NULL;
}

/* At the end nobody is left waiting, though the look still goes on. */
static void test_end(void **state)
{
	struct test_asker a, b;
	pthread_t ending;
	int look;

	(void)state;
	begin(HOUR);
	ask(&a, 5);
	look = await_look();
	ask(&b, 0);
	assert_int_equal(pthread_create(&ending, NULL, destroy, NULL), 0);
	assert_true(wait_until(DEADLINE_MS, has_answer, &a));
	assert_true(wait_until(DEADLINE_MS, has_answer, &b));
	assert_int_equal(a.error, -ECONNABORTED);
	assert_int_equal(b.error, -ECONNABORTED);
	assert_null(a.scan);
	finish_look(look);
	pthread_join(ending, NULL);
	assert_int_equal(a.answers + b.answers, 2);
	close(question.look.procfd);
}

/* Where there is no /proc, all are told so. */
static void test_error(void **state)
{
	struct test_asker a;
	struct scanner_report report;

	(void)state;
	begin(HOUR);
	stop();
	close(question.look.procfd);
	question.look.procfd = -1;
	start(&question, HOUR);
	for (size_t i = 0; i < 3; i++) {
		ask(&a, i);
		assert_true(wait_until(DEADLINE_MS, has_answer, &a));
		assert_int_equal(a.error, -EBADF);
	}
	assert_false(scanner_report(scanner, us, &report));
	stop();
}

#define ROUNDS 3000

static struct test_asker racers[ROUNDS];
static bool withdrawn[ROUNDS];

static void *withdraw_all(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < ROUNDS; i++)
		withdrawn[i] = scanner_withdraw(scanner, &racers[i].asker);
	return NULL;
}

/* Each is answered, or has withdrawn, or has not even asked: one of the three, and once. */
static void test_race(void **state)
{
	struct verdict_question real = {.look = question_open()};
	unsigned n_answers = 0, n_withdrawn = 0, n_refused = 0;
	pthread_t other;

	(void)state;
	real.look.flags = 0;
	start(&real, 0);
	for (size_t i = 0; i < ROUNDS; i++)
		racers[i] = (struct test_asker){.asker.done = done};
	assert_int_equal(pthread_create(&other, NULL, withdraw_all, NULL), 0);
	for (size_t i = 0; i < ROUNDS; i++)
		n_refused += !scanner_ask(scanner, us, i % 3, &racers[i].asker);
	pthread_join(other, NULL);
	stop();
	for (size_t i = 0; i < ROUNDS; i++) {
		assert_in_range(racers[i].answers, 0, 1);
		assert_false(racers[i].answers && withdrawn[i]);
		n_answers += racers[i].answers;
		n_withdrawn += withdrawn[i];
		scan_put(racers[i].scan);
	}
	print_message("%u answered, %u withdrawn, %u too late\n", n_answers, n_withdrawn,
		      n_refused);
	assert_int_equal(n_answers + n_withdrawn + n_refused, ROUNDS);
	question_close(&real.look);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_freshness), SANDBOXED(test_always_anew), SANDBOXED(test_slow_look),
		SANDBOXED(test_several),   SANDBOXED(test_withdrawal),  SANDBOXED(test_end),
		SANDBOXED(test_error),     SANDBOXED(test_race),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
