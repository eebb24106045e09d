/* SPDX-License-Identifier: MIT */
/* From the scheduler's clocks to CLOCK_MONOTONIC. */
#include "core/process_clock.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/process_task.h"

void clocks_init(int procfd, struct clocks *ret)
{
	*ret = (struct clocks){.procfd = procfd};
}

void clocks_deinit(struct clocks *clocks)
{
	free(clocks->items);
	clocks->items = NULL;
	clocks->n = 0;
}

/* As large as that of any kernel: a smaller one is EINVAL, sched_getaffinity(2). */
struct cpus {
	cpu_set_t sets[CLOCKS_MAX / CPU_SETSIZE];
};

/* Where that is not allowed (cpuset(7)), we ask where we are. */
static bool move_to(unsigned cpu, struct cpus *ret_before)
{
	struct cpus wanted = {0};

	if (sched_getaffinity(0, sizeof(*ret_before), ret_before->sets) < 0)
		return false;
	CPU_SET_S(cpu, sizeof(wanted), wanted.sets);
	return sched_setaffinity(0, sizeof(wanted), wanted.sets) == 0;
}

/* Our own se.exec_start is of the moment when we came to this CPU. */
static void ask(struct clocks *clocks, unsigned cpu)
{
	struct clock *clock = &clocks->items[cpu];
	struct cpus before = {0};
	const bool moved = move_to(cpu, &before);

	clock->monotonic = clock_read(CLOCK_MONOTONIC);
	clock->scheduler = task_ran(clocks->procfd, "thread-self");
	clocks->blind = !clock->scheduler;
	/* Two that scan would else stay on one CPU. */
	if (moved)
		sched_setaffinity(0, sizeof(before), before.sets);
}

static bool make_room(struct clocks *clocks, unsigned cpu)
{
	struct clock *grown;

	if (cpu < clocks->n)
		return true;
	grown = cpu < CLOCKS_MAX ? reallocarray(clocks->items, cpu + 1, sizeof(*grown)) : NULL;
	if (!grown)
		return false;
	memset(grown + clocks->n, 0, (cpu + 1 - clocks->n) * sizeof(*grown));
	clocks->items = grown;
	clocks->n = cpu + 1;
	return true;
}

int64_t clocks_monotonic(struct clocks *clocks, unsigned cpu, uint64_t ran)
{
	if (!ran || clocks->blind || !make_room(clocks, cpu))
		return 0;
	if (!clocks->items[cpu].scheduler)
		ask(clocks, cpu);
	if (clocks->blind)
		return 0;
	return clocks->items[cpu].monotonic - (int64_t)(clocks->items[cpu].scheduler - ran);
}
