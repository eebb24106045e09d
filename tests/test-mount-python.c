/* SPDX-License-Identifier: MIT */
/* What Python's multiprocessing leaves in shared memory, and what a cleaner leaves of it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"
#include "tests/tables.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* In the directory of the unlinked object `ino`. */
#define IN(ino, name) AT(".pshmfs/unlinked/%lu/" name, (unsigned long)(ino))

static void nothing_is_unlinked(void)
{
	names_become(AT(".pshmfs/unlinked"), "");
}

/* The inode number of the only object without a name. */
static uint64_t the_unlinked(void)
{
	_cleanup_free_ char *names = list_names(AT(".pshmfs/unlinked"));
	uint64_t ino = strtoull(names, NULL, 10);

	assert_string_equal(names, pathf("%lu\n", (unsigned long)ino));
	return ino;
}

/* Semaphores that nobody uses, left by a tree of processes that was killed, and one in use (E30).
 */
static const char leaky[] = "import multiprocessing as mp, os\n"
			    "from multiprocessing import resource_tracker as r\n"
			    "l = [mp.get_context('spawn').Lock() for i in range(3)]\n"
			    "os.kill(r._resource_tracker._pid, 9)\n"
			    "os.kill(os.getpid(), 9)\n";

static void test_leaked_semaphores(void **state)
{
	_cleanup_free_ char *names = NULL;
	struct result result;
	struct actor used;
	unsigned n = 0;
	int fd;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	run(&result, "python3", "-c", leaky);
	assert_int_equal(result.status, 128 + SIGKILL);
	result_deinit(&result);
	actor_start(&used, "sem", "/used", "1");
	names = list_names("/dev/shm");
	for (char *at = names, *name; (name = strsep(&at, "\n")) && *name;) {
		if (strncmp(name, "sem.mp-", 7) != 0)
			continue;
		n++;
		holders_become(AT("%s/holders", name), "");
		cat_equals(AT("%s/sem_value", name), "1\n");
		cat_equals(AT("%s/sem_waiters", name), "0\n");
		/* Whoever opens one of them is its holder, and no other's. */
		fd = open(shm_path(name), O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		cat_becomes(AT("%s/sem_waiters", name), "0\n");
		assert_int_equal(table_count(AT(".pshmfs/holders")), 1 + 1);
		close(fd);
	}
	assert_int_equal(n, 3);
	assert_int_equal(table_count(AT("sem.used/holders")), 1);
	actor_stop(&used);
	mount_stop(&mount);
}

static void start_python(struct child *ret, const char *program, uid_t user)
{
	const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_NULL, .user = user};
	_cleanup_free_ char *line = NULL;

	child_start(ret, (const char *const[]){"python3", "-c", program, NULL}, &setup);
	line = child_line(ret->out);
	assert_non_null(line);
	assert_string_equal(line, "ready");
}

/* A block whose name a second process has taken away, as it left (E26). */
static const char block[] = "from multiprocessing import shared_memory as m\n"
			    "import subprocess, sys\n"
			    "s = m.SharedMemory('demo', True, 4096)\n"
			    "s.buf[:5] = b'hello'\n"
			    "subprocess.run([sys.executable, '-c', '''\n"
			    "from multiprocessing import shared_memory as m\n"
			    "m.SharedMemory('demo').close()'''])\n"
			    "print('ready', flush=True)\n"
			    "sys.stdin.read()\n";

static void test_block(void **state)
{
	_cleanup_free_ char *raw = NULL;
	struct child child;
	uint64_t ino;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	start_python(&child, block, 0);
	/* Python's resource tracker does it, which is a process of its own. */
	cat_comes_to_fail(AT("demo/raw"), ENOENT);
	ino = the_unlinked();
	assert_int_equal(read_file(IN(ino, "raw"), &raw, NULL), 0);
	assert_memory_equal(raw, "hello", 6);
	cat_contains(IN(ino, "stat"), "name\tdemo (deleted)\n");
	cat_contains(IN(ino, "stat"), "\nsize\t4096\n");
	/* By a mapping, and by descriptors: its own, and the copy that Python's mmap keeps. */
	assert_int_equal(table_count(IN(ino, "holders")), 3);
	cat_contains(IN(ino, "holders"), pathf("\n%d\t0\tpython3\t", child.pid));
	child_kill(&child);
	nothing_is_unlinked();
	mount_stop(&mount);
}

/* A lock without a name, whose holder was killed; two workers and their parent want it (E09). */
static const char pool[] = "import multiprocessing as mp, os\n"
			   "c = mp.get_context('fork')\n"
			   "l = c.Lock()\n"
			   "def die(): l.acquire(); os.kill(os.getpid(), 9)\n"
			   "def want(): l.acquire()\n"
			   "a = c.Process(target=die); a.start(); a.join()\n"
			   "for i in range(2): c.Process(target=want, daemon=True).start()\n"
			   "print('ready', flush=True)\n"
			   "l.acquire()\n";

static void test_lock(void **state)
{
	_cleanup_free_ char *names = NULL, *path = NULL, *rows = NULL;
	struct child child;
	uint64_t ino;
	int pids[3];

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	start_python(&child, pool, 0);
	names = list_names("/dev/shm");
	assert_string_equal(names, "");
	ino = the_unlinked();
	path = strdup(IN(ino, "waiters"));
	count_becomes(path, 3);
	rows = table_rows(path);
	for (size_t i = 0; i < 3; i++) {
		const char *line = rows;

		for (size_t k = 0; k < i; k++)
			line = strchr(line, '\n') + 1;
		pids[i] = atoi(line);
		assert_non_null(
			strstr(line, waiter_row(pids[i], pids[i], "python3",
						sandbox_has_map_files() ? "sem" : "-", 0, "wait")));
	}
	assert_true(pids[0] == child.pid || pids[1] == child.pid || pids[2] == child.pid);
	assert_int_equal(table_count(IN(ino, "holders")), 3);
	if (sandbox_has_map_files()) {
		cat_equals(IN(ino, "sem_value"), "0\n");
		cat_becomes(IN(ino, "sem_waiters"), "3\n");
		cat_contains(IN(ino, "layout"), "sem\nfrom its bytes, a guess");
	} else {
		cat_fails(IN(ino, "sem_value"), EACCES);
		cat_fails(IN(ino, "raw"), EACCES);
	}
	for (size_t i = 0; i < 3; i++)
		kill(pids[i], SIGKILL);
	child_kill(&child);
	nothing_is_unlinked();
	mount_stop(&mount);
}

/* A cleaner takes all names of a user; whose the objects are is still told (E29). */
#define USER 1000u

static const char running[] = "import mmap, os, sys\n"
			      "f = os.open('/dev/shm/seg.running', os.O_RDWR | os.O_CREAT, 0o600)\n"
			      "os.ftruncate(f, 4096)\n"
			      "m = mmap.mmap(f, 4096)\n"
			      "os.close(f)\n"
			      "print('ready', flush=True)\n"
			      "sys.stdin.read()\n";

static void test_cleaner(void **state)
{
	const uid_t user = sandbox_has_user(USER) ? USER : 0;
	struct actor other;
	struct child child;
	uint64_t ino;

	(void)state;
	mount_start(&mount, NULL, "nodiscover");
	start_python(&child, running, user);
	actor_start(&other, "map", "/seg.operational");
	ino = shm_ino("seg.running");
	assert_int_equal(unlink(shm_path("seg.running")), 0);
	names_become(AT(".pshmfs/unlinked"), pathf("%lu\n", (unsigned long)ino));
	cat_contains(IN(ino, "stat"), pathf("\nmode\t600\nowner\t%u\ngroup\t%u\n", user, user));
	cat_contains(IN(ino, "stat"), "name\tseg.running (deleted)\n");
	assert_int_equal(table_count(AT("seg.operational/holders")), 3);
	child_kill(&child);
	nothing_is_unlinked();
	actor_stop(&other);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_leaked_semaphores),
		SANDBOXED(test_block),
		SANDBOXED(test_lock),
		SANDBOXED(test_cleaner),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
