/* SPDX-License-Identifier: MIT */
/* What a mount may still do: its capabilities, and each system call as it is then answered. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/cleanup.h"
#include "fusefs/privileges.h"
#include "tests/privileges.h"
#include "tests/support.h"

#define ALL (~UINT64_C(0))

static void test_needed(void **state)
{
	static const struct {
		unsigned uses;
		uint64_t permitted, needed;
	} rows[] = {
		{PRIVILEGES_LOOK, ALL, LOOKING},
		{PRIVILEGES_LOOK, 0, 0},
		{PRIVILEGES_LOOK, ADMIN, ADMIN},
		{PRIVILEGES_LOOK, ALL & ~CAPABILITY(CAP_CHECKPOINT_RESTORE),
		 (LOOKING | ADMIN) & ~CAPABILITY(CAP_CHECKPOINT_RESTORE)},
		{PRIVILEGES_LOOK, CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SYS_PTRACE),
		 CAPABILITY(CAP_SYS_PTRACE)},
		{PRIVILEGES_LOOK | PRIVILEGES_PASSTHROUGH, ALL, LOOKING | ADMIN},
		{PRIVILEGES_LOOK | PRIVILEGES_WRITE, ALL, LOOKING | WRITING},
		{PRIVILEGES_LOOK | PRIVILEGES_OTHERS, ALL,
		 LOOKING | CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) |
			 CAPABILITY(CAP_DAC_OVERRIDE)},
		{PRIVILEGES_LOOK | PRIVILEGES_DISCOVER, ALL,
		 LOOKING | CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID)},
		{PRIVILEGES_LOOK, ADMIN | CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_CHOWN),
		 ADMIN | CAPABILITY(CAP_DAC_OVERRIDE)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(privileges_needed(rows[i].uses, rows[i].permitted),
				 rows[i].needed);
}

/* One call as it is answered to a mount that looks, and to one that writes. */
struct attempt {
	const char *name;
	long number;
	long arguments[6];
	int looking, writing; /* errno; 0: it succeeds */
	bool instrumented;    /* sanitizers need it, so that it is not refused in their builds */
};

#define REFUSED EPERM, EPERM
#define BOTH(error) error, error
#define CALL(name, ...)                                                                            \
#name, SYS_##name,                                                                         \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static int word;

static const struct attempt attempts[] = {
	/* Others' processes, and programs. */
	{CALL(execve, (long)"/bin/true"), REFUSED},
	{CALL(execveat, AT_FDCWD, (long)"/bin/true"), REFUSED},
	{CALL(clone, SIGCHLD), REFUSED, true},
	{CALL(clone3), BOTH(ENOSYS)},
	{CALL(ptrace, PTRACE_TRACEME), REFUSED, true},
	{CALL(process_vm_readv, 1), REFUSED, true},
	{CALL(process_vm_writev, 1), REFUSED},
	{CALL(process_madvise, -1), REFUSED},
	{CALL(kcmp, 1, 1), REFUSED},
	{CALL(pidfd_open, 1), REFUSED},
	{CALL(pidfd_getfd, -1), REFUSED},
	{CALL(pidfd_send_signal, -1), REFUSED},
	{CALL(kill, 1, 0), REFUSED, true},
	{CALL(tkill, 1, 0), REFUSED},
	{CALL(tgkill, 1, 1, 0), REFUSED, true},
	{CALL(rt_sigqueueinfo, 1, 0), REFUSED},
	{CALL(prlimit64, 1, RLIMIT_NOFILE), REFUSED, true},
	{CALL(setpriority, PRIO_PROCESS, 1, 0), REFUSED},
	{CALL(prctl, PR_SET_DUMPABLE, 1), REFUSED, true},
	{CALL(prctl, PR_CAP_AMBIENT), REFUSED, true},
	/* What connects. */
	{CALL(socket, AF_INET, SOCK_STREAM), REFUSED},
	{CALL(socketpair, AF_UNIX, SOCK_STREAM), REFUSED},
	{CALL(connect, -1), REFUSED},
	{CALL(bind, -1), REFUSED},
	{CALL(listen, -1), REFUSED},
	{CALL(accept4, -1), REFUSED},
	{CALL(sendto, -1), REFUSED},
	/* The machine. */
	{CALL(mount), REFUSED},
	{CALL(umount2), REFUSED},
	{CALL(fsopen), REFUSED},
	{CALL(fsmount, -1), REFUSED},
	{CALL(move_mount, -1), REFUSED},
	{CALL(open_tree, -1), REFUSED},
	{CALL(pivot_root), REFUSED},
	{CALL(chroot), REFUSED},
	{CALL(setns, -1), REFUSED},
	{CALL(unshare, 0), REFUSED},
	{CALL(bpf, -1), REFUSED},
	{CALL(perf_event_open), REFUSED},
	{CALL(userfaultfd, -1), REFUSED},
	{CALL(io_uring_setup), REFUSED},
	{CALL(add_key), REFUSED},
	{CALL(request_key), REFUSED},
	{CALL(keyctl, -1), REFUSED},
	{CALL(init_module), REFUSED},
	{CALL(finit_module, -1), REFUSED},
	{CALL(delete_module), REFUSED},
	{CALL(kexec_load), REFUSED},
	{CALL(reboot), REFUSED},
	{CALL(swapon), REFUSED},
	{CALL(swapoff), REFUSED},
	{CALL(syslog), REFUSED},
	{CALL(sethostname), REFUSED},
	{CALL(clock_settime, -1), REFUSED},
	{CALL(open_by_handle_at, -1), REFUSED},
	{CALL(setuid, 0), REFUSED},
	{CALL(setresuid, -1, -1, -1), REFUSED},
	{CALL(setgid, 0), REFUSED},
	{CALL(ioctl, -1, TIOCSTI), REFUSED},
	/* Files that are nobody's business here. */
	{CALL(fchmodat, AT_FDCWD), REFUSED},
	{CALL(fchownat, AT_FDCWD), REFUSED},
	{CALL(renameat2, AT_FDCWD), REFUSED},
	{CALL(linkat, AT_FDCWD), REFUSED},
	{CALL(symlinkat, 0, AT_FDCWD), REFUSED},
	{CALL(mknodat, AT_FDCWD), REFUSED},
	{CALL(setxattr), REFUSED},
	/* What is written to is another matter. */
	{CALL(unlinkat, AT_FDCWD, (long)"/none"), EPERM, ENOENT},
	{CALL(ftruncate, -1), EPERM, EBADF, true},
	{CALL(fallocate, -1), EPERM, EBADF},
	{CALL(pwrite64, -1), EPERM, EBADF},
	{CALL(sendmsg, -1), EPERM, EBADF},
	{CALL(recvfrom, -1), EPERM, EBADF},
	/* What is needed. */
	{CALL(openat, AT_FDCWD, (long)"/none"), BOTH(ENOENT)},
	{CALL(openat, AT_FDCWD, (long)"/", O_PATH), BOTH(0)},
	{CALL(ioctl, -1, TCGETS), BOTH(EBADF)},
	{CALL(ioctl, -1, 0x802c542a), BOTH(EBADF)},
	{CALL(futex, (long)&word, FUTEX_WAKE_PRIVATE, 1), BOTH(0)},
	{CALL(prctl, PR_SET_NAME, (long)"other"), BOTH(0)},
	{CALL(prlimit64, 0, RLIMIT_NOFILE), BOTH(0)},
	{CALL(name_to_handle_at, AT_FDCWD, (long)"/none"), BOTH(ENOENT)},
	{CALL(sched_setaffinity, 1), REFUSED},
	{CALL(sched_setaffinity, 0), BOTH(EINVAL)},
	{CALL(memfd_create, (long)"mount"), BOTH(0)},
	{CALL(setfsuid, -1), BOTH(0)},
};

static void *nothing(void *data)
{
	return data;
}

/* A thread can still be started, and one that is sent a signal by itself takes it. */
static bool threads_work(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) == 0 &&
	       pthread_join(thread, NULL) == 0 && syscall(SYS_tgkill, getpid(), gettid(), 0) == 0;
}

static bool instrumented(void)
{
	return strcmp(getenv("PSHM_INSTRUMENTED"), "1") == 0;
}

/* In a child: how many were answered otherwise. */
static int try_all(unsigned uses)
{
	struct privileges privileges;
	int wrong = 0;

	if (privileges_drop(uses, &privileges) < 0 || privileges.calls < 0)
		return 200;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *a = &attempts[i];
		const long *x = a->arguments;
		int wanted = uses & PRIVILEGES_WRITE ? a->writing : a->looking, error;

		if (a->instrumented && instrumented())
			continue;
		error = syscall(a->number, x[0], x[1], x[2], x[3], x[4], x[5]) < 0 ? errno : 0;
		if (error == wanted)
			continue;
		fprintf(stderr, "%s: %s, not %s\n", a->name, strerrorname_np(error),
			strerrorname_np(wanted));
		wrong++;
	}
	return threads_work() ? wrong : 201;
}

static int in_child(int (*fn)(unsigned uses), unsigned uses)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn(uses));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool has_filters(void)
{
	return strcmp(getenv("PSHM_SECCOMP"), "2") == 0;
}

static void test_calls(void **state)
{
	(void)state;
	if (!has_filters())
		return;
	assert_int_equal(in_child(try_all, PRIVILEGES_LOOK), 0);
	assert_int_equal(in_child(try_all, PRIVILEGES_LOOK | PRIVILEGES_WRITE), 0);
}

/* What was given away does not come back: not by capset(2), nor by setfsuid(2). */
static int try_again(unsigned uses)
{
	struct privileges privileges;

	if (privileges_drop(uses, &privileges) < 0)
		return 1;
	capabilities_keep(ALL);
	setfsuid(12345);
	setfsuid(0);
	return capabilities_permitted() == (LOOKING & privileges.capabilities) ? 0 : 2;
}

static void test_for_good(void **state)
{
	(void)state;
	assert_int_equal(in_child(try_again, PRIVILEGES_LOOK), 0);
}

static void about_is(const struct privileges *privileges, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	privileges_about(privileges, out);
	fclose(out);
	assert_string_equal(text, wanted);
}

static void test_about(void **state)
{
	(void)state;
	about_is(&(struct privileges){LOOKING, 130},
		 "capabilities\tsys_ptrace dac_read_search checkpoint_restore\n"
		 "confined\tto 130 system calls\n");
	about_is(&(struct privileges){ADMIN, -ENOTSUP},
		 "capabilities\tsys_admin\nconfined\tno: built without libseccomp\n");
	about_is(&(struct privileges){0, -EINVAL},
		 "capabilities\tnone\nconfined\tno: Invalid argument\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_needed),
		SANDBOXED(test_calls),
		SANDBOXED(test_for_good),
		SANDBOXED(test_about),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
