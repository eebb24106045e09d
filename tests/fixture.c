/* SPDX-License-Identifier: MIT */
/* What surrounds a single test: cleaning up, other users' rights, waiting with a deadline. */
#include <errno.h>
#include <ftw.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "tests/support.h"

static int fds_before;

/* The last mount at or below one of the folders that are ours, but not theirs themselves. */
static bool find_mount(char *ret, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	bool found = false;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0) {
		char path[4096];

		if (sscanf(line, "%*d %*d %*s %*s %4095s", path) != 1)
			continue;
		if (strncmp(path, SANDBOX_WORK "/", strlen(SANDBOX_WORK "/")) != 0 &&
		    strncmp(path, "/dev/shm/", strlen("/dev/shm/")) != 0)
			continue;
		snprintf(ret, size, "%s", path);
		found = true;
	}
	return found;
}

/* mountinfo escapes space, tab, newline and backslash as \ooo. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static void undo_mounts(void)
{
	char path[4096];

	while (find_mount(path, sizeof(path))) {
		unescape(path);
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			break;
	}
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	if (walk->level > 0 && remove(path) < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return 0;
}

static void empty_folder(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int sandbox_setup(void **state)
{
	(void)state;
	fds_before = fds_count(getpid());
	return 0;
}

int sandbox_clean(void **state)
{
	(void)state;
	children_kill();
	undo_mounts();
	empty_folder("/dev/shm");
	empty_folder(SANDBOX_WORK);
	return fds_settle(getpid(), fds_before) ? 0 : -1;
}

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};

	return syscall(SYS_capset, &header, none) == 0;
}

bool sandbox_has_user(uid_t user)
{
	_cleanup_fclose_ FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned first, outside, count;

	while (map && fscanf(map, "%u %u %u", &first, &outside, &count) == 3)
		if (user >= first && user - first < count)
			return true;
	return false;
}

bool sandbox_has_map_files(void)
{
	return sandbox_has_user(65534);
}

bool sandbox_has_sleep(const char *way)
{
	/* The call itself, without an address. */
	return strcmp(way, "futex2") != 0 || syscall(455, NULL, 0, 0, 0, NULL, 0) == 0 ||
	       errno != ENOSYS;
}

bool become_user(uid_t user)
{
	/* SECBIT_NOROOT: uid 0 does not get them back by execve(2) (capabilities(7)). */
	if (!sandbox_has_user(user))
		return prctl(PR_SET_SECUREBITS, SECBIT_NOROOT) == 0 && drop_capabilities();

	return setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
	       setresuid(user, user, user) == 0 && drop_capabilities();
}

int as_user(uid_t user, int (*fn)(void *data), void *data)
{
	int *ret =
		mmap(NULL, sizeof(*ret), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r, status;
	pid_t pid;

	assert_ptr_not_equal(ret, MAP_FAILED);
	fflush(NULL);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (!become_user(user))
			_exit(2);
		*ret = fn(data);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	r = *ret;
	munmap(ret, sizeof(*ret));
	return r;
}

void sandbox_enter_alone(const char *build)
{
	setenv("PSHM_BUILD", build, 0);
	setenv("PSHMFS", pathf("%s/fusefs/pshmfs", build), 0);
	setenv("PSHM_ACTOR", pathf("%s/tests/actor", build), 0);
	setenv("ASAN_OPTIONS", "quarantine_size_mb=8:thread_local_quarantine_size_kb=64", 0);
	setenv("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1", 0);
	sandbox_enter();
}

uint64_t now_ms(void)
{
	return clock_ns() / 1000000;
}

int slow_ms(int ms)
{
	const char *slow = getenv("PSHM_SLOW");
	const int factor = slow ? atoi(slow) : 1;

	return factor > 1 ? ms * factor : ms;
}

bool wait_until(int deadline_ms, bool (*predicate)(void *data), void *data)
{
	const uint64_t end = now_ms() + (uint64_t)deadline_ms;
	struct timespec pause = {.tv_nsec = 200 * 1000};

	while (!predicate(data)) {
		if (now_ms() >= end)
			return predicate(data);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 10 * 1000 * 1000)
			pause.tv_nsec *= 2;
	}
	return true;
}

static const char *fds_path(pid_t pid)
{
	return pid == getpid() ? "/proc/self/fd" : pathf("/proc/%d/fd", pid);
}

int fds_count(pid_t pid)
{
	_cleanup_closedir_ DIR *dir = opendir(fds_path(pid));
	const struct dirent *entry;
	int n = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	return pid == getpid() ? n - 1 : n; /* not the one that reads them */
}

static void fds_show(pid_t pid)
{
	_cleanup_closedir_ DIR *dir = opendir(fds_path(pid));
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char target[256];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target));

		if (n >= 0)
			fprintf(stderr, "  %s -> %.*s\n", entry->d_name, (int)n, target);
	}
}

struct fds_question {
	pid_t pid;
	int expected;
};

static bool fds_are(void *data)
{
	const struct fds_question *question = data;

	return fds_count(question->pid) == question->expected;
}

bool fds_settle(pid_t pid, int expected)
{
	struct fds_question question = {pid, expected};
	int deadline = pid == getpid() ? 0 : slow_ms(5000);

	if (wait_until(deadline, fds_are, &question))
		return true;
	fprintf(stderr, "process %d has %d descriptors open, not %d:\n", pid, fds_count(pid),
		expected);
	fds_show(pid);
	return false;
}
