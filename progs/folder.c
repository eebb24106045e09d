/* SPDX-License-Identifier: MIT */
/* What every look at a folder's processes begins with, and what is said about its limits. */
#include "progs/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "progs/cli.h"

/* A descriptor of a real one, or -errno: a chroot may have an empty folder of that name. */
int folder_open_proc(void)
{
	_cleanup_close_ int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC ? take_fd(&fd) : -ENOENT;
}

int folder_open(const char *path, struct folder *ret)
{
	int dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return folder_take(dirfd < 0 ? -errno : dirfd, path, ret);
}

int folder_take(int taken, const char *path, struct folder *ret)
{
	_cleanup_close_ int dirfd = taken;

	*ret = (struct folder){
		.path = path, .dirfd = -1, .procfd = -1, .cgroupfd = -1, .self = getpid()};
	if (dirfd < 0)
		return dirfd;
	if (statx(dirfd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &ret->st) < 0)
		return -errno;
	ret->dirfd = take_fd(&dirfd);
	ret->procfd = folder_open_proc();
	ret->cgroupfd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

void folder_close(struct folder *folder)
{
	close_fdp(&folder->dirfd);
	close_fdp(&folder->procfd);
	close_fdp(&folder->cgroupfd);
	folder->dirfd = folder->procfd = folder->cgroupfd = -1;
}

struct snapshot_question folder_question(const struct folder *folder, uint64_t ino, unsigned flags)
{
	struct snapshot_question question = {
		.procfd = folder->procfd,
		.cgroupfd = folder->cgroupfd,
		.ino = ino,
		.except = &folder->self,
		.n_except = 1,
		.flags = flags,
	};

	snapshot_place(&question, &folder->st);
	return question;
}

void folder_say_no_proc(int error)
{
	cli_message("/proc: %s: who holds and who waits cannot be told",
		    error == -ENOENT ? "not mounted" : strerror(-error));
}

bool folder_is_whole(const struct folder *folder)
{
	return folder->st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

void folder_say_unseen(const struct snapshot *snapshot, const char *name)
{
	const char *cure = geteuid() ? ": sudo " : "", *program = geteuid() ? name : "";
	size_t denied = 0, hidden = 0;
	bool ours = false;

	for (size_t i = 0; i < snapshot->n_denied; i++) {
		denied += snapshot->denied[i].n;
		ours = ours || snapshot->denied[i].uid == geteuid();
	}
	for (size_t i = 0; i < snapshot->n_processes; i++)
		hidden += snapshot->processes[i].words_hidden;
	if (snapshot->hides)
		cli_message("processes of other users are hidden (/proc, hidepid)%s%s", cure,
			    program);
	if (denied)
		cli_message("%zu process%s%s could not be looked at%s%s", denied,
			    denied == 1 ? "" : "es",
			    ours          ? ""
			    : denied == 1 ? " of another user"
					  : " of other users",
			    cure, program);
	if (hidden)
		cli_message("on what the threads of %zu process%s sleep could not be told "
			    "(kernel.yama.ptrace_scope)%s%s",
			    hidden, hidden == 1 ? "" : "es", cure, program);
}
