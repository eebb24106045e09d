/* SPDX-License-Identifier: MIT */
/* What the processes of a mount have left of their privileges, thread by thread. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/cleanup.h"
#include "tests/privileges.h"
#include "tests/support.h"

/* Programs that objects' owners name are read with their rights. */
#define ASKING (CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID))

/* A number in the `status` of a thread. */
static uint64_t status_number(const char *status, const char *key, int base)
{
	const char *line = strstr(status, key);

	if (!line)
		fail_msg("%s is missing", key);
	return strtoull(line + strlen(key), NULL, base);
}

/* Libraries with passthrough take CAP_SYS_ADMIN for it: `perhaps`. */
static void check_thread(const char *path, uint64_t wanted, uint64_t perhaps)
{
	_cleanup_free_ char *status = NULL;
	uint64_t effective;

	assert_int_equal(read_file(path, &status, NULL), 0);
	effective = status_number(status, "\nCapEff:", 16);
	assert_int_equal(effective & ~perhaps, wanted);
	assert_int_equal(status_number(status, "\nCapPrm:", 16), effective);
	assert_int_equal(status_number(status, "\nCapInh:", 16), 0);
	assert_int_equal(status_number(status, "\nCapBnd:", 16), 0);
	assert_int_equal(status_number(status, "\nCapAmb:", 16), 0);
	assert_int_equal(status_number(status, "\nNoNewPrivs:", 10), 1);
	assert_int_equal(status_number(status, "\nSeccomp:", 10), atoi(getenv("PSHM_SECCOMP")));
}

/* How many threads it has, all of which are as wanted. */
static int check_process(pid_t pid, uint64_t wanted, uint64_t perhaps)
{
	_cleanup_closedir_ DIR *threads = opendir(pathf("/proc/%d/task", pid));
	const struct dirent *entry;
	int n = 0;

	assert_non_null(threads);
	while ((entry = readdir(threads))) {
		if (*entry->d_name == '.')
			continue;
		check_thread(pathf("/proc/%d/task/%s/status", pid, entry->d_name), wanted, perhaps);
		n++;
	}
	return n;
}

/* The process of that name, or 0. */
static pid_t pid_called(const char *name)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	_cleanup_free_ char *line = NULL;
	const struct dirent *entry;
	pid_t found = 0;

	assert_true(asprintf(&line, "%s\n", name) > 0);
	while (!found && (entry = readdir(proc))) {
		_cleanup_free_ char *comm = NULL;

		if (read_file(pathf("/proc/%s/comm", entry->d_name), &comm, NULL) == 0 &&
		    strcmp(comm, line) == 0)
			found = atoi(entry->d_name);
	}
	return found;
}

/* All of its threads are there: those that wait for requests, that look, that ask programs. */
static void use(const struct mount *mount)
{
	put_seqnum("count", 41);
	cat_equals(mount_path(mount, "count/seqnum"), "41\n");
	cat_contains(mount_path(mount, ".pshmfs/holders"), "");
	cat_contains(mount_path(mount, ".pshmfs/stuck"), "");
	cat_contains(mount_path(mount, "count/fields"), "seqnum\t41\n");
}

static void test_looking(void **state)
{
	struct mount mount;

	(void)state;
	mount_start(&mount, NULL, NULL);
	use(&mount);
	assert_true(check_process(mount.daemon.pid, LOOKING | ASKING, ADMIN) > 3);
	assert_int_equal(check_process(pid_called("pshmfs-umount"), ADMIN, 0), 1);
	assert_int_equal(pid_called("pshmfs-poster"), 0);
	cat_contains(mount_path(&mount, ".pshmfs/about"),
		     "\ncapabilities\tsys_ptrace dac_read_search checkpoint_restore");
	cat_contains(mount_path(&mount, ".pshmfs/about"), "\nconfined\t");
	mount_stop(&mount);
}

static void test_not_asking(void **state)
{
	struct mount mount;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	use(&mount);
	assert_true(check_process(mount.daemon.pid, LOOKING, ADMIN) > 3);
	mount_stop(&mount);
}

static void test_writing(void **state)
{
	struct mount mount;

	(void)state;
	mount_start(&mount, NULL, "write");
	use(&mount);
	assert_int_equal(write_file(mount_path(&mount, "count/seqnum"), "42"), 0);
	cat_equals(mount_path(&mount, "count/seqnum"), "42\n");
	assert_true(check_process(mount.daemon.pid, LOOKING | ASKING | WRITING, 0) > 3);
	assert_int_equal(check_process(pid_called("pshmfs-umount"), ADMIN, 0), 1);
	assert_int_equal(check_process(pid_called("pshmfs-poster"), 0, 0), 1);
	mount_stop(&mount);
}

/* The words are taken, and mean nothing. */
static void test_flags(void **state)
{
	static const char *const words[] = {NULL, "suid,dev,exec", "exec,noexec,dev,suid,rw"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const unsigned long wanted = ST_NOSUID | ST_NODEV | ST_NOEXEC;
		struct mount mount;
		struct statvfs st;

		mount_start(&mount, NULL, words[i]);
		assert_int_equal(statvfs(mount.path, &st), 0);
		assert_int_equal(st.f_flag & wanted, wanted);
		mount_stop(&mount);
	}
}

static bool no_unmounter(void *data)
{
	(void)data;
	return pid_called("pshmfs-umount") == 0;
}

/* The process that undoes the mount is nobody's holder, and does nothing when we are killed. */
static void test_unmounter(void **state)
{
	struct mount mount;
	pid_t pid;

	(void)state;
	mount_start(&mount, "/usr", NULL);
	pid = pid_called("pshmfs-umount");
	assert_true(pid > 0);
	assert_int_equal(fds_count(pid), 4); /* nothing, thrice, and a socket */
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(kill(pid, SIGINT), 0);
	cat_contains(mount_path(&mount, ".pshmfs/about"), "version\t");
	assert_int_equal(pid_called("pshmfs-umount"), pid);
	child_kill(&mount.daemon);
	assert_true(wait_until(DEADLINE_MS, no_unmounter, NULL));
	assert_true(mount_shown(mount.path));
	assert_int_equal(umount2(mount.path, 0), 0);
	rmdir(mount.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_looking), SANDBOXED(test_not_asking), SANDBOXED(test_writing),
		SANDBOXED(test_flags),   SANDBOXED(test_unmounter),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
