/* SPDX-License-Identifier: MIT */
/* Looking at processes of others: other users, other namespaces, processes that come and go. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

#define USER 1234

static const struct denied *find_denied(const struct snapshot *snapshot, uid_t uid)
{
	for (size_t i = 0; i < snapshot->n_denied; i++)
		if (snapshot->denied[i].uid == uid)
			return &snapshot->denied[i];
	return NULL;
}

static int look_as_user(void *data)
{
	const pid_t *pids = data; /* ours, and root's */
	const struct process *process;
	const struct denied *denied;
	struct snapshot snapshot;

	look(NULL, &snapshot);
	process = find_process(&snapshot, pids[0]);
	if (sandbox_has_user(USER) && (!process || process->error || process->uid != USER ||
				       count_holders(&snapshot, pids[0]) != 3))
		return 1;
	process = find_process(&snapshot, pids[1]);
	if (!process || process->error != -EACCES || process->uid != 0 ||
	    strcmp(process->comm, "actor") != 0 || count_holders(&snapshot, pids[1]) != 0)
		return 2;
	denied = find_denied(&snapshot, 0);
	if (!denied || denied->n < 2 || find_denied(&snapshot, USER + 1))
		return 3;
	snapshot_deinit(&snapshot);
	return 0;
}

/* One's own processes are seen, those of root are counted. */
static void test_unprivileged(void **state)
{
	struct snapshot snapshot;
	struct child own, root;
	pid_t pids[2];

	(void)state;
	pids[0] = actor_start_as(sandbox_has_user(USER) ? USER : 0, &own, "map", "/x", NULL);
	pids[1] = actor_start_as(0, &root, "map", "/y", NULL);
	assert_int_equal(as_user(USER, look_as_user, pids), 0);
	/* Root sees both. */
	look(NULL, &snapshot);
	assert_int_equal(count_holders(&snapshot, pids[0]), 3);
	assert_int_equal(count_holders(&snapshot, pids[1]), 3);
	assert_int_equal(snapshot.n_denied, 0);
	snapshot_deinit(&snapshot);
	child_kill(&own);
	child_kill(&root);
}

static int look_for_leaderless(void *data)
{
	const struct waiter *waiter;
	struct snapshot snapshot;
	size_t n = 0;

	look(NULL, &snapshot);
	for (size_t i = 0; i < snapshot.n_waiters; i++) {
		waiter = &snapshot.waiters[i];
		n += snapshot.processes[waiter->process].pid == *(pid_t *)data &&
		     snapshot.processes[waiter->process].state == 'Z' &&
		     waiter->place == WAITER_OBJECT;
	}
	snapshot_deinit(&snapshot);
	return (int)n;
}

static bool is_leaderless(void *data)
{
	return as_user(USER, look_for_leaderless, data) == 3;
}

/* The files of its dead first thread are root's; that hides nothing of the others. */
static void test_leaderless(void **state)
{
	struct child child;
	pid_t pid;

	(void)state;
	pid = actor_start_as(sandbox_has_user(USER) ? USER : 0, &child, "leaderless", "/x", "3");
	if (sandbox_has_user(USER))
		assert_true(wait_until(DEADLINE_MS, is_leaderless, &pid));
	child_finish(&child, NULL);
}

/* The same path and inode number in another tmpfs: another object. The same tmpfs elsewhere: ours.
 */
static void test_namespaces(void **state)
{
	struct child other, bound;
	struct snapshot snapshot;

	(void)state;
	make_object("x", "1", 1);
	child_start_shell(&other, "mount -t tmpfs tmpfs /dev/shm && echo 1 > /dev/shm/x && "
				  "exec 9</dev/shm/x && echo ready && read end");
	child_start_shell(&bound, "mkdir " SANDBOX_WORK "/there && "
				  "mount --bind /dev/shm " SANDBOX_WORK "/there && "
				  "exec 9<" SANDBOX_WORK "/there/x && echo ready && read end");
	look(NULL, &snapshot);
	assert_int_equal(count_holders(&snapshot, other.pid), 0);
	assert_int_equal(count_holders(&snapshot, bound.pid), 1);
	assert_int_equal(nth_holder(&snapshot, bound.pid, 0)->ino, shm_ino("x"));
	assert_int_equal(nth_holder(&snapshot, bound.pid, 0)->fd, 9);
	snapshot_deinit(&snapshot);
	child_kill(&other);
	child_kill(&bound);
}

/* A mount that was detached is in no table: then it is said that there is such a descriptor. */
static void test_detached(void **state)
{
	struct snapshot before, after;
	struct child child;

	(void)state;
	look(NULL, &before);
	child_start_shell(&child,
			  "mkdir " SANDBOX_WORK "/gone && "
			  "mount -t tmpfs tmpfs " SANDBOX_WORK "/gone && "
			  "exec 9>" SANDBOX_WORK "/gone/x && umount -l " SANDBOX_WORK "/gone && "
			  "echo ready && read end");
	look(NULL, &after);
	assert_int_equal(count_holders(&after, child.pid), 0);
	if (look_flags & SNAPSHOT_FDS_TABLES)
		assert_true(after.n_unplaced > before.n_unplaced);
	else
		assert_int_equal(after.n_unplaced, 0);
	snapshot_deinit(&before);
	snapshot_deinit(&after);
	child_kill(&child);
}

static bool has_ended(void *data)
{
	return child_ended(data);
}

/* Processes that start and end all the time are no errors; a zombie holds nothing. */
static void test_races(void **state)
{
	struct child child, zombie;

	(void)state;
	make_object("x", "1", 1);
	child_start_shell(&child, "exec 9<>/dev/shm/x; echo ready; "
				  "while :; do (:) & (:) & (:) & wait; done");
	child_start(&zombie, (const char *const[]){"true", NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, has_ended, &zombie));
	for (int i = 0; i < 300; i++) {
		struct snapshot snapshot;

		look(NULL, &snapshot);
		assert_int_equal(snapshot.n_denied, 0);
		assert_int_equal(count_holders(&snapshot, child.pid), 1);
		assert_null(find_process(&snapshot, zombie.pid));
		for (size_t k = 0; k < snapshot.n_processes; k++)
			assert_int_equal(snapshot.processes[k].error, 0);
		snapshot_deinit(&snapshot);
	}
	child_finish(&zombie, NULL);
	child_kill(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_unprivileged), SANDBOXED(test_leaderless),
		SANDBOXED(test_namespaces),   SANDBOXED(test_detached),
		SANDBOXED(test_races),
	};
	int r;

	sandbox_enter();
	r = cmocka_run_group_tests_name("this kernel's ways", tests, shm_folder_setup, NULL);
	look_flags = LOOK_OTHERS;
	return r + cmocka_run_group_tests_name("others' ways", tests, shm_folder_setup, NULL);
}
