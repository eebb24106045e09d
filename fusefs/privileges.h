/* SPDX-License-Identifier: MIT */
/* What the mounted program may still do: the capabilities and the system calls that it needs. */
#pragma once

#include <stdio.h>

#include "core/confine.h"

/* What a mount is for, as bits. */
enum privileges_use {
	PRIVILEGES_LOOK = 1,        /* any */
	PRIVILEGES_OTHERS = 2,      /* it takes the rights of who asks (allow_other) */
	PRIVILEGES_WRITE = 4,       /* objects can be changed */
	PRIVILEGES_DISCOVER = 16,   /* it reads programs that objects' attributes name */
	PRIVILEGES_PASSTHROUGH = 8, /* the kernel may read objects by itself */
};

struct privileges {
	uint64_t capabilities; /* that were kept */
	int calls; /* how many system calls are allowed; or -errno: there is no filter */
};

/*
 * privileges_drop() - Keep what these uses need, of what there is, for good.
 *
 * To be called when all is mounted and forked, and before there are threads. What cannot be had of
 * it (a kernel without filters) is told by privileges_about(). 0 or -errno: nothing was dropped.
 */
int privileges_drop(unsigned uses, struct privileges *ret);

/* Two lines. */
void privileges_about(const struct privileges *privileges, FILE *out);

/* The system calls of a mount: the table, and how many of it for these uses. */
extern const struct confine_rule privileges_calls[];
size_t privileges_n_calls(unsigned uses);

/* The capabilities for these uses, where there are all of `permitted`. */
uint64_t privileges_needed(unsigned uses, uint64_t permitted);
