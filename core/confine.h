/* SPDX-License-Identifier: MIT */
/* A filter of system calls for this process, from a table of those that it needs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One call that is allowed: always, or where an argument is as it should be. A name that this
 * machine or libseccomp does not know is passed over, so a table may have those of any.
 */
struct confine_rule {
	const char *call;
	uint64_t mask, value; /* where (argument & mask) == value; mask 0: always */
	unsigned argument;    /* which, from 0 */
	bool own;             /* where the argument is the pid of this process */
	int error;            /* it is not allowed at all, and this is what is said (not EPERM) */
};

/* Argument number n, an int, is this. */
#define CONFINE_INT(n, number) .argument = (n), .mask = UINT32_MAX, .value = (uint32_t)(number)

/* Argument number n has all, or none, of these bits. */
#define CONFINE_BITS(n, bits) .argument = (n), .mask = (bits), .value = (bits)
#define CONFINE_NO_BITS(n, bits) .argument = (n), .mask = (bits)

/*
 * confine() - From now on all threads of this process can do nothing but these calls: any other
 * is EPERM. It needs PR_SET_NO_NEW_PRIVS, and cannot be undone.
 *
 * A build with sanitizers or coverage allows what those need, too. How many calls are allowed; or
 * -ENOTSUP: built without libseccomp; -errno: this kernel has no filters, or refuses one.
 */
int confine(const struct confine_rule *rules, size_t n);
