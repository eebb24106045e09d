/* SPDX-License-Identifier: MIT */
/* Which struct is this object? Asked of the programs that have it mapped. */
#pragma once

#include "core/layout.h"
#include "core/process.h"

/* What is kept from one time to the next: the programs that were read. For one thread at a time. */
struct discoverer;

int discoverer_create(struct discoverer **ret);
void discoverer_destroy(struct discoverer *discoverer);

struct discovery {
	const struct layout *layout; /* kept (layout_made.h), or NULL: nothing is known */
	/* How, as words behind "from "; without a layout, why there is none, or NULL where nobody
	 * has it mapped. The caller frees it. */
	char *evidence;
	bool certain; /* by a pointer to the object; else by nothing but its size */
	bool again;   /* programs can be asked: another moment may tell more */
};

/*
 * discover() - Find the struct that the object is, by the debug information of its holders.
 *
 * A typed pointer to the object's start, in a variable at a fixed place, in one of the frames of a
 * thread that is blocked in a system call, or in what these lead to; or the one struct of the
 * program that has the object's size. Types of the system's headers count only as what they are
 * (sem_t, pthread_mutex_t). Nothing is stopped or traced, no code of the process is run, and of its
 * memory only what is its own is read. `snapshot` says who holds it. Where processes may not be
 * looked at, or have no debug information, nothing is found, and that is no error.
 *
 * It takes three seconds at most, unless memory that is to be read comes from a server that does
 * not answer. 0, -ENOMEM.
 */
int discover(struct discoverer *discoverer, int procfd, const struct snapshot *snapshot,
	     const struct object *object, struct discovery *ret);
