/* SPDX-License-Identifier: MIT */
/* What tests of faults have in common: nothing is left behind, and how often it is tried. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/child.h"
#include "tests/point.h"
#include "tests/reliability.h"

/*
 * The fixture, by FAULT(test): that of WITH_POINT(), and it remembers which mounts, processes and
 * objects there are. After the test they are the same, or it has failed.
 */
int fault_setup(void **state);
int fault_teardown(void **state);

#define FAULT(test) cmocka_unit_test_setup_teardown(test, fault_setup, fault_teardown)

/*
 * Wait until there are just the mounts, the processes and the objects (name, inode, size, blocks
 * and bytes) of the test's beginning, and fail it, with what differs, where that does not come.
 */
void fault_expect_nothing_left(void);

/* The same, and then a row of docs/reliability.md: see reliability_row(). */
#define fault_row(what, times, bound, ...)                                                         \
	do {                                                                                       \
		fault_expect_nothing_left();                                                       \
		reliability_row("faults", (what), (times), (bound), __VA_ARGS__);                  \
	} while (0)

/* How often: PSHM_FAULTS=N in the environment is N times as often. */
unsigned fault_times(unsigned once);

/* pathf("%u times") */
const char *fault_times_text(unsigned n);

/* A random number below n; PSHM_SEED=N: those of an earlier run. The seed is printed. */
unsigned fault_pick(unsigned n);

/* Wait for some microseconds below `us`, or until the process has ended. */
void fault_random_moment(pid_t pid, unsigned us);

/* The daemon in the foreground on POINT, which serves; options may be NULL. */
void fault_mount(struct child *ret, const char *source, const char *options);

/* It ends within the deadline, with status 0 and without a word. */
void fault_ends_well(struct child *daemon);

/* A new one can be mounted on POINT, works, and is ended by SIGTERM, with all that is its own. */
void fault_remount(void);

/*
 * Nothing is mounted on POINT any more, although it was not unmounted but cut off. Where the kernel
 * has no numbers of mounts that none gets again (before Linux 6.8) it is left to the next start.
 */
void fault_expect_cleared(void);

/* The process whose name this is, or 0. */
pid_t fault_process(const char *name);

/* Wait until this process is in this state of proc(5) ('T'), or there is no such process ('-'). */
void fault_await_state(pid_t pid, char state);

/* Fail the test where this took longer than `ms`, or as much longer as the machine is slow. */
void fault_expect_within(uint64_t ns, int ms);

/* Milliseconds, rounded up: as rows tell them. */
unsigned fault_ms(uint64_t ns);
