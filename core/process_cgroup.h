/* SPDX-License-Identifier: MIT */
/* Is a process frozen by its cgroup, of version 1 or 2? */
#pragma once

#include <stdbool.h>

/* The latest answer: processes of one cgroup follow each other. Start with a zeroed one. */
struct cgroup_memo {
	char text[1024];
	bool frozen;
};

/*
 * cgroup_frozen() - Is the process whose entry `dirfd` is frozen?
 *
 * `cgroupfd` is /sys/fs/cgroup. Where it cannot be told (another root of cgroups, not mounted), it
 * is not frozen.
 */
bool cgroup_frozen(int cgroupfd, int dirfd, struct cgroup_memo *memo);
