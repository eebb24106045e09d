/* SPDX-License-Identifier: MIT */
/* The actor's situations in other mount, pid and user namespaces, as in a container. */
#pragma once

#include "tests/support.h"

/* One way to be in namespaces of one's own. */
struct container_kind {
	const char *flags; /* of unshare(1), which is to fork */
	const char *outer; /* NULL, or those of another one around it */
	bool nested;       /* it has a pid namespace of its own */
};

/*
 * container_start() - actor_start() in there; with `own_shm` on a /dev/shm of its own.
 *
 * What the actor says are its own numbers: pids[0] is 1 where it has a pid namespace.
 */
#define container_start(ret, kind, own_shm, ...)                                                   \
	container_start_argv((ret), (kind), (own_shm), (const char *const[]){__VA_ARGS__, NULL})
void container_start_argv(struct actor *ret, const struct container_kind *kind, bool own_shm,
			  const char *const arguments[]);

/* The same of another program, that says "ready". */
void container_start_program(struct actor *ret, const struct container_kind *kind, bool own_shm,
			     const char *const argv[]);

/* Our number of the process of that name in the container that calls itself `own`. */
pid_t container_pid(const struct actor *actor, const char *comm, pid_t own);

/*
 * "4711(7)" of the actor's n-th pid, or "4711" where it has no pid namespace: in one of 8 buffers
 * that are used in turn.
 */
const char *container_number(const struct actor *actor, const struct container_kind *kind,
			     size_t n);
