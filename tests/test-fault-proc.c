/* SPDX-License-Identifier: MIT */
/* A /proc that shows not all processes, or is not there: nothing is told that might not be so. */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/cleanup.h"
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
		SANDBOXED(test_root),
		SANDBOXED(test_unmounted),
		SANDBOXED(test_none),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
