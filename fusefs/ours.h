/* SPDX-License-Identifier: MIT */
/* The processes of the mount's own: looks leave them out, and one that is killed is forgotten. */
#pragma once

#include <pthread.h>
#include <sys/types.h>

/* Ourselves, who changes objects (poster.h), who unmounts (unmounter.h); 0: none. */
struct ours {
	pid_t pids[3];
	pthread_t thread;
};

/*
 * ours_watch() - Start a thread that collects those of our children that end: none stays a zombie.
 * 0 or -errno.
 *
 * Its number is forgotten before it is collected, when it may become another process's, which is
 * to be looked at. It ends with the last child: ours_stop(), after all have been told to end.
 */
int ours_watch(struct ours *ours);
void ours_stop(struct ours *ours);
