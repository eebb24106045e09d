/* SPDX-License-Identifier: MIT */
/* Live situations, made by the program `actor` and told what to do next by a test. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "tests/child.h"

#define ACTOR_PIDS_MAX 64

struct actor {
	struct child child;
	pid_t pids[ACTOR_PIDS_MAX]; /* what its line "ready PID…" said; pids[0] is the actor */
	size_t n_pids;
	char *answer; /* the latest, see actor_tell() */
};

/*
 * actor_start() - Have `$PSHM_ACTOR SITUATION ARGUMENT…` make a situation: returns when it is
 * ready. The test fails where it cannot be made.
 */
#define actor_start(ret, ...)                                                                      \
	actor_start_argv((ret), "PSHM_ACTOR", (const char *const[]){__VA_ARGS__, NULL})

/* The same of the program that $variable names. */
void actor_start_argv(struct actor *ret, const char *variable, const char *const arguments[]);

/* NAME, N: sem-wait by processes whose C library is musl. The object is NAME, without "sem.". */
#define actor_start_musl(ret, ...)                                                                 \
	actor_start_argv((ret), "PSHM_ACTOR_MUSL", (const char *const[]){__VA_ARGS__, NULL})

/*
 * The actor with this user's rights, as a child that child_kill() ends: returns the last pid that
 * it tells, its own or that of the process that it has started.
 */
pid_t actor_start_as(uid_t user, struct child *ret, const char *situation, const char *object,
		     const char *number);

/* Send a line and wait for the answer, one line, valid until the next call. */
const char *actor_tell(struct actor *actor, const char *line);

/* End the situation; the actor must clean up and exit with status 0. Harmless when it has ended. */
void actor_stop(struct actor *actor);

/* Kill the actor without letting it clean up (what it leaves is the situation). */
void actor_kill(struct actor *actor);
