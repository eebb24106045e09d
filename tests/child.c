/* SPDX-License-Identifier: MIT */
/* Starting programs and collecting what they did. */
#include "tests/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

/* What execve(2) failing looks like: as in a shell. */
#define EXIT_NO_PROGRAM 127

#define CHILDREN_MAX 256

/* Those that were started and not collected. */
static pid_t children[CHILDREN_MAX];

static void remember(pid_t old, pid_t new)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (children[i] == old) {
			children[i] = new;
			return;
		}
	}
	fail_msg("more than %d children", CHILDREN_MAX);
}

static int memory(const void *bytes, size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (size) {
		assert_int_equal(write(fd, bytes, size), size);
		lseek(fd, 0, SEEK_SET);
	}
	return fd;
}

/* The child's end of a stream, and ours (-1: none) in *ret_ours. Both are the same for memory. */
static int stream_open(enum stream kind, bool input, const struct child_setup *setup, int *ret_ours)
{
	int ends[2];

	*ret_ours = -1;
	switch (kind) {
	case STREAM_NULL:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case STREAM_PIPE:
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		*ret_ours = ends[input];
		return ends[!input];
	case STREAM_MEMORY:
		if (input)
			return memory(setup->input, setup->input_size);
		*ret_ours = memory(NULL, 0);
		return fcntl(*ret_ours, F_DUPFD_CLOEXEC, 0);
	case STREAM_INHERIT:
		break;
	}
	return -1;
}

/* In the child: only system calls from here to execvp(3). */
__attribute__((noreturn)) static void exec(const char *const argv[], const int streams[3],
					   const struct child_setup *setup)
{
	sigset_t none;

	/* Who started the tests may have had some ignored: nohup(1), a shell's background jobs. */
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < 3; i++)
		if (streams[i] >= 0 && dup2(streams[i], i) < 0)
			_exit(EXIT_NO_PROGRAM);
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		_exit(EXIT_NO_PROGRAM);
	if (setup->folder && chdir(setup->folder) < 0)
		_exit(EXIT_NO_PROGRAM);
	if (setup->user && !become_user(setup->user))
		_exit(EXIT_NO_PROGRAM);
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_NO_PROGRAM);
}

void child_start(struct child *ret, const char *const argv[], const struct child_setup *setup)
{
	static const struct child_setup standard = {STREAM_NULL, STREAM_MEMORY, STREAM_MEMORY};
	int streams[3];

	setup = setup ? setup : &standard;
	streams[0] = stream_open(setup->in, true, setup, &ret->in);
	streams[1] = stream_open(setup->out, false, setup, &ret->out);
	streams[2] = stream_open(setup->err, false, setup, &ret->err);
	fflush(NULL);
	ret->pid = fork();
	if (ret->pid == 0)
		exec(argv, streams, setup);
	assert_true(ret->pid > 0);
	remember(0, ret->pid);
	for (int i = 0; i < 3; i++)
		close_fdp(&streams[i]);
}

bool child_fork(struct child *ret)
{
	*ret = (struct child){.in = -1, .out = -1, .err = -1};
	fflush(NULL);
	ret->pid = fork();
	if (ret->pid == 0) {
		memset(children, 0, sizeof(children)); /* they are not its own */
		return true;
	}
	assert_true(ret->pid > 0);
	remember(0, ret->pid);
	return false;
}

/* Wait for its end; false: it is still there after the time. */
static bool wait_for(pid_t pid, int deadline_ms)
{
	_cleanup_close_ int fd = pidfd_open(pid, 0);
	struct pollfd end = {.fd = fd, .events = POLLIN};

	assert_true(fd >= 0);
	return poll(&end, 1, deadline_ms) > 0;
}

bool child_ended(const struct child *child)
{
	return child->pid == 0 || wait_for(child->pid, 0);
}

char *child_said(int memory, size_t *ret_size)
{
	struct stat st = {0};
	char *text;
	ssize_t n = 0;

	if (memory >= 0)
		fstat(memory, &st);
	text = malloc((size_t)st.st_size + 1);
	assert_non_null(text);
	if (S_ISREG(st.st_mode))
		n = pread(memory, text, (size_t)st.st_size, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	if (ret_size)
		*ret_size = (size_t)n;
	return text;
}

/* A byte at a time: what follows the line is left in the pipe for the next call. */
char *child_line(int pipe)
{
	struct pollfd ready = {.fd = pipe, .events = POLLIN};
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *line = NULL;
	size_t size = 0;
	char *ret, c;

	line = open_memstream(&text, &size);
	assert_non_null(line);
	for (;;) {
		if (poll(&ready, 1, DEADLINE_MS) <= 0 || read(pipe, &c, 1) != 1)
			return NULL;
		if (c == '\n')
			break;
		fputc(c, line);
	}
	fflush(line);
	ret = strdup(text);
	return ret;
}

static void close_all(struct child *child)
{
	close_fdp(&child->in);
	close_fdp(&child->out);
	close_fdp(&child->err);
	child->in = child->out = child->err = -1;
}

static int collect(struct child *child)
{
	int status = 0;

	waitpid(child->pid, &status, 0);
	remember(child->pid, 0);
	child->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_start_shell(struct child *ret, const char *script)
{
	static const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_INHERIT};
	const char *argv[] = {"unshare", "-m", "--propagation", "unchanged",
			      "sh",      "-c", script,          NULL};
	_cleanup_free_ char *line = NULL;

	child_start(ret, argv, &setup);
	line = child_line(ret->out);
	assert_non_null(line);
	assert_string_equal(line, "ready");
}

void child_finish(struct child *child, struct result *ret)
{
	struct result result = {0};
	bool late;

	assert_true(child->pid > 0);
	close_fdp(&child->in);
	child->in = -1;
	late = !wait_for(child->pid, DEADLINE_MS);
	if (late)
		kill(child->pid, SIGKILL);
	result.status = collect(child);
	result.out = child_said(child->out, &result.out_size);
	result.err = child_said(child->err, &result.err_size);
	close_all(child);
	if (late)
		fprintf(stderr, "killed after %d ms; it had said: %s%s\n", DEADLINE_MS, result.out,
			result.err);
	if (ret)
		*ret = result;
	else
		result_deinit(&result);
	if (late)
		fail_msg("a child did not end");
}

void child_wait_us(pid_t pid, uint64_t us)
{
	_cleanup_close_ int fd = pidfd_open(pid, 0);
	struct pollfd end = {.fd = fd, .events = POLLIN};
	const struct timespec time = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};

	ppoll(&end, 1, &time, NULL);
}

void child_kill(struct child *child)
{
	if (child->pid <= 0)
		return;
	kill(child->pid, SIGKILL);
	collect(child);
	close_all(child);
}

void children_kill(void)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		if (!children[i])
			continue;
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
		children[i] = 0;
	}
}

void run_argv(struct result *ret, const char *const argv[], const struct child_setup *setup)
{
	struct child child;

	child_start(&child, argv, setup);
	child_finish(&child, ret);
}

void result_deinit(struct result *result)
{
	free(result->out);
	free(result->err);
	*result = (struct result){0};
}

const char *program(const char *name)
{
	const char *folder = getenv("PSHM_PROGS");

	if (!folder)
		fail_msg("PSHM_PROGS is not set: run the tests by meson test");
	return pathf("%s/%s", folder, name);
}
