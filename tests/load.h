/* SPDX-License-Identifier: MIT */
/* Processes that read in a mount, each over and over, until it gets an error or is told to stop. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/child.h"

/* How one of them reads. */
enum reading_kind {
	READ_FILE,  /* open(2), read to its end, close */
	READ_AGAIN, /* to its end and from its beginning again, by one descriptor */
	READ_LIST,  /* the names in a folder */
};

struct reading {
	const char *path; /* below the load's folder; "" is that itself */
	enum reading_kind kind;
};

/* What a reader tells, in memory that it shares with the test. */
struct reader_state {
	_Atomic uint64_t reads; /* that were good */
	_Atomic int error;      /* the errno that ended it, or 0 */
	_Atomic uint64_t when;  /* then: CLOCK_MONOTONIC in ns */
	atomic_bool stop;
};

#define LOAD_MAX 32

struct load {
	size_t n;
	bool detached; /* its paths are those of no mount any more: ENOENT is regular, too */
	struct child children[LOAD_MAX];
	struct reader_state *states; /* as many */
};

/* Start `n` of them, which read by these rows in turn. load_deinit() ends them. */
void load_start(struct load *ret, const char *folder, const struct reading *readings,
		size_t n_readings, size_t n);

/* Wait until each that has had no error has read `reads` times more; fail the test without. */
void load_goes_on(struct load *load, uint64_t reads);

/* Wait until each waits for an answer of the mount. */
void load_waits(struct load *load);

/* How many had an error up to now. */
size_t load_failed(const struct load *load);

/*
 * load_await_errors() - Wait until each has had an error, which must be what a mount says whose
 * server has gone (ENOTCONN, ECONNABORTED; EIO of what was open), and then has ended.
 *
 * since: CLOCK_MONOTONIC in ns. Returns how long the last took from then on, in ns.
 */
uint64_t load_await_errors(struct load *load, uint64_t since);

/* Tell them to stop; the test fails where one had an error. */
void load_stop(struct load *load);

/* Kill and collect what still runs of them, and forget them. */
void load_deinit(struct load *load);
