/* SPDX-License-Identifier: MIT */
/* Transfers between programs of ours and plain ones, as tests run and judge them. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/child.h"

/* Who sends, and who receives. */
struct pair {
	const char *writer; /* a build of tests/plain_xfr.c ("gcc-O2-1024"), or NULL: ours... */
	const char *reader;
	const char *buffer; /* ...with this -b, or NULL */
	const char *blocks; /* ...and this -B */
};

/* Start one half; setup as in child_start(). */
void pair_start_writer(struct child *ret, const struct pair *pair, const struct child_setup *setup);
void pair_start_reader(struct child *ret, const struct pair *pair, const struct child_setup *setup);

/* So many random bytes, the same for one seed; the caller frees them. */
char *pair_bytes(size_t size);

/*
 * pair_transfer() - Send these bytes, and fail the test unless all of them arrive, both end with 0
 * and no message, and no object is left.
 */
void pair_transfer(const struct pair *pair, const void *bytes, size_t size);

/* Wait until the half has ended, for so long at most. */
bool pair_ends(const struct child *child, int ms);

/* Fail the test where /dev/shm is not empty. */
void pair_expect_nothing_left(void);
