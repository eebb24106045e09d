/* SPDX-License-Identifier: MIT */
#include "fusefs/unmounter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/confine.h"
#include "core/helper.h"
#include "fusefs/mountpoint.h"

struct unmounter {
	pid_t pid;
	int pipe; /* to it */
};

/* All that it does where it may call umount(2); the rest is for its end, or abort(3). */
static const struct confine_rule calls[] = {
	{"read"},         {"umount2"}, {"exit_group"}, {"restart_syscall"},     {"rt_sigprocmask"},
	{"rt_sigreturn"}, {"getpid"},  {"gettid"},     {"tgkill", .own = true},
};

/* Who has to run fusermount3 for it has nothing to give away, and must not lose what that adds. */
static void drop_privileges(void)
{
	const uint64_t needed = CAPABILITY(CAP_SYS_ADMIN);

	if (!(capabilities_permitted() & needed))
		return;
	if (capabilities_keep(needed) < 0)
		_exit(1);
	confine(calls, sizeof(calls) / sizeof(calls[0]));
}

/* In the child. */
static _Noreturn void be_unmounter(int pipe, const char *mountpoint)
{
	int own = helper_begin("pshmfs-umount", pipe);
	char byte;
	ssize_t n;

	if (own < 0)
		_exit(1);
	drop_privileges();
	do
		n = read(own, &byte, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 && mountpoint_unmount(mountpoint) < 0 ? 1 : 0);
}

int unmounter_start(const char *mountpoint, struct unmounter **ret)
{
	struct unmounter *unmounter = malloc(sizeof(*unmounter));
	int ends[2], r;

	if (!unmounter)
		return -ENOMEM;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		free(unmounter);
		return -errno;
	}
	unmounter->pid = fork();
	r = unmounter->pid < 0 ? -errno : 0;
	if (unmounter->pid == 0)
		be_unmounter(ends[0], mountpoint);
	close(ends[0]);
	unmounter->pipe = ends[1];
	if (r < 0) {
		close(ends[1]);
		free(unmounter);
		return r;
	}
	*ret = unmounter;
	return 0;
}

pid_t unmounter_pid(const struct unmounter *unmounter)
{
	return unmounter->pid;
}

/* As libfuse finds out whether it was unmounted by others, or cut off. */
static bool is_over(int fd)
{
	struct pollfd state = {.fd = fd};

	return poll(&state, 1, 0) == 1 && state.revents & POLLERR;
}

/* A pipe that nobody reads is in the same state. */
static void put_dead(int fd)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	dup3(ends[1], fd, O_CLOEXEC);
	close(ends[0]);
	close(ends[1]);
}

static void end(struct unmounter *unmounter, bool unmount)
{
	/* One that was killed leaves the mount to the next start. */
	ssize_t n = unmount ? write(unmounter->pipe, "", 1) : 0;

	(void)n;
	close(unmounter->pipe);
	while (waitpid(unmounter->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(unmounter);
}

/* An umount while it is still open here would wait for our own answer. */
void unmounter_stop(struct unmounter *unmounter, const char *mountpoint, int fd)
{
	bool over = is_over(fd);

	if (!over)
		put_dead(fd);
	if (unmounter)
		end(unmounter, !over);
	else if (!over)
		mountpoint_unmount(mountpoint);
}
