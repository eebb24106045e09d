/* SPDX-License-Identifier: MIT */
/* The system calls of a mount: libfuse's, libc's and libdw's among them. */
#include "fusefs/privileges.h"

#include <errno.h>
#include <linux/fuse.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

/* Linux 6.9, and 6.11; older headers do not have them. */
#ifndef FUSE_DEV_IOC_BACKING_OPEN
#define FUSE_DEV_IOC_BACKING_OPEN _IOW(229, 1, uint64_t[2])
#define FUSE_DEV_IOC_BACKING_CLOSE _IOW(229, 2, uint32_t)
#endif
#define MAP_QUERY _IOWR('f', 17, uint64_t[13])

/* Its flags come second there (clone(2)). */
#if defined(__s390__) || defined(__CRIS__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/*
 * No program can be run, no process be started, traced, or be sent a signal but this one; nothing
 * is mounted, and there are no sockets. The names of 32-bit machines stand behind the others'.
 */
const struct confine_rule privileges_calls[] = {
	/* Files are opened; those that are to be changed only where they may be. */
	{"openat"},
	{"openat2"},
	{"open"},
	{"close"},
	{"close_range"},
	{"read"},
	{"readv"},
	{"pread64"},
	{"preadv"},
	{"preadv2"},
	{"write"}, /* answers, words */
	{"writev"},
	{"lseek"},
	{"_llseek"},
	{"getdents64"},
	{"stat"},
	{"lstat"},
	{"fstat"},
	{"newfstatat"},
	{"statx"},
	{"stat64"},
	{"lstat64"},
	{"fstat64"},
	{"fstatat64"},
	{"statfs"},
	{"fstatfs"},
	{"statfs64"},
	{"fstatfs64"},
	{"access"},
	{"faccessat"},
	{"faccessat2"},
	{"readlink"},
	{"readlinkat"},
	{"getxattr"},
	{"lgetxattr"},
	{"fgetxattr"},
	{"name_to_handle_at"}, /* which of two files of one inode number */
	{"getcwd"},
	{"fcntl"},
	{"fcntl64"},
	{"dup"},
	{"dup2"},
	{"dup3"},
	{"pipe"},
	{"pipe2"},
	{"splice"},
	{"vmsplice"},
	{"poll"},
	{"ppoll"},
	{"ppoll_time64"},
	{"select"},
	{"pselect6"},
	{"memfd_create"}, /* mounts_init() */
	{"fadvise64"},
	{"ioctl", CONFINE_INT(1, TCGETS)},     /* isatty(3) */
	{"ioctl", CONFINE_INT(1, 0x802c542a)}, /* TCGETS2, its successor */
	{"ioctl", CONFINE_INT(1, MAP_QUERY)},
	{"ioctl", CONFINE_INT(1, FUSE_DEV_IOC_CLONE)},
	{"ioctl", CONFINE_INT(1, FUSE_DEV_IOC_BACKING_OPEN)},
	{"ioctl", CONFINE_INT(1, FUSE_DEV_IOC_BACKING_CLOSE)},
	/* Memory. */
	{"brk"},
	{"mmap"},
	{"mmap2"},
	{"munmap"},
	{"mremap"},
	{"mprotect"},
	{"madvise"},
	/* Threads; libc takes clone3(2) for missing, and says by clone(2) what it wants. */
	{"clone", CONFINE_BITS(CLONE_FLAGS, CLONE_THREAD)},
	{"clone3", .error = ENOSYS},
	{"exit"},
	{"exit_group"},
	{"wait4"}, /* our own processes' end */
	{"waitid"},
	{"futex"},
	{"futex_time64"},
	{"set_robust_list"},
	{"get_robust_list"},
	{"set_tid_address"},
	{"rseq"},
	{"membarrier"},
	{"sched_yield"},
	{"sched_getaffinity"},
	{"sched_setaffinity", CONFINE_INT(0, 0)}, /* which processor's clock is read */
	{"sched_getparam"},
	{"sched_getscheduler"},
	{"getcpu"},
	{"getpid"},
	{"gettid"},
	{"getppid"},
	{"prctl", CONFINE_INT(0, PR_SET_NAME)},
	{"prctl", CONFINE_INT(0, PR_GET_NAME)},
	{"prlimit64", CONFINE_INT(0, 0)},
	{"getrlimit"},
	{"ugetrlimit"},
	{"getrusage"},
	{"restart_syscall"},
	{"getrandom"},
	{"uname"},
	{"sysinfo"},
	/* Signals, for this process only. */
	{"tgkill", .own = true},
	{"rt_sigaction"},
	{"rt_sigprocmask"},
	{"rt_sigreturn"},
	{"sigreturn"},
	{"rt_sigtimedwait"},
	{"rt_sigtimedwait_time64"},
	{"rt_sigpending"},
	{"rt_sigsuspend"},
	{"sigaltstack"},
	/* Time, where the vDSO cannot tell it. */
	{"clock_gettime"},
	{"clock_gettime64"},
	{"clock_getres"},
	{"clock_nanosleep"},
	{"clock_nanosleep_time64"},
	{"gettimeofday"},
	{"time"},
	{"nanosleep"},
	/* The rights of who asks: never more than there are. */
	{"capget"},
	{"capset"},
	{"setgroups"},
	{"setgroups32"},
	{"setfsuid"},
	{"setfsuid32"},
	{"setfsgid"},
	{"setfsgid32"},
	{"getgroups"},
	{"getgroups32"},
	{"getuid"},
	{"getuid32"},
	{"geteuid"},
	{"geteuid32"},
	{"getgid"},
	{"getgid32"},
	{"getegid"},
	{"getegid32"},
	/* From here on with -o write only: objects are changed and removed, the poster is told. */
	{"pwrite64"},
	{"pwritev"},
	{"ftruncate"},
	{"ftruncate64"},
	{"fallocate"},
	{"unlink"},
	{"unlinkat"},
	{"sendmsg"},
	{"recvfrom"},
};
#define N_CALLS (sizeof(privileges_calls) / sizeof(privileges_calls[0]))
#define N_WRITING 9 /* the last ones */

size_t privileges_n_calls(unsigned uses)
{
	return uses & PRIVILEGES_WRITE ? N_CALLS : N_CALLS - N_WRITING;
}
