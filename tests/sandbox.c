/* SPDX-License-Identifier: MIT */
/* Entering private namespaces: a reaper as their process 1, the test program as its child. */
#include "tests/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Meson's status for "the test could not be run" (an error, not a failure). */
#define EXIT_NO_SANDBOX 99

/* How long a process may take to end that the test has told to end. */
#define LEFTOVER_MS slow_ms(2000)

__attribute__((format(printf, 1, 2), noreturn)) static void give_up(const char *format, ...)
{
	int error = errno;
	va_list args;

	fputs("sandbox: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(error));
	fflush(stderr);
	_exit(EXIT_NO_SANDBOX);
}

static void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up("cannot write %s", path);
	close(fd);
}

/* Root in a user namespace that knows no other user (user_namespaces(7)). */
static void become_root(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER) < 0)
		give_up("no user namespace (kernel.unprivileged_userns_clone? run as root)");
	put_text("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	put_text("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	put_text("/proc/self/gid_map", map);
}

static void mount_tmpfs(const char *path, const char *options)
{
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID, options) < 0)
		give_up("cannot mount a tmpfs on %s", path);
}

/* The folder that a chroot(2) has made the root is no mount point: then each mount that is seen. */
static void make_private(void)
{
	FILE *table;
	struct mntent *entry;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return;
	table = errno == EINVAL ? setmntent("/proc/self/mounts", "re") : NULL;
	if (!table)
		give_up("cannot make the mounts private");
	while ((entry = getmntent(table)))
		mount(NULL, entry->mnt_dir, NULL, MS_PRIVATE, NULL);
	endmntent(table);
}

/* fusermount3 looks into it; a system that was never booted does not have it. */
static void provide_mtab(void)
{
	if (access("/etc/mtab", F_OK) == 0)
		return;
	mount_tmpfs(SANDBOX_WORK, "mode=0755");
	if (system("cp -a /etc/. " SANDBOX_WORK) != 0 ||
	    symlink("/proc/self/mounts", SANDBOX_WORK "/mtab") < 0)
		give_up("cannot make an /etc/mtab");
	if (mount(SANDBOX_WORK, "/etc", NULL, MS_MOVE, NULL) < 0)
		give_up("cannot put an /etc/mtab in its place");
}

/* What users other than root start must lie where they may go: the checkout may be in /root. */
static void share_programs(void)
{
	static const char *const variables[] = {"PSHMFS", "PSHM_PROGS", "PSHM_ACTOR",
						"PSHM_ACTOR_MUSL", "PSHM_PLAIN"};
	const char *build = getenv("PSHM_BUILD");
	size_t n = build ? strlen(build) : 0;
	const char *built = getenv("PSHM_PROGS_BUILT");
	char path[4096];

	if (built)
		setenv("PSHM_PROGS", built, 0);               /* or the user's own */
	setenv("XDG_CONFIG_HOME", SANDBOX_WORK "/config", 1); /* not the layouts of who tests */
	if (!build)
		return;
	if (mount(build, SANDBOX_BUILD, NULL, MS_BIND, NULL) < 0)
		give_up("cannot bind %s to " SANDBOX_BUILD, build);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (!value || strncmp(value, build, n) != 0)
			continue;
		snprintf(path, sizeof(path), "%s%s", SANDBOX_BUILD, value + n);
		setenv(variables[i], path, 1);
	}
}

/* Without MS_NODEV: device files in /dev/shm are a situation to be tested. */
static void mount_all(void)
{
	make_private();
	share_programs();
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		give_up("cannot mount /proc");
	provide_mtab();
	mount_tmpfs("/dev/shm", "mode=1777,size=256m");
	mount_tmpfs(SANDBOX_WORK, "mode=0755,size=256m");
	/* A chroot may have no terminals. */
	if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		  "newinstance,ptmxmode=0666,mode=0620") < 0)
		give_up("cannot mount /dev/pts");
}

/* Collects what has ended; false while `test` is not among it. */
static bool reap(pid_t test, int flags, int *ret_status)
{
	bool found = false;
	pid_t pid;
	int status;

	do {
		pid = waitpid(-1, &status, flags);
		if (pid == test) {
			*ret_status = status;
			found = true;
		}
	} while (pid > 0 && !found);
	return found;
}

/* A process that is left beside ourselves, or 0. */
static pid_t leftover(char *ret_name, size_t size)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		char path[64];
		FILE *file;
		pid_t pid = atoi(entry->d_name);

		if (pid <= 1)
			continue;
		found = pid;
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "re");
		if (!file || !fgets(ret_name, (int)size, file))
			snprintf(ret_name, size, "?");
		ret_name[strcspn(ret_name, "\n")] = '\0';
		if (file)
			fclose(file);
	}
	if (proc)
		closedir(proc);
	return found;
}

/* When process 1 ends, the kernel kills all others of the namespace (pid_namespaces(7)). */
__attribute__((noreturn)) static void be_reaper(pid_t test)
{
	char name[64];
	int status = 0, none;
	pid_t pid;

	prctl(PR_SET_NAME, "sandbox");
	while (!reap(test, 0, &status))
		;
	for (int ms = 0; (pid = leftover(name, sizeof(name))) && ms < LEFTOVER_MS; ms++) {
		reap(0, WNOHANG, &none);
		poll(NULL, 0, 1);
	}
	if (pid)
		fprintf(stderr, "sandbox: process %d (%s) is left behind\n", pid, name);
	if (WIFSIGNALED(status))
		fprintf(stderr, "sandbox: the test was killed by signal %d (%s)\n",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	fflush(stderr);
	_exit(WIFSIGNALED(status)           ? 128 + WTERMSIG(status)
	      : pid && !WEXITSTATUS(status) ? 1
					    : WEXITSTATUS(status));
}

/* The kernel forgets to kill us where the parent is dead already: then the pipe has an end. */
static void die_with_parent(int parent)
{
	struct pollfd end = {.fd = parent};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		give_up("prctl");
	if (poll(&end, 1, 0) != 0)
		_exit(EXIT_NO_SANDBOX);
	close(parent);
}

/* _exit(): nothing of the test's may run in the original process, a leak check neither. */
__attribute__((noreturn)) static void wait_outside(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			give_up("waitpid");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void sandbox_enter(void)
{
	int ends[2];
	pid_t pid;

	fflush(NULL);
	if (geteuid() != 0)
		become_root();
	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
		give_up("no mount and pid namespaces");
	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		give_up("cannot fork");
	if (pid > 0) {
		close(ends[0]);
		wait_outside(pid);
	}
	close(ends[1]);
	die_with_parent(ends[0]);
	mount_all();
	pid = fork();
	if (pid < 0)
		give_up("cannot fork");
	if (pid > 0)
		be_reaper(pid);
	umask(022);
	signal(SIGPIPE, SIG_IGN); /* a child that has gone is EPIPE, not the end of the test */
}
