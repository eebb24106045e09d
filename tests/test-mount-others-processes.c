/* SPDX-License-Identifier: MIT */
/* A mount for everybody: of processes, each is told what he could find out himself. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/callers.h"
#include "tests/support.h"

static struct mount mount_here;

#define says(caller, script, text) caller_is_told(mount_here.path, (caller), (script), (text))
#define says_part(caller, script, part, there)                                                     \
	caller_is_told_part(mount_here.path, (caller), (script), (part), (there))
#define USER(id) CALLER_USER(id)

static bool sleeps(void *data)
{
	const struct child *child = data;
	_cleanup_free_ char *text = NULL;

	return read_file(pathf("/proc/%d/wchan", child->pid), &text, NULL) == 0 &&
	       strstr(text, "futex");
}

/* A semaphore that is 0, for everybody. */
static void put_for_all(void)
{
	put_sem("all", 0);
	assert_int_equal(chmod(shm_path("sem.all"), 0666), 0);
}

/* One who has the semaphore, and sleeps on it. */
static struct child sleeper(uid_t user)
{
	const struct child_setup setup = {.user = user};
	struct child child;

	child_start(&child, (const char *const[]){program("psem_wait"), "/all", NULL}, &setup);
	assert_true(wait_until(DEADLINE_MS, sleeps, &child));
	return child;
}

/* Of other users' processes there is one line, and the verdict is unknown. */
static void test_processes(void **state)
{
	struct child own, other;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	put_for_all();
	put_sem("own", 0);
	assert_int_equal(chmod(shm_path("sem.own"), 0600), 0);
	assert_int_equal(chown(shm_path("sem.own"), CALLER_NAMED, CALLER_NAMED), 0);
	own = sleeper(CALLER_OWNER);
	other = sleeper(CALLER_OTHER);
	mount_start(&mount_here, NULL, "allow_other,max_age=0");
	says(USER("12001"), "grep -c ^[0-9] $1/sem.all/waiters", "1\n");
	says(USER("12001"), "cut -f 3 $1/sem.all/waiters | grep ^1", "12001\n");
	says_part(USER("12001"), "cat $1/sem.all/holders", " of 12002\n", true);
	says(USER("12001"), "head -n 1 $1/sem.all/verdict; cut -f 1,2 $1/.pshmfs/stuck",
	     "unknown\nsem.all\tunknown\n");
	says(USER("12002"), "cut -f 3 $1/sem.all/waiters | grep ^1", "12002\n");
	says(USER("12003"), "grep -c ^[0-9] $1/sem.all/waiters; true", "0\n");
	/* Nobody is seen there by him: who might be counts by who may open it. */
	says(USER("12003"),
	     "head -n 1 $1/sem.all/verdict; grep -c 'of user 1200[12] might have it' "
	     "$1/sem.all/verdict",
	     "unknown\n2\n");
	says(USER("12003"), "head -n 1 $1/sem.own/verdict", "ok\n");
	says(CALLER_ROOT, "head -n 1 $1/sem.own/verdict", "ok\n");
	says(CALLER_ROOT, "cut -f 3 $1/sem.all/waiters | grep ^1", "12001\n12002\n");
	says(CALLER_ROOT, "head -n 1 $1/sem.all/verdict", "alone\n");
	/* One sees the other's come and go no more than before. */
	child_kill(&other);
	says(USER("12001"), "grep -c 12002 $1/sem.all/verdict; true", "0\n");
	says(CALLER_ROOT, "cut -f 3 $1/sem.all/waiters | grep ^1", "12001\n");
	mount_stop(&mount_here);
	child_kill(&own);
}

/* Looks are shared by those who see the same, for as long as they are young: never by others. */
static void test_looks_apart(void **state)
{
	struct child own;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	put_for_all();
	own = sleeper(CALLER_OWNER);
	mount_start(&mount_here, NULL, "allow_other,max_age=3600000");
	for (size_t i = 0; i < 3; i++) {
		says(CALLER_ROOT, "grep -c ^[0-9] $1/sem.all/waiters", "1\n");
		says(USER("12002"), "grep -c ^[0-9] $1/sem.all/waiters; true", "0\n");
		says(USER("12001"), "grep -c ^[0-9] $1/sem.all/waiters", "1\n");
		says(USER("12002"),
		     "ls $1/.pshmfs/unlinked; cat $1/sem.all/sem_waiters 2>&1 | "
		     "sed 's/.*: //'",
		     "Permission denied\n");
	}
	mount_stop(&mount_here);
	child_kill(&own);
}

/* What has no name is there for who may open it by those who hold it. */
static void test_unlinked(void **state)
{
	struct child child;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	child_start_shell(&child, "exec 9<>/dev/shm/gone && rm /dev/shm/gone && echo ready && "
				  "read end");
	mount_start(&mount_here, NULL, "allow_other,max_age=0");
	says(CALLER_ROOT, "ls $1/.pshmfs/unlinked | wc -l", "1\n");
	says(USER("12001"), "ls $1/.pshmfs/unlinked | wc -l", "0\n");
	mount_stop(&mount_here);
	child_kill(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_processes),
		SANDBOXED(test_looks_apart),
		SANDBOXED(test_unlinked),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
