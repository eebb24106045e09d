/* SPDX-License-Identifier: MIT */
/* The privileges of a thread, and giving away all but a few, for good. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* A set of CAP_… of linux/capability.h. */
#define CAPABILITY(number) (UINT64_C(1) << (number))

/* Of one thread, capabilities(7). */
struct capabilities {
	uint64_t effective, permitted, inheritable;
};

/* Those of the thread; 0: of this one. 0 or -errno. */
int capabilities_read(pid_t tid, struct capabilities *ret);

/* This thread has these from now on, and no other thread. 0; -EPERM: more than it was permitted. */
int capabilities_set(const struct capabilities *sets);

/* Those that this thread may use, capabilities(7): its permitted set. */
uint64_t capabilities_permitted(void);

/*
 * capabilities_keep() - Keep, of what this thread has, only these: permitted and effective.
 *
 * The inheritable, the ambient and (where CAP_SETPCAP allows it) the bounding set are emptied, and
 * no program that is run can add any (PR_SET_NO_NEW_PRIVS). Threads started from now on have the
 * same, others keep theirs: to be called while there is one. 0 or -errno.
 */
int capabilities_keep(uint64_t wanted);
