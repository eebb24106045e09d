/* SPDX-License-Identifier: MIT */
/* What a thread may with somebody's rights is what that one may: each thing is tried in both ways.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/cleanup.h"
#include "fusefs/rights.h"
#include "tests/callers.h"
#include "tests/support.h"

/* Who comes. */
static const struct {
	const char *name;
	struct credentials who;
} callers[] = {
	{"owner", {CALLER_OWNER, CALLER_OWNER, NULL, 0, 0}},
	{"owner with another group", {CALLER_OWNER, CALLER_GROUP, NULL, 0, 0}},
	{"other", {CALLER_OTHER, CALLER_OTHER, NULL, 0, 0}},
	{"group", {CALLER_OTHER, CALLER_GROUP, NULL, 0, 0}},
	{"supplementary group", {CALLER_OTHER, CALLER_OTHER, (gid_t[]){CALLER_GROUP}, 1, 0}},
	{"several groups",
	 {CALLER_OTHER, CALLER_OTHER, (gid_t[]){7, CALLER_TEAM, CALLER_GROUP}, 3, 0}},
	{"team", {CALLER_OTHER, CALLER_OTHER, (gid_t[]){CALLER_TEAM}, 1, 0}},
	{"named", {CALLER_NAMED, CALLER_NAMED, NULL, 0, 0}},
	{"named, and in the group", {CALLER_NAMED, CALLER_GROUP, NULL, 0, 0}},
	{"root's group only", {CALLER_OTHER, 0, NULL, 0, 0}},
	{"root without capabilities", {0, 0, NULL, 0, 0}},
	{"root without ptrace",
	 {0, 0, NULL, 0, CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER)}},
	{"reads all", {CALLER_OTHER, CALLER_OTHER, NULL, 0, CAPABILITY(CAP_DAC_READ_SEARCH)}},
	{"writes all", {CALLER_OTHER, CALLER_OTHER, NULL, 0, CAPABILITY(CAP_DAC_OVERRIDE)}},
	{"owns all", {CALLER_OTHER, CALLER_OTHER, NULL, 0, CAPABILITY(CAP_FOWNER)}},
	{"traces all", {CALLER_OTHER, CALLER_OTHER, NULL, 0, CAPABILITY(CAP_SYS_PTRACE)}},
};
#define N_CALLERS (sizeof(callers) / sizeof(callers[0]))

/* Who is looked at: processes, and whether they can be dumped. */
static const struct {
	uid_t uid;
	gid_t gid;
	bool undumpable, capable;
} targets[] = {
	{CALLER_OWNER, CALLER_OWNER, false, false},
	{CALLER_OWNER, CALLER_GROUP, false, false},
	{CALLER_OTHER, CALLER_OTHER, false, false},
	{CALLER_OTHER, CALLER_OTHER, true, false},
	{0, 0, false, false},
	{0, 0, false, true},
};
#define N_TARGETS (sizeof(targets) / sizeof(targets[0]))

static pid_t target_pids[N_TARGETS];

static const char *const proc_files[] = {"maps", "syscall", "fd/0", "mem", "exe"};
#define N_PROC_FILES (sizeof(proc_files) / sizeof(proc_files[0]))

#define N_TRIES (3 * N_CALLER_OBJECTS + N_PROC_FILES * N_TARGETS)

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	char byte;
	int r = fd < 0 ? -errno : 0;

	/* Some of /proc say it only then. */
	if (fd >= 0 && flags == O_RDONLY && strstr(path, "/syscall") && read(fd, &byte, 1) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

static int try_unlink(const char *path)
{
	char name[320];
	int r;

	snprintf(name, sizeof(name), "%s.name", path);
	r = unlink(name) < 0 ? -errno : 0;
	return r;
}

static void try_all(int *ret)
{
	char path[300];

	for (size_t i = 0; i < N_CALLER_OBJECTS; i++) {
		snprintf(path, sizeof(path), "/dev/shm/%s", caller_objects[i].name);
		*ret++ = try_open(path, O_RDONLY);
		*ret++ = try_open(path, O_RDWR);
		*ret++ = try_unlink(path);
	}
	for (size_t t = 0; t < N_TARGETS; t++) {
		for (size_t f = 0; f < N_PROC_FILES; f++) {
			snprintf(path, sizeof(path), "/proc/%d/%s", target_pids[t], proc_files[f]);
			*ret++ = try_open(path, O_RDONLY);
		}
	}
}

/* For good: this process is that one. */
static void become(const struct credentials *who)
{
	if (prctl(PR_SET_KEEPCAPS, 1) < 0 || setgroups(who->n_groups, who->groups) < 0 ||
	    setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		_exit(100);
	if (capabilities_set(&(struct capabilities){who->capabilities, who->capabilities, 0}) < 0)
		_exit(101);
}

/* What he really may. */
static void try_as(const struct credentials *who, int *ret)
{
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		become(who);
		try_all(ret);
		_exit(write(fds[1], ret, N_TRIES * sizeof(*ret)) == N_TRIES * sizeof(*ret) ? 0 : 1);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], ret, N_TRIES * sizeof(*ret)), N_TRIES * sizeof(*ret));
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

struct thread_tries {
	const struct credentials *who;
	int result;
	int tries[N_TRIES];
};

static void *try_in_thread(void *data)
{
	struct thread_tries *tries = data;
	_cleanup_rights_ struct rights rights;

	tries->result = rights_enter(tries->who, &rights);
	if (tries->result == 0)
		try_all(tries->tries);
	return NULL;
}

/* What a thread may that has his rights; this one has its own all the time. */
static void try_with_rights(const struct credentials *who, struct thread_tries *ret)
{
	pthread_t thread;

	*ret = (struct thread_tries){.who = who};
	assert_int_equal(pthread_create(&thread, NULL, try_in_thread, ret), 0);
	pthread_join(thread, NULL);
	assert_int_equal(ret->result, 0);
	assert_int_equal(try_open("/dev/shm/none", O_RDWR), 0);
}

/* Each has a second name, to be removed. */
static void make_objects(void)
{
	callers_make_objects();
	for (size_t i = 0; i < N_CALLER_OBJECTS; i++) {
		const char *path = shm_path(caller_objects[i].name);
		const char *name = pathf("%s.name", path);

		unlink(name);
		assert_int_equal(link(path, name), 0);
	}
}

static void run_target(size_t i, int ready)
{
	struct credentials who = {.uid = targets[i].uid, .gid = targets[i].gid};

	if (!targets[i].capable)
		become(&who);
	/* become() has made it undumpable (prctl(2)); an exec would undo that. */
	if (prctl(PR_SET_DUMPABLE, !targets[i].undumpable) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	pause();
	_exit(0);
}

static void start_targets(void)
{
	for (size_t i = 0; i < N_TARGETS; i++) {
		int fds[2];
		char byte;

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		target_pids[i] = fork();
		if (target_pids[i] == 0)
			run_target(i, fds[1]);
		close(fds[1]);
		assert_int_equal(read(fds[0], &byte, 1), 1);
		close(fds[0]);
	}
}

static void stop_targets(void)
{
	for (size_t i = 0; i < N_TARGETS; i++) {
		kill(target_pids[i], SIGKILL);
		waitpid(target_pids[i], NULL, 0);
	}
}

static bool same(const char *caller, const int *real, const int *ours)
{
	bool same = true;

	for (size_t i = 0; i < N_TRIES; i++) {
		if (real[i] == ours[i])
			continue;
		fprintf(stderr, "%s, try %zu (%s): %s, but with his rights %s\n", caller, i,
			i < 3 * N_CALLER_OBJECTS
				? caller_objects[i / 3].name
				: proc_files[(i - 3 * N_CALLER_OBJECTS) % N_PROC_FILES],
			strerror(-real[i]), strerror(-ours[i]));
		same = false;
	}
	return same;
}

static void test_same(void **state)
{
	int real[N_TRIES];
	size_t refused = 0, allowed = 0;
	bool all = true;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return; /* there is nobody but us: test_alone() */
	assert_int_equal(rights_init(), 0);
	assert_true(rights_can());
	start_targets();
	for (size_t c = 0; c < N_CALLERS; c++) {
		struct thread_tries tries;

		make_objects();
		try_as(&callers[c].who, real);
		make_objects();
		try_with_rights(&callers[c].who, &tries);
		all = same(callers[c].name, real, tries.tries) && all;
		for (size_t i = 0; i < N_TRIES; i++) {
			refused += real[i] == -EACCES || real[i] == -EPERM;
			allowed += real[i] == 0;
		}
	}
	stop_targets();
	assert_true(all);
	/* It was not all the same. */
	assert_true(refused > 200);
	assert_true(allowed > 200);
}

static void test_nested(void **state)
{
	const struct credentials other = {.uid = CALLER_OTHER, .gid = CALLER_OTHER};
	const struct credentials again = {.uid = CALLER_OTHER, .gid = CALLER_GROUP};
	const struct credentials owner = {.uid = CALLER_OWNER, .gid = CALLER_OWNER};
	struct rights outer, inner;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	assert_int_equal(rights_init(), 0);
	make_objects();
	assert_int_equal(rights_enter(NULL, &outer), 0);
	rights_leave(&outer);
	assert_int_equal(rights_enter(&other, &outer), 0);
	assert_int_equal(try_open("/dev/shm/private", O_RDONLY), -EACCES);
	/* Another's can only be taken by us. */
	assert_int_equal(rights_enter(&owner, &inner), -EACCES);
	rights_leave(&inner);
	assert_int_equal(rights_enter(&again, &inner), 0);
	assert_int_equal(try_open("/dev/shm/group-reads", O_RDONLY), -EACCES);
	rights_leave(&inner);
	assert_int_equal(rights_enter(NULL, &inner), 0);
	assert_int_equal(try_open("/dev/shm/private", O_RDWR), 0);
	rights_leave(&inner);
	assert_int_equal(try_open("/dev/shm/private", O_RDONLY), -EACCES);
	rights_leave(&outer);
	assert_int_equal(try_open("/dev/shm/private", O_RDWR), 0);
}

/* Who cannot take another's rights serves nobody else, and does not do it with his own. */
static int alone(void *data)
{
	const struct credentials other = {.uid = geteuid() + 1, .gid = getegid()};
	struct rights rights;

	(void)data;
	if (rights_init() < 0 || rights_can())
		return 1;
	if (rights_enter(&other, &rights) != -EACCES)
		return 2;
	rights_leave(&rights);
	return 0;
}

static void test_alone(void **state)
{
	(void)state;
	assert_int_equal(as_user(CALLER_OTHER, alone, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_same),
		SANDBOXED(test_nested),
		SANDBOXED(test_alone),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
