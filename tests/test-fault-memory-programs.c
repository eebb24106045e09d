/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of our programs fails in turn: they do what they are for, or say that there was
 * no memory; none dies of it, and no object is left behind half made.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/fault_objects.h"
#include "tests/preload.h"
#include "tests/progs.h"
#include "tests/reliability.h"
#include "tests/support.h"

/* A program's call. Objects are as fault_objects_make() makes them. */
struct call {
	const char *argv[6];
	const char *made; /* the object that it makes, */
	off_t size;       /* … of this size; */
	const char *gone; /* or that it removes */
	const char *input;
};

static const struct call calls[] = {
	{{"pshm_ls"}},
	{{"pshm_ls", "-J", "-o", "NAME,LAYOUT,VALUE"}},
	{{"pshm_ls", "--unlinked", "-o", "NAME,PIDS,VERDICT"}},
	{{"pshm_stuck"}},
	{{"pshm_stuck", "-J"}},
	{{"pshm_stuck", "/pshm_xfr"}},
	{{"pshm_layout", "--of", "/count"}},
	{{"pshm_layout", "--of", "/pshm_xfr", "-J"}},
	{{"pshm_read", "/garbage"}},
	{{"pshm_write", "/garbage", "other"}},
	{{"pshm_create", "-c", "/made", "100"}, .made = "made", .size = 100},
	{{"pshm_create_simple", "/made", "100"}, .made = "made", .size = 100},
	{{"pshm_unlink", "/garbage"}, .gone = "garbage"},
	{{"pshm_seqnum_init", "/made", "3"}, .made = "made", .size = 40},
	{{"pshm_seqnum_get", "/count"}},
	{{"psem_create", "-c", "/made", "600", "3"}, .made = "sem.made", .size = 32},
	{{"psem_getvalue", "/lock"}},
	{{"psem_post", "/lock"}},
	{{"psem_wait", "/lock"}},
	{{"psem_unlink", "/lock"}, .gone = "sem.lock"},
	{{"pshm_linkedlist", "/list"}},
};

static unsigned long n_calls, n_failures;

static void begin(const struct call *call)
{
	if (call->made)
		unlink(shm_path(call->made));
	fault_objects_make(NULL);
}

/* What is made is whole or not there: sem_open(3) needs memory after it has made its file. */
static bool objects_right(const struct call *call, bool done)
{
	struct stat st;
	const bool there = call->made && stat(shm_path(call->made), &st) == 0;

	if (call->made && (done || there))
		return there && st.st_size == call->size;
	return !done || !call->gone || access(shm_path(call->gone), F_OK) < 0;
}

static void call_run(const struct call *call, struct result *ret)
{
	const struct child_setup setup = {
		.in = STREAM_NULL, .out = STREAM_MEMORY, .err = STREAM_MEMORY};
	struct child child;

	begin(call);
	start_argv(&child, &setup, call->argv);
	child_finish(&child, ret);
}

static bool right(const struct call *call, const struct result *result, const char *wanted)
{
	if (result->status == 0)
		return objects_right(call, true) && (failing_same(result->out, wanted) ||
						     failing_said(result->out) || *result->err);
	/* pshm_stuck: 3, it could not be told. */
	return (result->status == 1 || result->status == 3) && *result->err &&
	       objects_right(call, false);
}

/* How many have failed. */
static unsigned long fail_nth(struct failing *failing_there, const struct call *call,
			      unsigned long nth, bool lasting, const char *wanted)
{
	struct result result;
	unsigned long failed;

	failing_arm(failing_there, FAILING_ALLOCATION, nth, lasting);
	call_run(call, &result);
	failed = failing_disarm(failing_there);
	if (!right(call, &result, wanted)) {
		fprintf(stderr, "%s %s, allocation %lu%s: %d, \"%s\", \"%s\"\nnot \"%s\"\n",
			call->argv[0], call->argv[1] ? call->argv[1] : "", nth,
			lasting ? " and all after it" : "", result.status, result.out, result.err,
			wanted);
		fail();
	}
	result_deinit(&result);
	return failed;
}

static void fail_each(struct failing *failing_there, const struct call *call)
{
	struct result result;

	failing_arm(failing_there, FAILING_NOTHING, 0, false);
	call_run(call, &result);
	if (result.status || *result.err || !objects_right(call, true))
		fail_msg("%s: %d, %s", call->argv[0], result.status, result.err);
	n_calls++;
	for (int lasting = 0; lasting < 2; lasting++)
		for (unsigned long nth = 1; fail_nth(failing_there, call, nth, lasting, result.out);
		     nth = failing_after(nth))
			n_failures++;
	result_deinit(&result);
}

static void test_programs(void **state)
{
	struct failing *failing_there = preload_start();

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		fail_each(failing_there, &calls[i]);
	preload_stop();
	preload_end(failing_there);
	reliability_row("faults", "an allocation fails in a program", failing_times(),
			"it does what it is for, or says why not; no object is half made",
			"as it should be, of %lu calls, %lu times", n_calls, n_failures);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_programs),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
