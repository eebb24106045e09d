/* SPDX-License-Identifier: MIT */
/*
 * Random worlds, told by the mount and by the engine, and read from /proc in the plain way
 * (worlds.py). PSHM_WORLDS: how many; PSHM_WORLDS_SEED: which.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support.h"

static const char *setting(const char *variable, const char *otherwise)
{
	const char *value = getenv(variable);

	return value ? value : otherwise;
}

static bool has_ended(void *data)
{
	return child_ended(data);
}

static void test_worlds(void **state)
{
	const struct child_setup setup = {STREAM_NULL, STREAM_INHERIT, STREAM_INHERIT};
	struct child child;
	struct result result;
	struct mount mount;

	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	child_start(&child,
		    (const char *const[]){
			    "python3", "-B", setting("PSHM_WORLDS_PY", "worlds.py"), mount.path,
			    getenv("PSHM_LOOK"), setting("PSHM_WORLDS", "12"),
			    setting("PSHM_WORLDS_SEED", ""), pathf("%d", mount.daemon.pid), NULL},
		    &setup);
	while (!wait_until(DEADLINE_MS, has_ended, &child))
		;
	child_finish(&child, &result);
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_worlds),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
