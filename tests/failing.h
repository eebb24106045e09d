/* SPDX-License-Identifier: MIT */
/* Allocations that fail at will: in the test itself, or in a program that it starts. */
#pragma once

#include <stdbool.h>
#include <stdatomic.h>

/* What is to fail. */
enum failing_what { FAILING_NOTHING, FAILING_ALLOCATION, FAILING_THREAD };

struct failing {
	_Atomic int what;
	_Atomic bool lasting;          /* all from the nth on, not the nth alone */
	_Atomic unsigned long nth;     /* from 1 */
	_Atomic unsigned long counted; /* since it was armed */
	_Atomic unsigned long failed;
	_Atomic long blocks; /* that were allocated and not yet freed */
};

/* The variable that names the file with the words above, for programs with the shared library. */
#define FAILING_FILE "PSHM_FAILING"

/* In this process: those above, or NULL where the wrappers are not linked. */
extern struct failing *failing;
