/* SPDX-License-Identifier: MIT */
/*
 * Each allocation, and each start of a thread, fails in turn in the daemon of a real mount while a
 * request is answered: of each name that a walk of the mount finds, as its attributes, its content
 * and its names are asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/fault_objects.h"
#include "tests/point.h"
#include "tests/preload.h"
#include "tests/reliability.h"
#include "tests/support.h"

static struct mount mount_here;
static struct failing *failing_there;
static unsigned long n_requests, n_failures;

static int ask_attributes(const char *path, char **ret)
{
	struct stat st;

	*ret = NULL;
	if (stat(path, &st) < 0)
		return -errno;
	assert_true(asprintf(ret, "%o %ld", st.st_mode, (long)st.st_size) > 0);
	return 0;
}

static int ask_content(const char *path, char **ret)
{
	size_t size;
	int r = read_file(path, ret, &size);

	for (size_t i = 0; r == 0 && i < size; i++)
		if (!(*ret)[i])
			(*ret)[i] = 'N';
	return r;
}

static int ask_names(const char *path, char **ret)
{
	_cleanup_free_ char *names = list_names(path);

	*ret = NULL;
	if (*names == '!')
		return strncmp(names, "!ENOMEM", 7) == 0 ? -ENOMEM : -EIO;
	*ret = names;
	names = NULL;
	return 0;
}

typedef int ask_fn(const char *path, char **ret);

/* What cannot be rendered has no size, and nobody may read it. */
static bool right(const char *text, const char *wanted)
{
	return failing_same(text, wanted) || failing_said(text) || strcmp(text, "100000 0") == 0;
}

/* How many have failed. */
static unsigned long fail_nth(const char *path, ask_fn *ask, unsigned long nth, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	unsigned long failed;
	int r;

	failing_arm(failing_there, FAILING_ALLOCATION, nth, false);
	r = ask(path, &text);
	failed = failing_disarm(failing_there);
	if (child_ended(&mount_here.daemon) || (r < 0 ? r != -ENOMEM : !right(text, wanted))) {
		fprintf(stderr, "%s, allocation %lu: %s\nnot %s\npshmfs: %s\n", path, nth,
			r < 0 ? strerrorname_np(-r) : text, wanted,
			child_said(mount_here.daemon.err, NULL));
		fail();
	}
	return failed;
}

static void fail_each(const char *path, ask_fn *ask)
{
	_cleanup_free_ char *wanted = NULL, *again = NULL;
	int r = ask(path, &wanted);

	if (r < 0)
		fail_msg("%s: %s", path, strerror(-r));
	n_requests++;
	for (unsigned long nth = 1; fail_nth(path, ask, nth, wanted); nth = failing_after(nth))
		n_failures++;
	assert_int_equal(ask(path, &again), 0);
	if (!failing_same(again, wanted))
		fail_msg("%s: afterwards \"%s\", not \"%s\"", path, again, wanted);
}

static int fail_name(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	assert_int_not_equal(kind, FTW_NS);
	fail_each(path, ask_attributes);
	fail_each(path, kind == FTW_F ? ask_content : ask_names);
	return 0;
}

static void begin_mount(const char *options)
{
	failing_there = preload_start();
	mount_start(&mount_here, NULL, options);
	preload_stop();
	n_requests = n_failures = 0;
}

static void walk(void)
{
	struct actor sleepers;

	fault_objects_make(NULL);
	actor_start(&sleepers, "sem-wait", "jobs", "2");
	assert_int_equal(nftw(mount_here.path, fail_name, 16, FTW_PHYS), 0);
	actor_stop(&sleepers);
}

static void test_strict(void **state)
{
	(void)state;
	begin_mount(pathf("strict,max_age=0,%s", fault_objects_option()));
	walk();
	mount_stop_short(&mount_here);
	preload_end(failing_there);
	reliability_row("faults", "an allocation fails in the daemon, whose mount is walked",
			failing_times(),
			"the right answer, or ENOMEM; the daemon goes on; no descriptor is lost",
			"as it should be, of %lu requests, %lu times", n_requests, n_failures);
}

/* With one thread less it serves objects, or says at the start that it cannot. */
static bool served_with(unsigned long nth, unsigned long *ret_failed)
{
	struct result result;
	struct child child;
	bool served;

	failing_there = preload_start();
	failing_arm(failing_there, FAILING_THREAD, nth, false);
	child_start(&child, (const char *const[]){pshmfs_path(), "-f", POINT, NULL}, NULL);
	preload_stop();
	assert_true(wait_until(DEADLINE_MS, point_serves, &child));
	served = !child_ended(&child);
	if (served) {
		cat_equals(POINT "/count/seqnum", "41\n");
		cat_contains(POINT "/count/stat", "name\tcount\n");
		cat_contains(POINT "/.pshmfs/about", "version\t");
		assert_int_equal(umount2(POINT, 0), 0);
	}
	child_finish(&child, &result);
	assert_int_equal(result.status, served ? 0 : 1);
	if (!served && !strstr(result.err, ": no thread\n"))
		fail_msg("%s", result.err);
	result_deinit(&result);
	point_await_end();
	*ret_failed = failing_disarm(failing_there);
	preload_end(failing_there);
	return served;
}

static void test_threads(void **state)
{
	unsigned long nth = 0, failed, refused = 0;

	(void)state;
	do
		refused += !served_with(++nth, &failed);
	while (failed);
	reliability_row("faults", "a thread of the daemon cannot be started", "each in turn",
			"objects are read, or a message at the start; no mount is left",
			"read without %lu of them; a message for %lu", nth - 1 - refused, refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_strict),
		WITH_POINT(test_threads),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
