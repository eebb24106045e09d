/* SPDX-License-Identifier: MIT */
/* Where the two halves run: it decides on the time of small blocks more than anything else. */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "core/cleanup.h"
#include "progs/xfr_bench.h"

enum { LIST_SIZE = 256 };

/* The processors of this one's core, "0,4"; "" where that is not told. */
static void read_core(int cpu, char ret[LIST_SIZE])
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/core_cpus_list", cpu);
	file = fopen(path, "re");
	if (!file || !fgets(ret, LIST_SIZE, file))
		ret[0] = '\0';
}

/* Threads of one core share its caches, and its speed. */
static bool share_core(int a, int b)
{
	char core_a[LIST_SIZE], core_b[LIST_SIZE];

	read_core(a, core_a);
	read_core(b, core_b);
	return core_a[0] && strcmp(core_a, core_b) == 0;
}

static int next_cpu(const cpu_set_t *set, int from)
{
	while (from < CPU_SETSIZE && !CPU_ISSET((size_t)from, set))
		from++;
	return from;
}

int bench_cpus_choose(bool one, struct bench_cpus *ret)
{
	cpu_set_t allowed;
	int first, second;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	first = next_cpu(&allowed, 0);
	*ret = (struct bench_cpus){.writer = first, .reader = first};
	if (one)
		return 0;
	for (second = next_cpu(&allowed, first + 1); second < CPU_SETSIZE;
	     second = next_cpu(&allowed, second + 1)) {
		if (ret->reader == first || !share_core(first, second))
			ret->reader = second;
		if (!share_core(first, second))
			break;
	}
	return 0;
}

int bench_cpus_bind(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}
