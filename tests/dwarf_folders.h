/* SPDX-License-Identifier: MIT */
/* A struct with structs and arrays of them: of dwarf_c.c, and of the test that puts it in memory.
 */
#pragma once

#include <semaphore.h>

struct slot {
	int key;
	sem_t lock;
};

/* What is a directory in the mount, with names that are something else there. */
struct folders {
	struct {
		int raw, odd_name;
	} raw;
	union {
		struct {
			int x, y;
		} point;
		long both;
	} choice;
	struct slot slots[3], grid[2][3], rest[5000];
	int stat;
	struct {
		int a;
	} table[100][100], few[2];
	sem_t sems[2];
};
