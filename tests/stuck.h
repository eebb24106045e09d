/* SPDX-License-Identifier: MIT */
/* A crew of processes, and what pshm_stuck says of them. */
#pragma once

#include "tests/crew.h"
#include "tests/progs.h"

int pid_of(size_t member);

/* Start a crew of so many: member 0 holds the semaphore /jobs, member 1 sleeps on it. */
void begin_jobs(const char *n);

/*
 * says() - The output of pshm_stuck with arguments, valid until the next call, as soon as it ends
 * with this status and has `part` in it: what was just started settles in a moment.
 */
#define says(status, part, ...)                                                                    \
	says_argv(0, (status), (part), (const char *const[]){__VA_ARGS__, NULL})
const char *says_argv(uid_t user, int status, const char *part, const char *const argv[]);

/* Fail the test unless the text has `part` in it. */
void contains(const char *text, const char *part);
