/* SPDX-License-Identifier: MIT */
/* The files `holders`: who has an object mapped or open, however it came by it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"
#include "tests/tables.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static void nothing_is_unlinked(void)
{
	_cleanup_free_ char *names = list_names(AT(".pshmfs/unlinked"));

	assert_string_equal(names, "");
}

/* What it is mapped for and where; of each descriptor what it was opened for (E24, plainly). */
static void test_columns(void **state)
{
	struct actor map, open;
	int a, b;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&map, "map", "/x");
	actor_start(&open, "open", "/y");
	a = map.pids[0];
	b = open.pids[0];
	holders_become(AT("x/holders"),
		       pathf("%d\t0\tactor\tsleeping\tmapping\trw-s\t0\t12288\t-\n"
			     "%d\t0\tactor\tsleeping\tmapping\trw-p\t4096\t4096\t-\n"
			     "%d\t0\tactor\tsleeping\tmapping\tr--s\t8192\t4096\t-\n",
			     a, a, a));
	holders_become(AT("y/holders"), pathf("%d\t0\tactor\tsleeping\tfd\trw\t-\t-\t10\n"
					      "%d\t0\tactor\tsleeping\tfd\tr-\t-\t-\t11\n"
					      "%d\t0\tactor\tsleeping\tfd\t--\t-\t-\t12\n",
					      b, b, b));
	cat_contains(AT("y/json"),
		     pathf("\"holders\":[{\"pid\":%d,\"user\":0,\"command\":\"actor\",", b));
	cat_contains(AT("y/json"), "\"kind\":\"fd\",\"access\":\"rw\",\"offset\":null,"
				   "\"length\":null,\"fd\":10}");
	cat_contains(AT("x/json"), "\"kind\":\"mapping\",\"access\":\"rw-p\",\"offset\":4096,"
				   "\"length\":4096,\"fd\":null}");
	assert_int_equal(table_count(AT(".pshmfs/holders")), 6);
	cat_contains(AT(".pshmfs/holders"), pathf("\nx\t%d\t0\t", a));
	cat_contains(AT(".pshmfs/holders"), pathf("\ny\t%d\t0\t", b));
	kill(a, SIGSTOP);
	holders_become(AT("x/holders"),
		       pathf("%d\t0\tactor\tstopped\tmapping\trw-s\t0\t12288\t-\n"
			     "%d\t0\tactor\tstopped\tmapping\trw-p\t4096\t4096\t-\n"
			     "%d\t0\tactor\tstopped\tmapping\tr--s\t8192\t4096\t-\n",
			     a, a, a));
	kill(a, SIGCONT);
	actor_stop(&map);
	holders_become(AT("x/holders"), "!ENOENT\n");
	nothing_is_unlinked();
	actor_stop(&open);
	mount_stop(&mount);
}

/* In the creator's maps a named semaphore has the name of a temporary file, "(deleted)" (E24). */
static void check_creator(const struct actor *actor, const char *name)
{
	const char *command = strncmp(name, "sem.", 4) ? "actor-musl" : "actor";

	cat_contains(pathf("/proc/%d/maps", actor->pids[0]), " (deleted)\n");
	holders_become(AT("%s/holders", name),
		       pathf("%d\t0\t%s\tsleeping\tmapping\trw-s\t0\t4096\t-\n"
			     "%d\t0\t%s\tsleeping\tmapping\trw-s\t0\t4096\t-\n",
			     actor->pids[0], command, actor->pids[1], command));
	cat_contains(AT(".pshmfs/holders"), pathf("\n%s\t%d\t", name, actor->pids[0]));
	nothing_is_unlinked();
}

static void test_creator(void **state)
{
	struct actor glibc, musl;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&glibc, "sem-wait", "/live", "1");
	actor_start_musl(&musl, "/live", "1");
	check_creator(&glibc, "sem.live");
	check_creator(&musl, "live");
	actor_stop(&glibc);
	actor_stop(&musl);
	mount_stop(&mount);
}

/* A number in a name says nothing (E32): who lives and has nothing, who is dead and is in use. */
static void test_numbers_in_names(void **state)
{
	struct actor actor, other;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "map", "/mori_999999_0");
	actor_start(&other, "map", "/other");
	make_object(pathf("sgl_shm_req_%d_ab12", other.pids[0]), NULL, 4096);
	assert_int_equal(table_count(AT("mori_999999_0/holders")), 3);
	holders_become(AT("sgl_shm_req_%d_ab12/holders", other.pids[0]), "");
	actor_stop(&actor);
	actor_stop(&other);
	mount_stop(&mount);
}

static const char *const odd[] = {
	"with space",
	"new\nline",
	"tab\there",
	"back\\012slash",
	("gr\xc3\xb6\xc3\x9f"
	 "e-\xe2\x98\x83"),
	"bad\xff\xfe",
	"x (deleted)",
	"trail ",
	".hidden",
	"-rf",
	"(null)_trace.pid1",
	"esc\x1b[2Jape",
};

static const char *const escaped[] = {
	"with space",
	"new\\nline",
	"tab\\there",
	"back\\\\012slash",
	("gr\xc3\xb6\xc3\x9f"
	 "e-\xe2\x98\x83"),
	"bad\\xff\\xfe",
	"x (deleted)",
	"trail ",
	".hidden",
	"-rf",
	"(null)_trace.pid1",
	"esc\\x1b[2Jape",
};

#define N_ODD (sizeof(odd) / sizeof(odd[0]))

/* Mapped by this very process. */
static void *map_new(const char *name)
{
	int fd = open(shm_path(name), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	void *map;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	close(fd);
	return map;
}

/* maps escapes the newline alone; a file may be called "x (deleted)" (E33). */
static void test_odd_names(void **state)
{
	_cleanup_free_ char *names = NULL, *gone = NULL;
	void *maps[N_ODD], *deleted;

	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	for (size_t i = 0; i < N_ODD; i++)
		maps[i] = map_new(odd[i]);
	deleted = map_new("really gone");
	gone = strdup(pathf("%lu\n", (unsigned long)shm_ino("really gone")));
	assert_int_equal(unlink(shm_path("really gone")), 0);
	names = list_names(AT(".pshmfs/unlinked"));
	assert_string_equal(names, gone);
	gone[strcspn(gone, "\n")] = '\0';
	cat_contains(AT(".pshmfs/unlinked/%s/stat", gone), "name\treally gone (deleted)\n");
	for (size_t i = 0; i < N_ODD; i++) {
		assert_int_equal(table_count(AT("%s/holders", odd[i])), 1);
		cat_contains(AT(".pshmfs/holders"), pathf("\n%s\t%d\t", escaped[i], getpid()));
		cat_contains(AT("%s/stat", odd[i]), pathf("name\t%s\n", escaped[i]));
	}
	assert_int_equal(table_count(AT(".pshmfs/holders")), N_ODD + 1);
	for (size_t i = 0; i < N_ODD; i++)
		munmap(maps[i], 4096);
	munmap(deleted, 4096);
	holders_become(AT(".pshmfs/holders"), "");
	mount_stop(&mount);
}

/* The same path and inode number in another tmpfs is another object, and none of ours (E47). */
static void test_other_namespace(void **state)
{
	struct child other;
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "sem-wait", "/job", "1");
	child_start_shell(&other,
			  "mount -t tmpfs tmpfs /dev/shm && "
			  "(dd if=/dev/zero of=/dev/shm/sem.job bs=32 count=1 status=none; "
			  "echo > /dev/shm/gone) && exec 9<>/dev/shm/sem.job 8<>/dev/shm/gone && "
			  "rm /dev/shm/gone && echo ready && read end");
	assert_int_equal(table_count(AT("sem.job/holders")), 2);
	waiters_become(AT("sem.job/waiters"),
		       waiter_row(actor.pids[1], actor.pids[1], "actor", "sem", 0, "wait"));
	assert_int_equal(table_count(AT(".pshmfs/holders")), 2);
	nothing_is_unlinked();
	child_kill(&other);
	actor_stop(&actor);
	mount_stop(&mount);
}

/* By a bind mount and in a chroot it is the same tmpfs, whatever its path (E49). */
static void test_other_paths(void **state)
{
	struct child bound, inside;

	(void)state;
	mount_start(&mount, NULL, NULL);
	make_object("x", "1", 1);
	child_start_shell(&bound, "mkdir " SANDBOX_WORK "/there && "
				  "mount --bind /dev/shm " SANDBOX_WORK "/there && "
				  "exec 9<" SANDBOX_WORK "/there/x && echo ready && read end");
	child_start_shell(&inside, "mkdir -p " SANDBOX_WORK "/root/dev/shm && "
				   "mount --rbind / " SANDBOX_WORK "/root && "
				   "mount --bind /dev/shm " SANDBOX_WORK "/root/media && "
				   "exec chroot " SANDBOX_WORK "/root sh -c "
				   "'exec 9>>/media/x && echo ready && read end'");
	holders_become(AT("x/holders"), pathf("%d\t0\tsh\tsleeping\tfd\tr-\t-\t-\t9\n"
					      "%d\t0\tsh\tsleeping\tfd\t-w\t-\t-\t9\n",
					      bound.pid, inside.pid));
	child_kill(&bound);
	child_kill(&inside);
	mount_stop(&mount);
}

/* In a folder of SOURCE it has a name, which is not ours to tell; without a name it is unlinked. */
static void test_in_a_folder(void **state)
{
	_cleanup_free_ char *names = NULL, *unlinked = NULL;
	int fd;

	(void)state;
	mount_start(&mount, NULL, "max_age=0");
	assert_int_equal(mkdir(shm_path("folder"), 0755), 0);
	fd = open(shm_path("folder/x"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	holders_become(AT(".pshmfs/holders"), pathf("-\t%d\t0\ttest-mount-hold\tsleeping\tfd\trw\t-"
						    "\t-\t%d\n",
						    getpid(), fd));
	nothing_is_unlinked();
	unlinked = strdup(pathf("%lu\n", (unsigned long)shm_ino("folder/x")));
	assert_int_equal(unlink(shm_path("folder/x")), 0);
	names = list_names(AT(".pshmfs/unlinked"));
	assert_string_equal(names, unlinked);
	close(fd);
	mount_stop(&mount);
}

/* With max_age=0 nothing that was done before the open(2) is missed; without, a while. */
static void test_max_age(void **state)
{
	const char *options[] = {"max_age=0", "max_age=3600000"};

	(void)state;
	make_object("x", "1", 1);
	for (size_t old = 0; old < 2; old++) {
		mount_start(&mount, NULL, options[old]);
		for (int i = 0; i < 50; i++) {
			int fd = open(shm_path("x"), O_RDWR | O_CLOEXEC);

			assert_int_equal(table_count(AT("x/holders")), 1);
			close(fd);
			assert_int_equal(table_count(AT("x/holders")), old);
			if (!old)
				assert_int_equal(table_count(AT(".pshmfs/holders")), 0);
		}
		mount_stop(&mount);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_columns),          SANDBOXED(test_creator),
		SANDBOXED(test_numbers_in_names), SANDBOXED(test_odd_names),
		SANDBOXED(test_other_namespace),  SANDBOXED(test_other_paths),
		SANDBOXED(test_in_a_folder),      SANDBOXED(test_max_age),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
