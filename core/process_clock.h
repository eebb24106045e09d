/* SPDX-License-Identifier: MIT */
/* From the scheduler's clocks to CLOCK_MONOTONIC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCKS_MAX 8192 /* CPUs; NR_CPUS on x86-64 is at most that */

/*
 * What the scheduler's clock of each CPU said at one moment. They differ: time stolen by the
 * hypervisor and (CONFIG_IRQ_TIME_ACCOUNTING) spent in interrupts is not counted, and a machine
 * with 25 minutes of uptime had 579 ms between its two CPUs. So we go to a CPU to ask for its
 * clock: 0.1 ms for each of them that is asked for.
 */
struct clocks {
	int procfd;
	struct clock {
		uint64_t scheduler; /* ns; 0: not asked yet */
		int64_t monotonic;  /* ns, at the same moment */
	} * items;
	unsigned n;
	bool blind; /* the kernel does not tell */
};

/* `procfd`: an open /proc, with the entry thread-self. */
void clocks_init(int procfd, struct clocks *ret);

void clocks_deinit(struct clocks *clocks);

/* When the clock of this CPU was `ran` ns: CLOCK_MONOTONIC, ns; or 0 where it cannot be told. */
int64_t clocks_monotonic(struct clocks *clocks, unsigned cpu, uint64_t ran);
