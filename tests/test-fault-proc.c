/* SPDX-License-Identifier: MIT */
/* A /proc that shows not all processes, or is not there: nothing is told that might not be so. */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/callers.h"
#include "tests/progs.h"
#include "tests/reliability.h"
#include "tests/support.h"

static struct mount mount_here;

#define AT(...) mount_path(&mount_here, __VA_ARGS__)

/* Root sees all, however /proc was mounted. */
static void test_root(void **state)
{
	static const char *const options[] = {"hidepid=2", "hidepid=4", "subset=pid"};

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct actor sleepers;

		assert_int_equal(mount("proc", "/proc", "proc", 0, options[i]), 0);
		actor_start(&sleepers, "sem-wait", "jobs", "2");
		mount_start(&mount_here, NULL, NULL);
		cat_contains(AT("sem.jobs/verdict"), "waiting\n");
		cat_equals(AT("sem.jobs/sem_waiters"), "2\n");
		cat_contains(AT("sem.jobs/holders"), pathf("%d\t", sleepers.pids[1]));
		actor_stop(&sleepers);
		mount_stop(&mount_here);
		assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	}
	reliability_row("faults", "/proc with hidepid=2, hidepid=4, subset=pid, for root",
			"each once", "who holds and who sleeps is told",
			"all three sleepers and their verdict");
}

static bool sleeps(void *data)
{
	const struct child *child = data;
	_cleanup_free_ char *text = NULL;

	return read_file(pathf("/proc/%d/wchan", child->pid), &text, NULL) == 0 &&
	       strstr(text, "futex");
}

/* One of CALLER_OWNER's, on a semaphore that is everybody's. */
static struct child sleeper(void)
{
	const struct child_setup setup = {.user = CALLER_OWNER};
	struct child child;

	child_start(&child, (const char *const[]){program("psem_wait"), "/all", NULL}, &setup);
	assert_true(wait_until(DEADLINE_MS, sleeps, &child));
	return child;
}

#define OTHER CALLER_USER("12002")
#define MEMBER "--reuid=12002 --regid=13001 --clear-groups"
#define says(caller, script, text) caller_is_told(mount_here.path, (caller), (script), (text))
#define says_part(caller, script, part, there)                                                     \
	caller_is_told_part(mount_here.path, (caller), (script), (part), (there))

/* Of an object in which others sleep, hidden from him, no user is told that nobody does. */
static void tell_hidden(void)
{
	says(OTHER, "head -n 1 $1/sem.all/verdict; grep -c hidepid $1/sem.all/verdict",
	     "unknown\n1\n");
	says(OTHER, "cd $1/sem.all && grep -c ^hidden holders waiters ../.pshmfs/holders",
	     "holders:1\nwaiters:1\n../.pshmfs/holders:1\n");
	says(OTHER, "cat $1/sem.all/sem_waiters 2>&1 | sed 's/.*: //'", "Permission denied\n");
	says_part(OTHER, "cat $1/sem.all/json | tr -d ' \n'", "\"hidden\":true", true);
	says_part(OTHER, "cat $1/sem.all/json | tr -d ' \n'", "\"word\":\"unknown\"", true);
	says_part(OTHER, "cat $1/.pshmfs/about", "hidepid); sudo pshmfs", true);
	expect_run(3, "nothing is seen to be stuck: 1 object, 0 threads wait\n",
		   "processes of other users are hidden (/proc, hidepid)", "setpriv",
		   "--reuid=12002", "--regid=12002", "--clear-groups", program("pshm_stuck"));
	says(CALLER_ROOT, "head -n 1 $1/sem.all/verdict; cat $1/sem.all/sem_waiters", "alone\n2\n");
	says(CALLER_ROOT, "cat $1/sem.all/holders | grep -c ^hidden; true", "0\n");
}

static void test_user(void **state)
{
	static const char *const options[] = {"hidepid=2", "hidepid=4", "hidepid=2,gid=13001"};

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct child children[2];

		assert_int_equal(mount("proc", "/proc", "proc", 0, options[i]), 0);
		put_sem("all", 0);
		assert_int_equal(chmod(shm_path("sem.all"), 0666), 0);
		children[0] = sleeper();
		children[1] = sleeper();
		mount_start(&mount_here, NULL, "allow_other,max_age=0");
		tell_hidden();
		/* Who is in the group sees that they are there, and may still not look. */
		if (strstr(options[i], "gid"))
			says(MEMBER,
			     "head -n 1 $1/sem.all/verdict; cd $1/sem.all && "
			     "grep -c ^hidden waiters; grep -c ' of 12001$' waiters",
			     "unknown\n0\n1\n");
		mount_stop(&mount_here);
		child_kill(&children[0]);
		child_kill(&children[1]);
		assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	}
	reliability_row("faults", "/proc with hidepid=2, hidepid=4, for a user who is not root",
			"each once", "nobody is said not to be there who may be",
			"unknown, a row hidden, no number of sleepers; pshm_stuck ends with 3");
}

/* Where process 1 is his own, and so is shown. */
static void test_own(void **state)
{
	(void)state;
	put_sem("jobs", 0);
	if (sandbox_has_user(CALLER_OWNER))
		expect_run(3, "nothing is seen to be stuck: 1 object, 0 threads wait\n",
			   "are hidden (/proc, hidepid)", "unshare", "-mpf", "--propagation",
			   "unchanged", "sh", "-c",
			   "mount -t proc -o hidepid=2 none /proc && exec setpriv --reuid=12001 "
			   "--regid=12001 --clear-groups \"$0\"",
			   program("pshm_stuck"));
}

/* Gone under a daemon that has it open. */
static void test_unmounted(void **state)
{
	struct actor sleepers;

	(void)state;
	assert_int_equal(mount("proc", "/proc", "proc", 0, NULL), 0);
	actor_start(&sleepers, "sem-wait", "jobs", "1");
	mount_start(&mount_here, NULL, NULL);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	cat_contains(AT("sem.jobs/verdict"), "waiting\n");
	cat_equals(AT("sem.jobs/sem_value"), "0\n");
	actor_stop(&sleepers);
	mount_stop(&mount_here);
	reliability_row("faults", "/proc is unmounted under the daemon", "once",
			"what it tells is so", "it goes on as before");
}

#define SCRIPT                                                                                     \
	"umount -l /proc; while umount -l /proc 2>&-; do :; done; "                                \
	"mkdir -p " SANDBOX_WORK "/none && exec \"$@\""

/* Never there: a mount would show an empty machine. */
static void test_none(void **state)
{
	static const char said[] =
		"pshmfs: /proc: not mounted: objects cannot be opened, nor processes be seen\n";

	(void)state;
	put_seqnum("count", 7);
	expect_run(1, "", said, "unshare", "-m", "--propagation", "unchanged", "sh", "-c", SCRIPT,
		   "sh", pshmfs_path(), "-f", SANDBOX_WORK "/none");
	/* A sanitizer cannot look for leaks then, and gives another status. */
	if (strcmp(getenv("PSHM_INSTRUMENTED"), "1") != 0)
		expect_run(3, "", "/proc: not mounted", "unshare", "-m", "--propagation",
			   "unchanged", "sh", "-c", SCRIPT, "sh", program("pshm_stuck"));
	reliability_row("faults", "there is no /proc", "once", "a message, no mount, no finding",
			"pshmfs and pshm_stuck say that it is not mounted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_root),      SANDBOXED(test_user), SANDBOXED(test_own),
		SANDBOXED(test_unmounted), SANDBOXED(test_none),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
