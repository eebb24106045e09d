/* SPDX-License-Identifier: MIT */
/* Filters by libseccomp, which knows the numbers of the calls on each architecture. */
#include "core/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>

/* What sanitizers do beside the program, leak detection at its end above all; and gcov's files. */
static const struct confine_rule instrumented[] = {
#ifdef CONFINE_INSTRUMENTED
	{"arch_prctl"},
	{"clock_gettime"},
	{"clock_nanosleep"},
	{"clone"},
	{"close"},
	{"dup"},
	{"dup2"},
	{"exit"},
	{"fcntl"},
	{"ftruncate"},
	{"futex"},
	{"getcwd"},
	{"getdents"},
	{"getdents64"},
	{"getpid"},
	{"getppid"},
	{"gettid"},
	{"getrlimit"},
	{"kill"},
	{"lseek"},
	{"madvise"},
	{"mkdir"},
	{"mkdirat"},
	{"mmap"},
	{"mprotect"},
	{"mremap"},
	{"munmap"},
	{"newfstatat"},
	{"openat"},
	{"personality"},
	{"pipe2"},
	{"prctl"},
	{"prlimit64"},
	{"process_vm_readv"},
	{"ptrace"},
	{"read"},
	{"readlink"},
	{"readlinkat"},
	{"rename"},
	{"rseq"},
	{"rt_sigaction"},
	{"rt_sigprocmask"},
	{"sched_getaffinity"},
	{"sched_getparam"},
	{"sched_getscheduler"},
	{"sched_yield"},
	{"set_robust_list"},
	{"sigaltstack"},
	{"tgkill"},
	{"uname"},
	{"unlink"},
	{"wait4"},
	{"write"},
#else
	{0},
#endif
};

static int add_rule(scmp_filter_ctx filter, const struct confine_rule *rule)
{
	const uint64_t mask = rule->own ? UINT32_MAX : rule->mask;
	const uint64_t value = rule->own ? (uint32_t)getpid() : rule->value;
	const struct scmp_arg_cmp compare =
		SCMP_CMP64(rule->argument, SCMP_CMP_MASKED_EQ, mask, value);
	int number = rule->call ? seccomp_syscall_resolve_name(rule->call) : __NR_SCMP_ERROR;
	int r;

	if (number == __NR_SCMP_ERROR)
		return 0;
	r = seccomp_rule_add_array(
		filter, rule->error ? SCMP_ACT_ERRNO((uint32_t)rule->error) : SCMP_ACT_ALLOW,
		number, mask ? 1 : 0, &compare);
	/* Of another architecture, or allowed already. */
	if (r == -EDOM || r == -EEXIST)
		return 0;
	return r < 0 ? r : number >= 0 && !rule->error;
}

static int add_rules(scmp_filter_ctx filter, const struct confine_rule *rules, size_t n)
{
	int count = 0;

	for (size_t i = 0; i < n; i++) {
		int r = add_rule(filter, &rules[i]);

		if (r < 0)
			return r;
		/* One that is allowed in several ways is one. */
		count += r && (i == 0 || strcmp(rules[i].call, rules[i - 1].call) != 0);
	}
	return count;
}

/* Threads that were there before get the filter as well; older kernels cannot do that. */
static int set_attributes(scmp_filter_ctx filter)
{
	int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));

	seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	return r;
}

int confine(const struct confine_rule *rules, size_t n)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int count, r;

	if (!filter)
		return -ENOMEM;
	r = set_attributes(filter);
	count = r < 0 ? r : add_rules(filter, rules, n);
	if (count > 0)
		r = add_rules(filter, instrumented, sizeof(instrumented) / sizeof(*instrumented));
	if (count > 0 && r >= 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? r : count;
}
