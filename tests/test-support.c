/* SPDX-License-Identifier: MIT */
/* The tools of the tests: the sandbox, children with their output, descriptors, actors. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

static bool nobody_else(void *data)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int others = 0;

	(void)data;
	while ((entry = readdir(proc)))
		others += atoi(entry->d_name) > 1 && atoi(entry->d_name) != getpid();
	closedir(proc);
	return others == 0;
}

static void test_alone(void **state)
{
	struct stat st;
	char *names = list_names("/dev/shm");

	(void)state;
	assert_string_equal(names, "");
	free(names);
	assert_int_equal(getppid(), 1); /* the reaper */
	assert_true(nobody_else(NULL));
	assert_int_equal(stat("/dev/shm", &st), 0);
	assert_int_equal(st.st_mode & 07777, 01777);
}

static void test_run(void **state)
{
	static const struct child_setup with_input = {
		STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, "a\0b", 3,
	};
	struct result result;

	(void)state;
	run(&result, "sh", "-c", "printf 'a\\0b'; echo oops >&2; exit 3");
	assert_int_equal(result.status, 3);
	assert_int_equal(result.out_size, 3);
	assert_memory_equal(result.out, "a\0b", 4);
	assert_string_equal(result.err, "oops\n");
	result_deinit(&result);
	run_argv(&result, (const char *const[]){"cat", NULL}, &with_input);
	assert_int_equal(result.status, 0);
	assert_memory_equal(result.out, "a\0b", 4);
	result_deinit(&result);
	run(&result, "sh", "-c", "kill -KILL $$");
	assert_int_equal(result.status, 128 + SIGKILL);
	result_deinit(&result);
	run(&result, "/nonexistent/program");
	assert_int_equal(result.status, 127);
	result_deinit(&result);
}

/* Children get the three standard streams, default signals, and nothing else of the test's. */
static void test_child_inherits_nothing(void **state)
{
	struct result result;
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	run(&result, "sh", "-c", "ls /proc/self/fd | tr '\\n' ' '; grep SigIgn /proc/self/status");
	assert_string_equal(result.out, "0 1 2 3 SigIgn:\t0000000000000000\n");
	result_deinit(&result);
	close(fd);
}

static void test_child_user(void **state)
{
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .folder = "/dev", .user = 1234};
	const char *wanted = sandbox_has_user(1234)
				     ? "1234\n1234\n/dev\nCapEff:\t0000000000000000\n"
				     : "0\n0\n/dev\nCapEff:\t0000000000000000\n";
	struct result result;

	(void)state;
	run_argv(&result,
		 (const char *const[]){"sh", "-c", "id -u; id -g; pwd; grep CapEff /proc/$$/status",
				       NULL},
		 &setup);
	assert_string_equal(result.out, wanted);
	result_deinit(&result);
}

static int open_shadow(void *data)
{
	return -errno_of_open(data, O_RDONLY);
}

static void test_as_user(void **state)
{
	(void)state;
	make_object("closed", "x", 1);
	assert_int_equal(chmod("/dev/shm/closed", 0), 0);
	assert_int_equal(open_shadow((void *)shm_path("closed")), 0);
	assert_int_equal(as_user(1234, open_shadow, (void *)shm_path("closed")), -EACCES);
}

static void test_files(void **state)
{
	char *text, *names;
	size_t size;

	(void)state;
	make_object("b", "text", 4);
	make_object("a\n", NULL, 70000);
	cat_equals(shm_path("b"), "text");
	cat_contains(shm_path("b"), "ex");
	cat_fails(shm_path("none"), ENOENT);
	cat_fails("/dev/shm", EISDIR);
	assert_int_equal(read_file(shm_path("a\n"), &text, &size), 0);
	assert_int_equal(size, 70000);
	free(text);
	names = list_names("/dev/shm");
	assert_string_equal(names, "a\\n\nb\n");
	free(names);
	assert_int_equal(write_file(shm_path("b"), "T"), 0);
	cat_equals(shm_path("b"), "Text");
	assert_int_equal(errno_of_open(shm_path("b"), O_RDWR), 0);
	assert_int_equal(errno_of_open(shm_path("b"), O_CREAT | O_EXCL), EEXIST);
}

static void test_fds(void **state)
{
	int before = fds_count(getpid()), fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(fds_count(getpid()), before + 1);
	close(fd);
	assert_true(fds_settle(getpid(), before));
	assert_int_equal(fds_count(999999), -ENOENT);
}

/* A fixture that cleans up after a test: processes, mounts, files. */
static void test_clean(void **state)
{
	struct child child;
	struct actor odd;

	child_start(&child, (const char *const[]){"sleep", "1000", NULL}, NULL);
	actor_start(&odd, "odd");
	actor_kill(&odd);
	make_object("left", "x", 1);
	assert_int_equal(kill(child.pid, 0), 0);
	close(child.out);
	close(child.err);
	assert_int_equal(sandbox_clean(state), 0);
	assert_int_equal(kill(child.pid, 0), -1);
	test_alone(state);
}

/* The program itself, in a sandbox in the sandbox, leaves a process behind. */
static void test_leftover(void **state)
{
	struct result result;

	(void)state;
	run(&result, "/proc/self/exe", "leave");
	assert_int_equal(result.status, 1);
	assert_non_null(strstr(result.err, "(left) is left behind"));
	result_deinit(&result);
}

/* A killed test program takes its whole sandbox with it. */
static void test_killed(void **state)
{
	static const struct child_setup setup = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
	struct child child;
	char *line;

	(void)state;
	child_start(&child, (const char *const[]){"/proc/self/exe", "stay", NULL}, &setup);
	line = child_line(child.out);
	assert_string_equal(line, "here");
	free(line);
	assert_false(nobody_else(NULL));
	child_kill(&child);
	assert_true(wait_until(DEADLINE_MS, nobody_else, NULL));
}

/* What test_leftover() and test_killed() run: a process named "left", and the program's end. */
static int play_guest(const char *part)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_NAME, "left");
	if (pid == 0 || strcmp(part, "stay") == 0) {
		if (pid)
			puts("here");
		fflush(stdout);
		for (;;)
			pause();
	}
	return 0;
}

/* What an actor is given for a word of its usage line: its name, an object, one of a|b, a number.
 */
static const char *argument_of(char *word, size_t n)
{
	char *bar = strchr(word, '|');

	if (bar)
		*bar = '\0';
	if (strcmp(word, "N") == 0)
		return "5";
	return !*word ? NULL : n < 2 || bar ? word : n == 2 ? "5" : "50";
}

/* Runs all rows of `actor --list`, so that a new one is tried, too. */
static void test_actor_list(void **state)
{
	struct result result;

	(void)state;
	assert_int_equal(chdir("/dev/shm"), 0); /* what is a path is one in there */
	run(&result, getenv("PSHM_ACTOR"), "--list");
	assert_int_equal(result.status, 0);
	for (char *line = strtok(result.out, "\n"); line; line = strtok(NULL, "\n")) {
		const char *arguments[6] = {NULL};
		struct actor actor;
		size_t n = 0;
		char *word = line;

		line[strcspn(line, "\t")] = '\0';
		put_seqnum("NAME", 1);
		for (char *next; word; word = next, n++) {
			next = strchr(word, ' ');
			if (next)
				*next++ = '\0';
			arguments[n] = argument_of(word, n);
		}
		actor_start_argv(&actor, "PSHM_ACTOR", arguments);
		actor_stop(&actor);
	}
	result_deinit(&result);
	assert_int_equal(chdir("/"), 0);
}

static void test_actor_waiters(void **state)
{
	struct actor actor;

	(void)state;
	actor_start(&actor, "sem-wait", "/x", "3");
	assert_int_equal(actor.n_pids, 4);
	assert_int_equal(actor.pids[0], actor.child.pid);
	assert_string_equal(actor_tell(&actor, "kill"), "done");
	cat_equals_bytes(shm_path("sem.x"),
			 "\0\0\0\0\3\0\0\0\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	actor_stop(&actor);
	assert_int_equal(errno_of_open(shm_path("sem.x"), O_RDONLY), ENOENT);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_alone),
		SANDBOXED(test_run),
		SANDBOXED(test_child_inherits_nothing),
		SANDBOXED(test_child_user),
		SANDBOXED(test_as_user),
		SANDBOXED(test_files),
		SANDBOXED(test_fds),
		SANDBOXED(test_actor_list),
		SANDBOXED(test_actor_waiters),
		SANDBOXED(test_clean),
		SANDBOXED(test_leftover),
		SANDBOXED(test_killed),
	};

	sandbox_enter();
	if (argc == 2)
		return play_guest(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
