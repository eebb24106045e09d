/* SPDX-License-Identifier: MIT */
#include "fusefs/unmounter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/cleanup.h"
#include "core/confine.h"
#include "core/helper.h"
#include "fusefs/mountpoint.h"

/* Linux 6.8; older headers do not have it. */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u
#endif

/* What the process is told, in a byte. */
enum word {
	UNMOUNT,
	UNMOUNT_OURS, /* it is over: unmounted by somebody, or cut off and still there */
	FORGET_NAMES, /* let the kernel forget those that nobody uses; and go on */
};

struct unmounter {
	pid_t pid;
	int socket; /* to it */
};

/* All that it does where it may call umount(2); the rest is for its end, or abort(3). */
static const struct confine_rule calls[] = {
	{"read"},
	{"write"},
	{"umount2"},
	{"statx"},
	{"fspick"},
	{"fsconfig"},
	{"close"},
	{"exit_group"},
	{"restart_syscall"},
	{"rt_sigprocmask"},
	{"rt_sigreturn"},
	{"getpid"},
	{"gettid"},
	{"tgkill", .own = true},
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

/* A number that no other mount ever has, or 0 where the kernel has none. Asks no server. */
static uint64_t mount_id(const char *path)
{
	const int flags = AT_STATX_DONT_SYNC | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
	struct statx st;

	if (statx(AT_FDCWD, path, flags, STATX_MNT_ID_UNIQUE, &st) < 0)
		return 0;
	return st.stx_mask & STATX_MNT_ID_UNIQUE ? st.stx_mnt_id : 0;
}

/* From its parent folder, which may be renamed or moved meanwhile: then only the name counts. */
static const char *from_parent(const char *mountpoint)
{
	const char *name = strrchr(mountpoint, '/') + 1;
	_cleanup_free_ char *parent = strndup(mountpoint, (size_t)(name - mountpoint));

	return *name && parent && chdir(parent) == 0 ? name : mountpoint;
}

/*
 * A remount that changes nothing: the kernel then forgets all names of the mount that are not in
 * use, shrink_dcache_sb() in its fs/super.c. It asks nobody for that, also not us.
 */
static void forget_names(const char *path)
{
	int fd = fspick(AT_FDCWD, path,
			FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT);

	if (fd < 0)
		return;
	fsconfig(fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	close(fd);
}

/* A byte from the other end; false: it has gone. */
static bool hear(int socket, char *ret)
{
	ssize_t n;

	do
		n = read(socket, ret, 1);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

static bool is_same(const char *path, uint64_t id)
{
	return id && mount_id(path) == id;
}

/* Until the other end says so, or has gone: is the mount to be undone? */
static bool await_end(int socket, const char *path)
{
	const uint64_t id = mount_id(path);
	char word;

	if (write(socket, "", 1) != 1) /* ready */
		return false;
	while (hear(socket, &word)) {
		if (word == UNMOUNT)
			return true;
		if (word == UNMOUNT_OURS)
			return is_same(path, id);
		if (is_same(path, id))
			forget_names(path);
	}
	return false;
}

/* In the child. */
static _Noreturn void be_unmounter(int socket, const char *mountpoint)
{
	int own = helper_begin("pshmfs-umount", socket);
	const char *path = from_parent(mountpoint);

	if (own < 0)
		_exit(1);
	drop_privileges();
	_exit(await_end(own, path) && mountpoint_unmount(path) < 0 ? 1 : 0);
}

int unmounter_start(const char *mountpoint, struct unmounter **ret)
{
	struct unmounter *unmounter = malloc(sizeof(*unmounter));
	int ends[2], r;
	char ready;

	if (!unmounter)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		free(unmounter);
		return -errno;
	}
	unmounter->pid = fork();
	r = unmounter->pid < 0 ? -errno : 0;
	if (unmounter->pid == 0)
		be_unmounter(ends[0], mountpoint);
	close(ends[0]);
	if (r < 0) {
		close(ends[1]);
		free(unmounter);
		return r;
	}
	/* It knows its mount from then on. One that has died is as one that is killed later. */
	hear(ends[1], &ready);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	unmounter->socket = ends[1];
	*ret = unmounter;
	return 0;
}

pid_t unmounter_pid(const struct unmounter *unmounter)
{
	return unmounter->pid;
}

void unmounter_forget_names(void *unmounter)
{
	const struct unmounter *to = unmounter;

	ssize_t n = write(to->socket, &(char){FORGET_NAMES}, 1);

	(void)n; /* it does not read: there are enough already */
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

static void end(struct unmounter *unmounter, enum word word)
{
	ssize_t n;

	fcntl(unmounter->socket, F_SETFL, 0);
	/* One that was killed leaves the mount to the next start. */
	n = write(unmounter->socket, &(char){(char)word}, 1);
	(void)n;
	close(unmounter->socket);
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
		end(unmounter, over ? UNMOUNT_OURS : UNMOUNT);
	else if (!over)
		mountpoint_unmount(mountpoint);
}
