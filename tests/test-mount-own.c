/* SPDX-License-Identifier: MIT */
/* What an ordinary user's mount tells of processes: all of his own, and how many it cannot see. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/point.h"
#include "tests/support.h"

/* An ordinary user that every system has a name for, as fusermount3 wants it: nobody. */
#define NOBODY 65534u

/* A /dev/fuse that everybody may open, as distributions have it; the mountpoint is the user's. */
static void prepare(void)
{
	assert_int_equal(mknod(SANDBOX_WORK "/fuse", S_IFCHR | 0666, makedev(10, 229)), 0);
	assert_int_equal(chmod(SANDBOX_WORK "/fuse", 0666), 0);
	assert_int_equal(mount(SANDBOX_WORK "/fuse", "/dev/fuse", NULL, MS_BIND, NULL), 0);
	assert_int_equal(chown(POINT, NOBODY, NOBODY), 0);
}

struct saying {
	const char *command, *argument, *out, *err;
	struct result result;
	int status;
};

static bool says(void *data)
{
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = NOBODY};
	struct saying *saying = data;

	result_deinit(&saying->result);
	run_argv(&saying->result,
		 (const char *const[]){"sh", "-c", pathf("cd " POINT " && %s", saying->command),
				       "sh", saying->argument, NULL},
		 &setup);
	return saying->result.status == saying->status &&
	       strcmp(saying->result.out, saying->out) == 0 &&
	       (*saying->err ? strstr(saying->result.err, saying->err) != NULL
			     : !*saying->result.err);
}

/* In the mount, the user's command comes to say this; $1 is the argument. */
static void user_reads(const char *command, const char *argument, int status, const char *out,
		       const char *err)
{
	struct saying saying = {
		.command = command, .argument = argument, .out = out, .err = err, .status = status};

	run(&saying.result, "true");
	if (!wait_until(DEADLINE_MS, says, &saying))
		fail_msg("%s: %d, \"%s\", \"%s\", not \"%s\"", command, saying.result.status,
			 saying.result.out, saying.result.err, out);
	result_deinit(&saying.result);
}

static void serve(struct child *ret)
{
	const struct child_setup setup = {
		.in = STREAM_NULL, .out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = NOBODY};

	child_start(ret, (const char *const[]){pshmfs_path(), "-f", POINT, NULL}, &setup);
	user_reads("cat count/seqnum", "", 0, "41\n", "");
}

static void stop(struct child *daemon)
{
	struct result result;

	user_reads("cd /; fusermount3 -u " POINT, "", 0, "", "");
	child_finish(daemon, &result);
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	point_await_end();
}

/* His own are told as to root; those of others are one row, and what about them in `about`. */
static void test_others(void **state)
{
	struct child daemon, own, roots;
	pid_t pid;

	(void)state;
	if (!sandbox_has_user(NOBODY))
		return;
	prepare();
	pid = actor_start_as(NOBODY, &own, "open", "/own", NULL);
	actor_start_as(0, &roots, "open", "/roots", NULL);
	serve(&daemon);
	user_reads("cut -f 1,2,3,5,6,9 own/holders | sed 's/[0-9]* processes of 0/N of root/'", "",
		   0,
		   pathf("PID\tUSER\tCOMMAND\tKIND\tACCESS\tFD\n"
			 "%d\t65534\tactor\tfd\trw\t10\n%d\t65534\tactor\tfd\tr-\t11\n"
			 "%d\t65534\tactor\tfd\t--\t12\ndenied\tN of root\n",
			 pid, pid, pid),
		   "");
	user_reads("cut -f 1,2 roots/holders | sed 's/[0-9]* processes of 0/N of root/'", "", 0,
		   "PID\tUSER\ndenied\tN of root\n", "");
	user_reads("tail -n +2 roots/waiters | cut -f 1", "", 0, "denied\n", "");
	user_reads("grep -c '^denied.' .pshmfs/holders .pshmfs/waiters", "", 0,
		   ".pshmfs/holders:1\n.pshmfs/waiters:1\n", "");
	user_reads("grep -o '\"unseen\":{\"denied\":\\[{\"user\":0,' roots/json", "", 0,
		   "\"unseen\":{\"denied\":[{\"user\":0,\n", "");
	user_reads("grep -c 'processes of other users, which may hold and wait as well: sudo' "
		   ".pshmfs/about",
		   "", 0, "1\n", "");
	child_kill(&own);
	child_kill(&roots);
	stop(&daemon);
}

/* map_files may not be followed, even of one's own: who holds and waits is told, not the bytes. */
static void check_mapped(pid_t pid, const char *ino)
{
	user_reads("cat .pshmfs/unlinked/$1/raw", ino, 1, "", "Permission denied");
	user_reads("cat .pshmfs/unlinked/$1/fields", ino, 1, "", "Permission denied");
	user_reads("cut -f 1,3,5,6 .pshmfs/unlinked/$1/holders | sed '/^denied/d'", ino, 0,
		   pathf("PID\tCOMMAND\tKIND\tACCESS\n%d\tsem\tmapping\trw-s\n", pid), "");
	user_reads("cut -f 1,4,5,6,7 .pshmfs/unlinked/$1/waiters | sed '/^denied/d'", ino, 0,
		   pathf("PID\tCOMMAND\tFIELD\tOFFSET\tOPERATION\n%d\tsem\t-\t8256\twait\n", pid),
		   "");
	user_reads("sed -n '/^name/p;/^inode/p;/^health/p' .pshmfs/unlinked/$1/stat", ino, 0,
		   pathf("name\tx (deleted)\ninode\t%s\nhealth\tits bytes cannot be read: "
			 "Permission denied (neither a holder's descriptor nor map_files may be "
			 "opened)\n",
			 ino),
		   "");
	user_reads("head -n 1 .pshmfs/unlinked/$1/layout", ino, 0, "unknown\n", "");
	user_reads("grep -c '\"waiters\":\\[{\"pid\":' .pshmfs/unlinked/$1/json", ino, 0, "1\n",
		   "");
}

static void test_unlinked(void **state)
{
	_cleanup_free_ char *mapped = NULL, *open = NULL;
	struct child daemon, sleeper, opener;
	pid_t pid;

	(void)state;
	if (!sandbox_has_user(NOBODY))
		return;
	prepare();
	pid = actor_start_as(NOBODY, &sleeper, "sleep", "/x", "sem");
	actor_start_as(NOBODY, &opener, "open", "/y", NULL);
	serve(&daemon);
	user_reads("tail -n +2 x/waiters | cut -f 1,6 | sed '/^denied/d'", "", 0,
		   pathf("%d\t8256\n", pid), "");
	mapped = strdup(pathf("%lu", (unsigned long)shm_ino("x")));
	open = strdup(pathf("%lu", (unsigned long)shm_ino("y")));
	assert_int_equal(unlink(shm_path("x")) | unlink(shm_path("y")), 0);
	user_reads("ls .pshmfs/unlinked | sort -n", "", 0,
		   pathf(atoi(mapped) < atoi(open) ? "%1$s\n%2$s\n" : "%2$s\n%1$s\n", mapped, open),
		   "");
	check_mapped(pid, mapped);
	/* By a descriptor it may be read. */
	user_reads("wc -c < .pshmfs/unlinked/$1/raw", open, 0, "12288\n", "");
	user_reads("sed -n '/^owner/p;/^nlink/p;/^health/p' .pshmfs/unlinked/$1/stat", open, 0,
		   "owner\t65534\nnlink\t0\nhealth\tok\n", "");
	child_kill(&sleeper);
	child_kill(&opener);
	user_reads("ls .pshmfs/unlinked", "", 0, "", "");
	stop(&daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POINT(test_others),
		WITH_POINT(test_unlinked),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
