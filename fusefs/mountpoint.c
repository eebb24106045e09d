/* SPDX-License-Identifier: MIT */
/* Preparing the mountpoint. */
#include "fusefs/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <mntent.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/cleanup.h"

#define MOUNT_TYPE "fuse.pshmfs"

/* How long a mount may take to say that it lives, in seconds. */
#define ANSWER_S 5

__attribute__((format(printf, 3, 4))) static int complain(struct complaint *complaint, int error,
							  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint->text, sizeof(complaint->text), format, args);
	va_end(args);
	return error;
}

/* realpath(3), but the last part is not looked at: on a dead mount, or another user's, even
 * lstat(2) fails. */
static char *absolute(const char *path)
{
	_cleanup_free_ char *whole = realpath(path, NULL), *copy = NULL, *parent = NULL;
	_cleanup_free_ char *last = NULL;
	char *ret = NULL;

	if (whole) {
		ret = whole;
		whole = NULL;
		return ret;
	}
	if (errno != ENOTCONN && errno != ECONNABORTED && errno != EACCES)
		return NULL;
	copy = strdup(path);
	last = strdup(path);
	if (!copy || !last)
		return NULL;
	parent = realpath(dirname(copy), NULL);
	if (!parent)
		return NULL;
	if (asprintf(&ret, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, basename(last)) < 0)
		return NULL;
	return ret;
}

/* A pshmfs that is mounted somewhere: alive, dead, or we may not know. */
enum state { NONE, ALIVE, DEAD, UNKNOWN };

struct owner {
	uid_t user;
	gid_t group;
};

static unsigned option_number(const struct mntent *entry, const char *name)
{
	const char *option = hasmntopt(entry, name);

	return option && option[strlen(name)] == '='
		       ? (unsigned)strtoul(option + strlen(name) + 1, NULL, 10)
		       : 0;
}

/* Is a pshmfs mounted there, and whose? Asked of the table: others may not even stat(2) it. */
static bool find_mount(const char *path, struct owner *ret)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool ours = false;

	if (!table)
		return false;
	while ((entry = getmntent(table))) {
		if (strcmp(entry->mnt_dir, path) != 0)
			continue;
		ours = strcmp(entry->mnt_type, MOUNT_TYPE) == 0;
		ret->user = option_number(entry, "user_id");
		ret->group = option_number(entry, "group_id");
	}
	endmntent(table);
	return ours;
}

/* FUSE answers only a process all of whose ids are the owner's (fuse_allow_current_process()). */
static enum state ask_as_owner(int fd, struct owner owner)
{
	struct statx st;

	if (setresgid(owner.group, owner.group, owner.group) < 0 ||
	    setresuid(owner.user, owner.user, owner.user) < 0)
		return UNKNOWN;
	/* One that hangs must not hold us up: the signal's action is the end, and that is UNKNOWN.
	 */
	signal(SIGALRM, SIG_DFL);
	alarm(ANSWER_S);
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &st) == 0)
		return ALIVE;
	return errno == ENOTCONN || errno == ECONNABORTED ? DEAD : UNKNOWN;
}

/* In a child, as there is no way back from the owner's ids. */
static enum state ask(const char *path, struct owner owner)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int status;
	pid_t pid = fd < 0 ? -1 : fork();

	if (pid < 0)
		return UNKNOWN;
	if (pid == 0)
		_exit((int)ask_as_owner(fd, owner));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return UNKNOWN;
	return WIFEXITED(status) ? (enum state)WEXITSTATUS(status) : UNKNOWN;
}

static enum state find_state(const char *path)
{
	struct owner owner;

	return find_mount(path, &owner) ? ask(path, owner) : NONE;
}

const char *mountpoint_undo(void)
{
	return geteuid() == 0 ? "umount" : "fusermount3 -u";
}

static int unmount_as_user(const char *path)
{
	char *const argv[] = {"fusermount3", "-u", "-z", "--", (char *)path, NULL};
	int status;
	pid_t pid;
	int r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (r)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

int mountpoint_unmount(const char *path)
{
	int r = umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;

	return r == -EPERM ? unmount_as_user(path) : r;
}

static int clear_dead(const char *path, struct complaint *complaint)
{
	int r = mountpoint_unmount(path);

	if (r < 0)
		complain(complaint, r,
			 "%s: an earlier pshmfs died here, and its mount cannot be "
			 "removed: %s (try: %s %s)",
			 path, strerror(-r), mountpoint_undo(), path);
	return r;
}

/* Walks up from the mountpoint; by device and inode, since bind mounts give one folder two paths.
 */
static bool lies_in(const char *path, int source)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st, up, wanted;

	if (fd < 0 || fstat(fd, &st) < 0 || fstat(source, &wanted) < 0)
		return false;
	for (;;) {
		int parent;

		if (st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino)
			return true;
		parent = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0)
			return false;
		close(fd);
		fd = parent;
		if (fstat(fd, &up) < 0 || (up.st_dev == st.st_dev && up.st_ino == st.st_ino))
			return false;
		st = up;
	}
}

static int check_folder(const char *path, int source, struct complaint *complaint)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return complain(complaint, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return complain(complaint, -ENOTDIR, "%s: %s", path, strerror(ENOTDIR));
	if (lies_in(path, source))
		return complain(complaint, -EINVAL,
				"%s: the mountpoint lies in SOURCE: choose a folder outside of it",
				path);
	return 0;
}

int mountpoint_resolve(const char *path, int source, char **ret, struct complaint *complaint)
{
	_cleanup_free_ char *whole = absolute(path);
	enum state state;
	int r;

	if (!whole && errno == ENOENT)
		return complain(complaint, -ENOENT, "%s: %s (make it first: mkdir %s)", path,
				strerror(ENOENT), path);
	if (!whole)
		return complain(complaint, -errno, "%s: %s", path, strerror(errno));
	while ((state = find_state(whole)) == DEAD) {
		r = clear_dead(whole, complaint);
		if (r < 0)
			return r;
	}
	if (state != NONE)
		return complain(complaint, -EBUSY,
				"%s: a pshmfs is mounted here already%s (undo: %s %s)", whole,
				state == UNKNOWN ? ", and gives no answer: it may be dead" : "",
				mountpoint_undo(), whole);
	r = check_folder(whole, source, complaint);
	if (r < 0)
		return r;
	*ret = whole;
	whole = NULL;
	return 0;
}

int mountpoint_check_device(struct complaint *complaint)
{
	_cleanup_close_ int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		return complain(complaint, -errno,
				"/dev/fuse: %s (load it: modprobe fuse; in a container start that "
				"with --device /dev/fuse --cap-add SYS_ADMIN)",
				strerror(errno));
	if (errno == EACCES)
		return complain(
			complaint, -errno,
			"/dev/fuse: %s (only root may use it here: run as root, or let it be "
			"opened: chmod 666 /dev/fuse)",
			strerror(errno));
	return complain(complaint, -errno,
			"/dev/fuse: %s (in a container start that with --device /dev/fuse "
			"--cap-add SYS_ADMIN)",
			strerror(errno));
}
