/* SPDX-License-Identifier: MIT */
/* From the scheduler's clocks to CLOCK_MONOTONIC. */
#include "core/process_clock.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/process_task.h"

void clocks_init(int procfd, struct clocks *ret)
{
	*ret = (struct clocks){.procfd = procfd};
}

void clocks_deinit(struct clocks *clocks)
{
	if (clocks->moved)
		sched_setaffinity(0, sizeof(clocks->affinity), (cpu_set_t *)clocks->affinity);
	free(clocks->items);
	clocks->items = NULL;
	clocks->n = 0;
	clocks->moved = false;
}

/* Where that is not allowed (cpuset(7)), we ask where we are. */
static void move_to(struct clocks *clocks, unsigned cpu)
{
	unsigned long wanted[sizeof(clocks->affinity) / sizeof(clocks->affinity[0])] = {0};
	const size_t size = sizeof(wanted);

	if (!clocks->moved && sched_getaffinity(0, size, (cpu_set_t *)clocks->affinity) < 0)
		return;
	CPU_SET_S(cpu, size, (cpu_set_t *)wanted);
	clocks->moved |= sched_setaffinity(0, size, (cpu_set_t *)wanted) == 0;
}

/* Our own se.exec_start is of the moment when we came to this CPU. */
static void ask(struct clocks *clocks, unsigned cpu)
{
	struct timespec now;
	struct clock *clock = &clocks->items[cpu];

	move_to(clocks, cpu);
	clock_gettime(CLOCK_MONOTONIC, &now);
	clock->monotonic = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
	clock->scheduler = task_ran(clocks->procfd, "thread-self");
	clocks->blind = !clock->scheduler;
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
