/* SPDX-License-Identifier: MIT */
/* .pshmfs/unlinked: objects that have no name any more, but are in use. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"
#include "tests/tables.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* In the directory of the unlinked object `ino`. */
#define IN(ino, name) AT(".pshmfs/unlinked/%lu/" name, (unsigned long)(ino))

/* Poll until the folder lists just this object (0: none). */
static void unlinked_becomes(uint64_t ino)
{
	names_become(AT(".pshmfs/unlinked"), ino ? pathf("%lu\n", (unsigned long)ino) : "");
}

/* Where bytes are reached by a descriptor alone, we have one, too. */
static int kept = -1;

static void let_go(void)
{
	if (kept >= 0)
		close(kept);
	kept = -1;
}

static unsigned ours(void)
{
	return kept >= 0;
}

/* Takes its name away; returns its inode number. */
static uint64_t drop(const char *name)
{
	uint64_t ino = shm_ino(name);

	if (!sandbox_has_map_files())
		kept = open(shm_path(name), O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(ino, 0);
	assert_int_equal(unlink(shm_path(name)), 0);
	return ino;
}

static void check_seqnum(uint64_t ino)
{
	cat_equals(IN(ino, "seqnum"), "41\n");
	cat_equals(IN(ino, "sem_value"), "1\n");
	cat_equals(IN(ino, "sem_waiters"), "0\n");
	cat_equals(IN(ino, "fields"),
		   "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\nseqnum\t41\n");
	cat_contains(IN(ino, "layout"), "seqnum\nfrom its bytes, a guess: 40 bytes, ");
	cat_contains(IN(ino, "stat"),
		     pathf("name\tctr (deleted)\ninode\t%lu\nmode\t644\nowner\t0\n",
			   (unsigned long)ino));
	cat_contains(IN(ino, "stat"), "\nsize\t40\nblocks\t8\nnlink\t0\n");
	cat_contains(IN(ino, "stat"), "\nhealth\tok\n");
	cat_contains(IN(ino, "json"), "\"fields\":{\"sem_value\":1,\"sem_nwaiters\":0,"
				      "\"sem_pshared\":1,\"seqnum\":41},\"errors\":{}");
	cat_contains(IN(ino, "json"), "\"nlink\":0,");
}

/* All that an object with a name has, and the same. */
static void test_files(void **state)
{
	_cleanup_free_ char *named = NULL, *unlinked = NULL, *raw = NULL;
	struct actor actor;
	struct stat st;
	size_t size;
	uint64_t ino;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	unlinked_becomes(0);
	actor_start(&actor, "seqnum", "/ctr", "41");
	named = list_names(AT("ctr"));
	ino = drop("ctr");
	unlinked_becomes(ino);
	cat_fails(AT("ctr/seqnum"), ENOENT);
	unlinked = list_names(IN(ino, ""));
	assert_string_equal(unlinked, named);
	check_seqnum(ino);
	assert_int_equal(read_file(IN(ino, "raw"), &raw, &size), 0);
	assert_int_equal(size, 40);
	assert_int_equal(*(int *)(raw + 32), 41);
	assert_int_equal(stat(IN(ino, "raw"), &st), 0);
	assert_int_equal(st.st_size, 40);
	assert_int_equal(st.st_mode, S_IFREG | 0444);
	assert_int_equal(stat(IN(ino, ""), &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(table_count(IN(ino, "holders")), 1 + ours());
	cat_contains(IN(ino, "holders"),
		     pathf("\n%d\t0\tactor\tsleeping\tmapping\trw-s\t0\t4096\t-\n", actor.pids[0]));
	cat_contains(AT(".pshmfs/holders"),
		     pathf("\n.pshmfs/unlinked/%lu\t%d\t", (unsigned long)ino, actor.pids[0]));
	/* It lives. */
	assert_string_equal(actor_tell(&actor, "1"), "done");
	cat_equals(IN(ino, "seqnum"), "42\n");
	let_go();
	actor_stop(&actor);
	unlinked_becomes(0);
	cat_comes_to_fail(IN(ino, "seqnum"), ENOENT);
	mount_stop(&mount);
}

/* Its layout can be set by hand, of this one alone. */
static void test_layout(void **state)
{
	struct actor actor, other;
	uint64_t ino;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	actor_start(&actor, "seqnum", "/ctr", "41");
	ino = drop("ctr");
	actor_start(&other, "seqnum", "/ctr", "7");
	assert_int_equal(write_file(IN(ino, "layout"), "sem\n"), 0);
	cat_contains(IN(ino, "layout"), "sem\nfrom this file, written by a user");
	cat_equals(IN(ino, "fields"), "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\n");
	cat_fails(IN(ino, "seqnum"), ENOENT);
	cat_equals(AT("ctr/seqnum"), "7\n");
	assert_int_equal(write_file(IN(ino, "layout"), "nonsense\n"), -EINVAL);
	assert_int_equal(write_file(IN(ino, "layout"), "\n"), 0);
	cat_equals(IN(ino, "seqnum"), "41\n");
	let_go();
	actor_stop(&actor);
	actor_stop(&other);
	mount_stop(&mount);
}

/* What is no such number, or has a name, or is another's: no such file. */
static void test_numbers(void **state)
{
	const char *const wrong[] = {"0", "x", "-1", "018446744073709551615",
				     "99999999999999999999"};
	struct actor named;
	struct stat st;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	actor_start(&named, "seqnum", "/named", "1");
	cat_fails(IN(shm_ino("named"), "raw"), ENOENT);
	assert_int_equal(stat(IN(shm_ino("named"), ""), &st), -1);
	assert_int_equal(errno, ENOENT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cat_fails(AT(".pshmfs/unlinked/%s/stat", wrong[i]), ENOENT);
	unlinked_becomes(0);
	actor_stop(&named);
	mount_stop(&mount);
}

/* An older object of the name, in which somebody still sleeps, is not the new one (E13). */
static void test_generations(void **state)
{
	_cleanup_free_ char *row = NULL;
	struct actor old, new;
	uint64_t ino;
	pid_t pid;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	actor_start(&old, "sem-wait", "/lock", "1");
	pid = old.pids[1];
	ino = drop("sem.lock");
	actor_start(&new, "sem-wait", "/lock", "2");
	assert_int_not_equal(shm_ino("sem.lock"), ino);
	row = strdup(waiter_row(pid, pid, "actor", "sem", 0, "wait"));
	waiters_become(IN(ino, "waiters"), row);
	cat_equals(IN(ino, "sem_waiters"), "1\n");
	cat_becomes(AT("sem.lock/sem_waiters"), "2\n");
	assert_int_equal(table_count(AT("sem.lock/holders")), 3);
	assert_int_equal(table_count(IN(ino, "holders")), 2 + ours());
	cat_contains(AT(".pshmfs/waiters"), pathf("\n.pshmfs/unlinked/%lu\t%d\t%d\t0\tactor\t",
						  (unsigned long)ino, pid, pid));
	cat_contains(AT(".pshmfs/waiters"), pathf("\nsem.lock\t%d\t", new.pids[1]));
	cat_contains(IN(ino, "layout"), "sem\nfrom its bytes, a guess");
	assert_string_equal(actor_tell(&new, "post"), "done");
	actor_tell(&new, "await 1");
	cat_becomes(AT("sem.lock/sem_waiters"), "1\n");
	waiters_become(IN(ino, "waiters"), row);
	actor_stop(&new);
	actor_kill(&old);
	let_go();
	unlinked_becomes(0);
	mount_stop(&mount);
}

#define LEAKED 2000

/* df says full, ls says empty: each of them is there, and their blocks are what df says (E27). */
static void test_leak(void **state)
{
	const char *command =
		"cat .pshmfs/unlinked/*/stat | awk '$1 == \"blocks\" { n++; sum += $2 } "
		"END { print n, sum * 512 }'";
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .folder = mount.path};
	struct timespec begun, ended;
	struct actor leak;
	struct result result;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	actor_start(&leak, "leak", "/leak", "2000");
	clock_gettime(CLOCK_MONOTONIC, &begun);
	run_argv(&result, (const char *const[]){"sh", "-c", "ls -U .pshmfs/unlinked | wc -l", NULL},
		 &setup);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_string_equal(result.out, "2000\n");
	assert_string_equal(result.err, "");
	result_deinit(&result);
	print_message("listed in %ld ms\n", (ended.tv_sec - begun.tv_sec) * 1000 +
						    (ended.tv_nsec - begun.tv_nsec) / 1000000);
	assert_in_range(ended.tv_sec - begun.tv_sec, 0, 10);
	run_argv(&result, (const char *const[]){"sh", "-c", command, NULL}, &setup);
	assert_string_equal(result.err, "");
	assert_string_equal(result.out, sandbox_has_map_files() ? "2000 8192000\n" : "2000 0\n");
	result_deinit(&result);
	assert_int_equal(table_count(AT(".pshmfs/holders")), LEAKED);
	actor_stop(&leak);
	unlinked_becomes(0);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SANDBOXED(test_files), SANDBOXED(test_layout),
					   SANDBOXED(test_numbers), SANDBOXED(test_generations),
					   SANDBOXED(test_leak)};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
