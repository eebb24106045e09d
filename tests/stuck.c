/* SPDX-License-Identifier: MIT */
/* The means of the tests of pshm_stuck. */
#include "tests/stuck.h"

#include <stdlib.h>
#include <string.h>

int pid_of(size_t member)
{
	return crew.pids[1 + member];
}

/* What it is to end with and to say; who was just started settles in a moment. */
struct wish {
	int status;
	const char *part;
	const char *const *argv;
	uid_t user;
	struct result result;
};

static bool is_so(void *data)
{
	struct wish *wish = data;
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = wish->user};
	const char *argv[8] = {program("pshm_stuck")};

	for (int i = 0; wish->argv[i]; i++)
		argv[1 + i] = wish->argv[i];
	result_deinit(&wish->result);
	run_argv(&wish->result, argv, &setup);
	return wish->result.status == wish->status && strstr(wish->result.out, wish->part);
}

const char *says_argv(uid_t user, int status, const char *part, const char *const argv[])
{
	static char *out;
	struct wish wish = {.status = status, .part = part, .argv = argv, .user = user};

	if (!wait_until(DEADLINE_MS, is_so, &wish))
		fail_msg("status %d, not %d; wanted: %s\nout: %s\nerr: %s", wish.result.status,
			 status, part, wish.result.out, wish.result.err);
	assert_null(strchr(wish.result.out, '{')); /* each blank in the advice is filled in */
	free(out);
	out = strdup(wish.result.out);
	result_deinit(&wish.result);
	return out;
}

void contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

void begin_jobs(const char *n)
{
	actor_start(&crew, "crew", n);
	told("0 sem /jobs 1", "done");
	told("0 wait /jobs", "done");
	told("1 sem /jobs 1", "done");
	told("1 wait /jobs", "asleep");
}
