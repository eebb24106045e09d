/* SPDX-License-Identifier: MIT */
/* What is kept open for the next request: only what it is still right for, and never for long. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "fusefs/kept.h"
#include "tests/support.h"

#define SLOT 7

/* Found in the future, so that a slow machine has time for what comes now. */
static void give(struct kept *kept, const char *name)
{
	struct object object;

	assert_int_equal(object_open(shm_folder(), name, &object), 0);
	object.found = clock_ns() + (uint64_t)DEADLINE_MS * 1000000;
	kept_give(kept, SLOT, &object);
	assert_int_equal(object.fd, -1);
}

/* Is it kept? Then it is kept no more. */
static bool taken(struct kept *kept, uint64_t slot)
{
	struct object object = OBJECT_NONE;
	bool ret = kept_take(kept, slot, &object);

	object_close(&object);
	return ret;
}

static void test_take(void **state)
{
	struct kept *kept;
	struct object object;

	(void)state;
	make_object("x", "0123456789", 10);
	assert_int_equal(kept_create(&kept), 0);
	assert_false(taken(kept, SLOT));
	give(kept, "x");
	assert_false(taken(kept, SLOT + 1));
	assert_true(taken(kept, SLOT));
	assert_false(taken(kept, SLOT));
	give(kept, "x");
	assert_true(kept_take(kept, SLOT, &object));
	assert_int_equal(object.st.stx_size, 10);
	kept_give(kept, SLOT, &object);
	kept_destroy(kept);
	assert_false(taken(NULL, SLOT));
}

static void do_unlink(void)
{
	assert_int_equal(unlink(shm_path("x")), 0);
}

static void do_replace(void)
{
	make_object("other", "other", 5);
	assert_int_equal(renameat(shm_folder(), "other", shm_folder(), "x"), 0);
}

static void do_rename(void)
{
	assert_int_equal(renameat(shm_folder(), "x", shm_folder(), "y"), 0);
}

static void do_chmod(void)
{
	assert_int_equal(fchmodat(shm_folder(), "x", 0600, 0), 0);
}

static void do_truncate(void)
{
	assert_int_equal(truncate(shm_path("x"), 4), 0);
}

/* Where the kernel takes the times of changes from. */
static struct timespec last_tick(void)
{
	struct timespec ret;

	clock_gettime(CLOCK_REALTIME_COARSE, &ret);
	return ret;
}

static bool has_ticked(void *data)
{
	const struct timespec *before = data;
	struct timespec now = last_tick();

	return now.tv_sec != before->tv_sec || now.tv_nsec != before->tv_nsec;
}

static void test_changes(void **state)
{
	void (*const changes[])(void) = {do_unlink, do_replace, do_rename, do_chmod, do_truncate};
	struct kept *kept;

	(void)state;
	assert_int_equal(kept_create(&kept), 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct timespec made;

		make_object("x", "0123456789", 10);
		give(kept, "x");
		made = last_tick();
		assert_true(wait_until(DEADLINE_MS, has_ticked, &made));
		changes[i]();
		assert_false(taken(kept, SLOT));
		unlink(shm_path("x"));
	}
	kept_destroy(kept);
}

static bool all_closed(void *data)
{
	return fds_count(getpid()) == *(const int *)data;
}

/* Nobody comes for it: it is closed, so that what is unlinked is gone. */
static void test_old(void **state)
{
	struct kept *kept;
	struct object object;
	int before;

	(void)state;
	make_object("x", "0123456789", 10);
	assert_int_equal(kept_create(&kept), 0);
	before = fds_count(getpid());
	for (uint64_t slot = 0; slot < 100; slot++) {
		assert_int_equal(object_open(shm_folder(), "x", &object), 0);
		kept_give(kept, slot, &object);
	}
	assert_true(wait_until(DEADLINE_MS, all_closed, &before));
	/* A time that has passed. */
	assert_int_equal(object_open(shm_folder(), "x", &object), 0);
	object.found = 0;
	kept_give(kept, SLOT, &object);
	assert_false(taken(kept, SLOT));
	kept_destroy(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_take),
		SANDBOXED(test_changes),
		SANDBOXED(test_old),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
