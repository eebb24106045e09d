/* SPDX-License-Identifier: MIT */
#include "fusefs/ours.h"

#include <errno.h>
#include <sys/wait.h>

#include "fusefs/thread.h"

static void forget(struct ours *ours, pid_t pid)
{
	for (size_t i = 0; i < sizeof(ours->pids) / sizeof(ours->pids[0]); i++)
		if (ours->pids[i] == pid)
			__atomic_store_n(&ours->pids[i], 0, __ATOMIC_RELEASE);
}

static void *collect(void *data)
{
	struct ours *ours = data;
	siginfo_t ended;

	for (;;) {
		ended.si_pid = 0;
		if (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT) == 0) {
			forget(ours, ended.si_pid);
			waitpid(ended.si_pid, NULL, 0);
		} else if (errno != EINTR) {
			return NULL;
		}
	}
}

int ours_watch(struct ours *ours)
{
	return thread_start(&ours->thread, collect, ours);
}

void ours_stop(struct ours *ours)
{
	if (ours->thread)
		pthread_join(ours->thread, NULL);
}
