/* SPDX-License-Identifier: MIT */
/* Who makes a request, and doing something with just the rights that he has. */
#pragma once

#include <sys/types.h>

struct caller {
	pid_t pid; /* 0: in another pid namespace, nobody knows it here */
	uid_t uid;
	gid_t gid;
};

/* What the thread was allowed before. */
struct rights {
	uid_t uid;
	gid_t gid;
};

/*
 * caller_enter() - From now on this thread opens files as the caller does (setfsuid(2)).
 *
 * Without his supplementary groups, so that it may be less than he can, never more. Where we are
 * somebody else and not root: -EACCES. Back by caller_leave().
 */
int caller_enter(const struct caller *caller, struct rights *ret);
void caller_leave(const struct rights *rights);

/* The folder that the caller is in, O_PATH, which is to be closed; -EACCES, -ESRCH … */
int caller_folder(const struct caller *caller, int procfd);
