/* SPDX-License-Identifier: MIT */
/* A /proc that does not answer is in nobody's way, but in that of who asks for it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/reliability.h"
#include "tests/support.h"
#include "tests/tables.h"

static struct mount mount_here;
static struct actor victim;
static int server = -1;

#define AT(...) mount_path(&mount_here, __VA_ARGS__)

/* It is a filesystem whose server never says a word: who asks it waits for ever. */
static void stall_at(const char *folder)
{
	server = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	assert_true(server >= 0);
	assert_int_equal(mount("dead", folder, "fuse", MS_NOSUID | MS_NODEV,
			       pathf("fd=%d,rootmode=40000,user_id=0,group_id=0", server)),
			 0);
}

/* Its entry in /proc. */
static void stall(void)
{
	stall_at(pathf("/proc/%d", victim.pids[0]));
}

/* The server has gone: they are all told so, and the entry is there again. */
static void release(void)
{
	close(server);
	server = -1;
	assert_int_equal(umount2(pathf("/proc/%d", victim.pids[0]), MNT_DETACH), 0);
}

static bool waits(void *data)
{
	const struct child *child = data;

	return child_ended(child) || mount_waited_for(child->pid);
}

/* A cat that waits for the answer. */
static void start_reader(struct child *ret, const char *file)
{
	child_start(ret, (const char *const[]){"cat", AT("%s", file), NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, waits, ret));
	assert_false(child_ended(ret));
}

static void begin(const char *options)
{
	mount_start(&mount_here, NULL, options);
	put_seqnum("count", 41);
	actor_start(&victim, "seqnum", "/theirs", "7");
}

/* All that needs no look at processes is there, again and again, while somebody waits for one. */
static void check_others(void)
{
	for (size_t i = 0; i < 100; i++) {
		_cleanup_free_ char *names = list_names(mount_here.path);
		_cleanup_free_ char *rows = list_names(AT("count"));

		assert_string_equal(names, ".pshmfs\ncount\ntheirs\n");
		assert_non_null(strstr(rows, "holders\n"));
		cat_equals(AT("count/seqnum"), "41\n");
		cat_equals(AT("theirs/sem_value"), "1\n");
		cat_contains(AT("count/stat"), "\nhealth\tok\n");
		cat_contains(AT("count/layout"), "seqnum\n");
		cat_contains(AT(".pshmfs/about"), "version\t");
	}
}

/* Who waits can be killed and interrupted. */
static void check_signal(int number, const char *file)
{
	struct child reader;
	struct result result;
	uint64_t start;

	start_reader(&reader, file);
	start = now_ms();
	kill(reader.pid, number);
	child_finish(&reader, &result);
	assert_int_equal(result.status, 128 + number);
	assert_in_range(now_ms() - start, 0, slow_ms(2000));
	result_deinit(&result);
}

static void on_signal(int number)
{
	(void)number;
}

/* Who handles the signal is told EINTR, by open(2). */
static void check_handler(void)
{
	const struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
	const char *path = AT("theirs/waiters");
	struct child child = {.pid = fork()};
	int status;

	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		sigaction(SIGUSR1, &action, NULL);
		_exit(open(path, O_RDONLY | O_CLOEXEC) < 0 && errno == EINTR ? 0 : 1);
	}
	assert_true(wait_until(DEADLINE_MS, waits, &child));
	kill(child.pid, SIGUSR1);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_int_equal(status, 0);
}

/* Who waits on is told in the end, and who comes after that at once. */
static void check_timeout(struct child *reader, uint64_t start)
{
	struct result result;
	struct stat st;

	child_finish(reader, &result);
	assert_in_range(now_ms() - start, 3500, slow_ms(15000));
	assert_int_equal(result.status, 1);
	assert_non_null(strstr(result.err, "Connection timed out"));
	result_deinit(&result);
	start = now_ms();
	for (size_t i = 0; i < 20; i++) {
		cat_fails(AT("theirs/holders"), ETIMEDOUT);
		cat_fails(AT("count/sem_waiters"), ETIMEDOUT);
		cat_fails(AT(".pshmfs/waiters"), ETIMEDOUT);
		cat_fails(AT("count/json"), ETIMEDOUT);
	}
	/* stat(2) does not fail for content: nobody can read it. */
	assert_int_equal(stat(AT("theirs/holders"), &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_mode, S_IFREG);
	cat_contains(AT(".pshmfs/about"),
		     "unseen\twho holds an object, who waits in it: /proc does "
		     "not answer\n");
	assert_in_range(now_ms() - start, 0, slow_ms(2000));
}

static bool answers(void *path)
{
	return errno_of_open(path, O_RDONLY) == 0;
}

static void test_hang(void **state)
{
	_cleanup_free_ char *path = NULL;
	struct child reader, other;
	struct result result;
	uint64_t start;

	(void)state;
	/* At the end a leak checker would wait for the thread that hangs, to stop it. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	begin("max_age=0,nodiscover");
	unsetenv("ASAN_OPTIONS");
	path = strdup(AT("theirs/holders"));
	stall();
	start = now_ms();
	start_reader(&reader, "theirs/holders");
	check_others();
	check_signal(SIGKILL, "theirs/holders");
	check_signal(SIGINT, ".pshmfs/waiters");
	check_handler();
	assert_false(child_ended(&reader));
	check_timeout(&reader, start);
	release();
	assert_true(wait_until(DEADLINE_MS, answers, path));
	holders_become(
		path, pathf("%d\t0\tactor\tsleeping\tmapping\trw-s\t0\t4096\t-\n", victim.pids[0]));
	/* The daemon ends in good order, while somebody waits. */
	stall();
	start_reader(&reader, "theirs/holders");
	start_reader(&other, ".pshmfs/unlinked/1/raw");
	kill(mount_here.daemon.pid, SIGTERM);
	child_finish(&mount_here.daemon, &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	result_deinit(&result);
	child_finish(&reader, NULL);
	child_finish(&other, NULL);
	release();
	assert_false(mount_shown(mount_here.path));
	actor_stop(&victim);
	reliability_row(
		"faults", "an entry of /proc that never answers", "1 time",
		"nobody waits who does not ask for processes, nobody for ever",
		"all else was read 100 times meanwhile; who asked was told after 4 s, and could "
		"be killed; SIGTERM ended the daemon");
}

/* A look begins with no process any more after two seconds. */
static bool is_late(void *start)
{
	return now_ms() > *(uint64_t *)start + 2100;
}

/*
 * Detached from the tree, the mount ends with its last users, who get the answer: what there was
 * time for, and where that is no number, an error.
 */
static void test_unmount(void **state)
{
	struct child holders, waiters;
	struct result result;
	uint64_t start;

	(void)state;
	begin("nodiscover");
	stall();
	start_reader(&holders, "theirs/holders");
	start_reader(&waiters, "theirs/sem_waiters");
	start = now_ms();
	assert_int_equal(umount2(mount_here.path, 0), -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(umount2(mount_here.path, MNT_DETACH), 0);
	assert_true(wait_until(DEADLINE_MS, is_late, &start));
	release();
	child_finish(&holders, &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	assert_non_null(strstr(result.out, "PID\tUSER\t"));
	assert_non_null(strstr(result.out, "\nunfinished\t"));
	result_deinit(&result);
	child_finish(&waiters, &result);
	assert_int_equal(result.status, 1);
	assert_non_null(strstr(result.err, "Connection timed out"));
	result_deinit(&result);
	child_finish(&mount_here.daemon, &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	result_deinit(&result);
	actor_stop(&victim);
}

/* The server goes when the time for a look is over. */
static void *end_server(void *start)
{
	wait_until(DEADLINE_MS, is_late, start);
	close(server);
	return NULL;
}

/* Reads a file while a thread in the middle of 300, of the last process, does not answer. */
static void read_cut(const char *file, pid_t pid)
{
	_cleanup_free_ char *folder = strdup(pathf("/proc/%d/task/%d", pid, pid + 100));
	_cleanup_free_ char *text = NULL;
	uint64_t start = now_ms();
	pthread_t thread;

	stall_at(folder);
	assert_int_equal(pthread_create(&thread, NULL, end_server, &start), 0);
	assert_int_equal(read_file(file, &text, NULL), 0);
	pthread_join(thread, NULL);
	server = -1;
	assert_int_equal(umount2(folder, MNT_DETACH), 0);
	assert_non_null(strstr(text, "\nunfinished\t1 process: the scan took too long\n"));
}

static void check_unfinished(const char *file, bool wanted)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(read_file(AT("%s", file), &text, NULL), 0);
	assert_int_equal(strstr(text, "\nunfinished\t1 process") != NULL, wanted);
}

/*
 * Of a process there was no time for all of its threads: that is in doubt which it holds, and
 * nothing else. All is of one look.
 */
static void test_cut(void **state)
{
	struct actor few, many;

	(void)state;
	begin("nodiscover");
	actor_start(&few, "crowd", "/sem.few", "3", "1");
	count_becomes(AT("sem.few/waiters"), 3);
	actor_start(&many, "crowd", "/sem.many", "300", "1");
	count_becomes(AT("sem.many/waiters"), 300);
	read_cut(AT(".pshmfs/waiters"), many.pids[1]);
	cat_fails(AT("sem.many/sem_waiters"), ETIMEDOUT);
	cat_equals(AT("sem.few/sem_waiters"), "3\n");
	cat_equals(AT("count/sem_waiters"), "0\n");
	check_unfinished("sem.many/waiters", true);
	check_unfinished("sem.many/holders", false);
	check_unfinished("sem.few/waiters", false);
	check_unfinished(".pshmfs/holders", false);
	cat_contains(AT(".pshmfs/about"), "unseen\t1 processes: the scan took too long\n");
	actor_stop(&many);
	actor_stop(&few);
	actor_stop(&victim);
	mount_stop(&mount_here);
}

/* Of all that was killed nothing stays behind: as many descriptors as before, and its memory. */
static void test_many_killed(void **state)
{
	struct child readers[20];

	(void)state;
	begin("max_age=0");
	stall();
	for (size_t i = 0; i < 20; i++)
		start_reader(&readers[i], i % 2 ? "theirs/holders" : ".pshmfs/holders");
	for (size_t i = 0; i < 20; i++)
		child_kill(&readers[i]);
	cat_equals(AT("count/seqnum"), "41\n");
	release();
	actor_stop(&victim);
	mount_stop(&mount_here);
	reliability_row("faults", "kill -9 of readers that wait for an entry of /proc", "20 times",
			"nothing is kept of them", "all ended; as many descriptors as before");
}

/* Whose struct an object is cannot be asked then; what it says itself is there all the same. */
static void test_discovery(void **state)
{
	uint64_t start;

	(void)state;
	begin(NULL);
	stall();
	start = now_ms();
	check_others();
	assert_in_range(now_ms() - start, 0, slow_ms(5000));
	release();
	mount_stop(&mount_here);
	actor_stop(&victim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_hang), SANDBOXED(test_unmount),     SANDBOXED(test_discovery),
		SANDBOXED(test_cut),  SANDBOXED(test_many_killed),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
