/* SPDX-License-Identifier: MIT */
/* Programs whose allocations or threads fail (failing.h). */
#pragma once

#include "tests/failing.h"

/*
 * preload_start() - What is started from now on, until preload_stop(), has the wrappers and obeys
 * the words that are returned: nothing fails as long as `what` is FAILING_NOTHING.
 */
struct failing *preload_start(void);

/* They live until preload_end(). */
void preload_stop(void);
void preload_end(struct failing *words);

/* The nth from now on is to fail, and with `lasting` all after it. */
void failing_arm(struct failing *words, enum failing_what what, unsigned long nth, bool lasting);

/* No more; returns how many have failed. */
unsigned long failing_disarm(struct failing *words);

/* The next one to try: each, with PSHM_FAULTS=all; else ever fewer behind the first. */
unsigned long failing_after(unsigned long nth);

/* "each one", or "a sample of them". */
const char *failing_times(void);

/* Are the texts the same, but for numbers and times? */
bool failing_same(const char *text, const char *other);

/* Does the text say that there was no memory? */
bool failing_said(const char *text);
