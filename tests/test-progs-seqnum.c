/* SPDX-License-Identifier: MIT */
/* The sequence number: whole from the first moment, and never left locked. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/progs.h"
#include "tests/support.h"

#define CURRENT "Current value of sequence number: "

static const struct child_setup watched = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};

/* The semaphore's value and sleepers, and the number. */
static void expect_state(const char *name, uint32_t value, uint32_t sleepers, int number)
{
	assert_int_equal(word_of(name, 0), value);
	assert_int_equal(word_of(name, 4), sleepers);
	assert_int_equal((int)word_of(name, offsetof(struct pshm_seqnum, seqnum)), number);
}

/* As somebody leaves it who dies while holding it. */
static void lock(const char *name)
{
	_cleanup_close_ int fd = open(shm_path(name), O_WRONLY | O_CLOEXEC);
	const uint32_t value = 0;

	assert_int_equal(pwrite(fd, &value, sizeof(value), 0), sizeof(value));
}

/* Start an update, and return when it holds the semaphore and has shown the number. */
static void start_update(struct child *child, const char *length, const char *wanted)
{
	_cleanup_free_ char *line = NULL;

	start(child, &watched, "pshm_seqnum_get", "/number", length);
	line = child_line(child->out);
	assert_non_null(line);
	assert_string_equal(line, wanted);
}

static void test_init(void **state)
{
	char layout[16] = "";
	struct stat st;

	(void)state;
	umask(0);
	expect_run(0, "", "", "pshm_seqnum_init", "/number");
	expect_state("number", 1, 0, 0);
	assert_int_equal(word_of("number", 8), SEMAPHORE_SHARED);
	expect_run(0, "", "", "pshm_seqnum_init", "number", "-7");
	expect_state("number", 1, 0, -7);
	expect_run(0, CURRENT "-7\n", "", "pshm_seqnum_get", "number");
	assert_int_equal(stat(shm_path("number"), &st), 0);
	assert_int_equal(st.st_size, sizeof(struct pshm_seqnum));
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_nlink, 1);
	if (getxattr(shm_path("number"), "user.pshmfs.layout", layout, sizeof(layout) - 1) >= 0)
		assert_string_equal(layout, "seqnum"); /* where tmpfs takes it */
}

/* The old object is another one: who has it open keeps it. */
static void test_init_anew(void **state)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	(void)state;
	make_object("number", "old", 3);
	fd = open(shm_path("number"), O_RDONLY | O_CLOEXEC);
	expect_run(0, "", "", "pshm_seqnum_init", "/number", "5");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(st.st_nlink, 0);
	expect_run(0, CURRENT "5\n", "", "pshm_seqnum_get", "/number");
}

/* Whoever opens the name while it is made again and again finds nothing, or all of it. */
static void test_init_is_whole(void **state)
{
	struct child maker;
	unsigned found = 0;

	(void)state;
	start(&maker, NULL, "sh", "-c", "for i in $(seq 100); do \"$1\" /number 5; done", "sh",
	      "pshm_seqnum_init");
	while (!child_ended(&maker)) {
		_cleanup_close_ int fd = open(shm_path("number"), O_RDONLY | O_CLOEXEC);
		struct pshm_seqnum number;

		if (fd < 0)
			continue;
		assert_int_equal(pread(fd, &number, sizeof(number), 0), sizeof(number));
		assert_int_equal(number.seqnum, 5);
		assert_int_equal(((uint32_t *)&number)[0], 1);
		assert_int_equal(((uint32_t *)&number)[2], SEMAPHORE_SHARED);
		found++;
	}
	expect_end(&maker, 0, "", "");
	assert_true(found > 0);
}

static void test_update(void **state)
{
	_cleanup_free_ char *line = NULL;
	struct child holder, waiter;

	(void)state;
	put_seqnum("number", 5);
	start_update(&holder, "10", CURRENT "5");
	expect_state("number", 0, 0, 5);
	start(&waiter, NULL, "pshm_seqnum_get", "/number");
	wait_for_sleeper("number", 0);
	line = child_line(holder.out);
	assert_non_null(line);
	assert_string_equal(line, "Updated sequence number");
	expect_end(&holder, 0, "", "");
	expect_end(&waiter, 0, CURRENT "15\n", "");
	expect_state("number", 1, 0, 15);
}

static void test_signal_while_holding(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	(void)state;
	put_seqnum("number", 5);
	for (int i = 0; i < 3; i++) {
		struct child holder;

		start_update(&holder, "10", CURRENT "5");
		assert_int_equal(kill(holder.pid, signals[i]), 0);
		expect_end(&holder, 128 + signals[i], "", "");
		expect_state("number", 1, 0, 5);
	}
}

static void test_signal_while_waiting(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	struct child holder;

	(void)state;
	put_seqnum("number", 5);
	for (int i = 0; i < 3; i++) {
		struct child waiter;

		start_update(&holder, "10", CURRENT "5");
		start(&waiter, NULL, "pshm_seqnum_get", "/number", "1");
		wait_for_sleeper("number", 0);
		assert_int_equal(kill(waiter.pid, signals[i]), 0);
		expect_end(&waiter, 128 + signals[i], "", "");
		expect_state("number", 0, 0, 5); /* nothing was posted */
		assert_int_equal(kill(holder.pid, SIGTERM), 0);
		expect_end(&holder, 128 + SIGTERM, "", "");
		expect_state("number", 1, 0, 5);
	}
}

/* Wherever the signal comes: before, after or in sem_wait(3), the value is 1 afterwards. */
static void test_signal_at_any_moment(void **state)
{
	unsigned killed = 0;

	(void)state;
	put_seqnum("number", 5);
	for (int i = 0; i < 100; i++) {
		struct result result;
		struct child child;

		start(&child, NULL, "pshm_seqnum_get", "/number");
		for (int turn = 0; turn < i * 30; turn++)
			sched_yield();
		kill(child.pid, SIGTERM);
		child_finish(&child, &result);
		assert_true(result.status == 0 || result.status == 128 + SIGTERM);
		killed += result.status != 0;
		result_deinit(&result);
		expect_state("number", 1, 0, 5);
	}
	assert_true(killed > 0);
}

/* Let the stopped child run until after its sigaction(SIGTERM), and stop there. */
static void run_to_handler(pid_t pid)
{
	bool executed = false, found = false;
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC),
			 0);
	assert_int_equal(kill(pid, SIGCONT), 0);
	for (;;) {
		struct __ptrace_syscall_info call = {0};

		assert_int_equal(waitpid(pid, &status, __WALL), pid);
		assert_true(WIFSTOPPED(status));
		executed = executed || status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call);
		if (found && call.op == PTRACE_SYSCALL_INFO_EXIT)
			return;
		if (executed && call.op == PTRACE_SYSCALL_INFO_ENTRY)
			found = call.entry.nr == SYS_rt_sigaction &&
				call.entry.args[0] == SIGTERM && call.entry.args[1] != 0;
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
	}
}

/* The handler has run when sem_wait(3) begins to sleep: that sleep must end all the same. */
static void test_signal_before_waiting(void **state)
{
	struct child child;

	(void)state;
	put_seqnum("number", 5);
	lock("number");
	start(&child, NULL, "sh", "-c", "kill -STOP $$; exec \"$@\"", "sh", "pshm_seqnum_get",
	      "/number");
	run_to_handler(child.pid);
	assert_int_equal(kill(child.pid, SIGTERM), 0);
	assert_int_equal(ptrace(PTRACE_DETACH, child.pid, 0, 0), 0);
	expect_end(&child, 128 + SIGTERM, "", "");
	expect_state("number", 0, 0, 5);
}

/* nohup(1) and shells' background jobs ignore them: so does the program. */
static void test_ignored_signal(void **state)
{
	_cleanup_free_ char *line = NULL;
	struct child holder;

	(void)state;
	put_seqnum("number", 5);
	start(&holder, &watched, "sh", "-c", "trap '' INT; exec \"$@\"", "sh", "pshm_seqnum_get",
	      "/number", "10");
	line = child_line(holder.out);
	assert_non_null(line);
	assert_int_equal(kill(holder.pid, SIGINT), 0);
	free(line);
	line = child_line(holder.out);
	assert_non_null(line);
	assert_string_equal(line, "Updated sequence number");
	expect_end(&holder, 0, "", "");
	expect_state("number", 1, 0, 15);
}

/* A wait without a timeout: who looks for stuck processes must see it as one. */
static void test_waits_for_ever(void **state)
{
	_cleanup_free_ char *call = NULL;
	struct child waiter;
	unsigned long timeout;
	int number;

	(void)state;
	put_seqnum("number", 5);
	lock("number");
	start(&waiter, NULL, "pshm_seqnum_get", "/number");
	wait_for_sleeper("number", 0);
	assert_int_equal(read_file(pathf("/proc/%d/syscall", waiter.pid), &call, NULL), 0);
	assert_int_equal(sscanf(call, "%d %*x %*x %*x %lx", &number, &timeout), 2);
	assert_int_equal(timeout, 0);
	child_kill(&waiter);
}

static void test_run_length(void **state)
{
	(void)state;
	put_seqnum("number", 5);
	expect_run(2, "", "\"0\": Invalid run-length\n", "pshm_seqnum_get", "/number", "0");
	expect_run(2, "", "\"-5\": Invalid run-length\n", "pshm_seqnum_get", "/number", "-5");
	expect_run(2, "", "\"2147483648\": not within", "pshm_seqnum_get", "/number", "2147483648");
	expect_run(1, CURRENT "5\n", "pshm_seqnum_get: /number: 5 + 2147483643 would overflow\n",
		   "pshm_seqnum_get", "/number", "2147483643");
	expect_state("number", 1, 0, 5);
}

/* An output that nobody reads any more is noticed before the three seconds, not by SIGPIPE. */
static void test_closed_pipe(void **state)
{
	static const struct child_setup told = {STREAM_PIPE, STREAM_PIPE, STREAM_MEMORY};
	struct child child;

	(void)state;
	put_seqnum("number", 5);
	start(&child, &told, "sh", "-c", "read line; exec \"$@\"", "sh", "pshm_seqnum_get",
	      "/number", "1");
	close(child.out);
	child.out = -1;
	close(child.in);
	child.in = -1;
	expect_end(&child, 1, "", "pshm_seqnum_get: standard output: Broken pipe\n");
	expect_state("number", 1, 0, 5);
}

static void test_misfits(void **state)
{
	char bytes[40] = {0};

	(void)state;
	make_object("number", "12345", 5);
	expect_run(1, "", "number: not a sequence number (5 bytes, 40 wanted)\n", "pshm_seqnum_get",
		   "number");
	put_seqnum32("number", 5);
	expect_run(1, "", "number: not a sequence number (20 bytes, 40 wanted)\n",
		   "pshm_seqnum_get", "number");
	make_object("number", bytes, sizeof(bytes));
	expect_run(1, "", "number: not a sequence number (all of it is zero", "pshm_seqnum_get",
		   "number");
	bytes[0] = 1;
	make_object("number", bytes, sizeof(bytes));
	expect_run(1, "", "its semaphore is not shared between processes", "pshm_seqnum_get",
		   "number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_init),
		SANDBOXED(test_init_anew),
		SANDBOXED(test_init_is_whole),
		SANDBOXED(test_update),
		SANDBOXED(test_signal_while_holding),
		SANDBOXED(test_signal_while_waiting),
		SANDBOXED(test_signal_at_any_moment),
		SANDBOXED(test_signal_before_waiting),
		SANDBOXED(test_ignored_signal),
		SANDBOXED(test_waits_for_ever),
		SANDBOXED(test_run_length),
		SANDBOXED(test_closed_pipe),
		SANDBOXED(test_misfits),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
