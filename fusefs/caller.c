/* SPDX-License-Identifier: MIT */
/* The rights of a caller, taken by one thread for a moment. */
#include "fusefs/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The raw calls are of one thread; glibc's setgroups(3) would change all (nptl(7)). */
static int drop_groups(void)
{
	return syscall(SYS_setgroups, 0, NULL) < 0 ? -errno : 0;
}

int caller_enter(const struct caller *caller, struct rights *ret)
{
	*ret = (struct rights){geteuid(), getegid()};
	if (caller->uid == ret->uid)
		return 0;
	if (ret->uid != 0)
		return -EACCES;
	if (drop_groups() < 0)
		return -EACCES;
	setfsgid(caller->gid);
	setfsuid(caller->uid);
	/* They have no errors; what there is now is what they say to a wrong one. */
	if ((uid_t)setfsuid((uid_t)-1) == caller->uid && (gid_t)setfsgid((gid_t)-1) == caller->gid)
		return 0;
	caller_leave(ret);
	return -EACCES;
}

void caller_leave(const struct rights *rights)
{
	setfsuid(rights->uid);
	setfsgid(rights->gid);
}

int caller_folder(const struct caller *caller, int procfd)
{
	char path[32];
	int fd;

	if (caller->pid <= 0)
		return -ESRCH;
	snprintf(path, sizeof(path), "%d/cwd", caller->pid);
	fd = openat(procfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
