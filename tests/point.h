/* SPDX-License-Identifier: MIT */
/* A mount point, and the daemon that a test starts there by itself (mount.h does more for others).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tests/sandbox.h"

/* A folder that each test finds anew, beside a sequence number /count of 41. */
#define POINT SANDBOX_WORK "/point"

/* The fixture, by WITH_POINT(test); what a test has bound over /dev/fuse is taken away. */
int point_setup(void **state);
int point_teardown(void **state);

#define WITH_POINT(test) cmocka_unit_test_setup_teardown(test, point_setup, point_teardown)

/* The pid of the one process called pshmfs, or 0: in the sandbox there is only ours. */
pid_t point_daemon(void);

/* For wait_until(): it has ended; or what is mounted on POINT answers, or the child has ended. */
bool point_daemon_gone(void *data);
bool point_serves(void *child);

/* Fail the test unless it ends, and leaves nothing mounted on POINT. */
void point_await_end(void);
