/* SPDX-License-Identifier: MIT */
/* Who looks at everything, over and over, and takes the time that each call needs. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "tests/neighbours/kinds.h"

struct reader {
	const char *mount; /* NULL: /dev/shm itself is asked */
	bool cheap;        /* only what waits for nothing */
	unsigned seed;
	pthread_t thread;
	struct tally tallies[KINDS_MAX];
	unsigned passes;
	atomic_bool *ending;
	atomic_bool *done; /* which of kinds[] somebody has read to the end */
	/* What it does now, for who watches: since when (clock_ns(); 0: nothing), and where. */
	_Atomic uint64_t since;
	_Atomic size_t kind;
	char wrong[512]; /* "": all was as it may be */
};

/* Start one that ends when *ending is set. */
void reader_start(struct reader *reader);

/* Wait for it. */
void reader_stop(struct reader *reader);
