/* SPDX-License-Identifier: MIT */
/* What the line of /proc/PID/task/TID/syscall says about a sleep on a futex. Text in, facts out. */
#include "core/process_wait.h"

#include <ctype.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* 64-bit calls newer than some headers; the same number on each architecture. */
#define CALL_FUTEX_WAITV 449
#define CALL_FUTEX_WAIT 455

/* 32-bit calls, as i386 and ARM number them. */
#define CALL32_RESTART 0
#define CALL32_FUTEX 240
#define CALL32_FUTEX_TIME64 422
#define CALL32_WAITPID 7
#define CALL32_WAIT4 114
#define CALL32_WAITID 284

/* FUTEX2_PRIVATE has the value of FUTEX_PRIVATE_FLAG; FUTEX_WAITV_MAX is 128 (linux/futex.h). */
#define WAITV_MAX 128

bool call_parse(const char *line, struct call *ret)
{
	uint64_t words[7];
	char *at;

	if (!isdigit((unsigned char)*line))
		return false;
	ret->number = strtol(line, &at, 10);
	for (unsigned i = 0; i < 7; i++) {
		if (strncmp(at, " 0x", 3) != 0)
			return false;
		words[i] = strtoull(at + 3, &at, 16);
	}
	memcpy(ret->arguments, words, sizeof(ret->arguments));
	ret->stack = words[6];
	return true;
}

/* futex(address, op, value, timeout, …): the operations that sleep. */
static bool decode_futex(const uint64_t *arguments, struct wait *ret)
{
	switch (arguments[1] & (uint64_t)FUTEX_CMD_MASK & 0xffffffff) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
		ret->expected = (uint32_t)arguments[2]; /* musl's -1 comes sign-extended */
		break;
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		break;
	default:
		return false;
	}
	ret->address = arguments[0];
	ret->op = (uint32_t)arguments[1];
	ret->timed = arguments[3] != 0;
	return true;
}

/* futex_wait(address, value, mask, flags, timeout, clock) */
static bool decode_futex2(const uint64_t *arguments, struct wait *ret)
{
	ret->address = arguments[0];
	ret->expected = (uint32_t)arguments[1];
	ret->op = FUTEX_WAIT_BITSET | (uint32_t)(arguments[3] & FUTEX_PRIVATE_FLAG);
	ret->timed = arguments[4] != 0;
	return true;
}

/* futex_waitv(array, count, flags, timeout, clock) */
static bool decode_waitv(const uint64_t *arguments, struct wait *ret)
{
	if (arguments[1] < 1 || arguments[1] > WAITV_MAX)
		return false;
	ret->address = arguments[0];
	ret->op = FUTEX_WAIT_BITSET;
	ret->n_words = (unsigned)arguments[1];
	ret->array = true;
	ret->timed = arguments[3] != 0;
	return true;
}

/*
 * The calls of a process. A timed wait goes on as restart_syscall(2) after SIGSTOP and SIGCONT,
 * with its arguments unchanged, but so does a nanosleep(2); in a 64-bit process 240 is mq_open(2),
 * unless it was made by int 0x80; in a 32-bit one restart_syscall is 0. These are doubtful.
 */
static const struct futex_call {
	long number;
	bool is32, doubtful;
	bool (*decode)(const uint64_t *arguments, struct wait *ret);
} futex_calls[] = {
	{SYS_futex, false, false, decode_futex},
	{SYS_restart_syscall, false, true, decode_futex},
	{CALL32_FUTEX, false, true, decode_futex},
	{CALL32_FUTEX_TIME64, false, true, decode_futex},
	{CALL_FUTEX_WAITV, false, false, decode_waitv},
	{CALL_FUTEX_WAIT, false, false, decode_futex2},
	{CALL32_FUTEX, true, false, decode_futex},
	{CALL32_FUTEX_TIME64, true, false, decode_futex},
	{CALL32_RESTART, true, true, decode_futex},
	{CALL_FUTEX_WAITV, true, false, decode_waitv},
	{CALL_FUTEX_WAIT, true, false, decode_futex2},
};

bool wait_decode(const struct call *call, bool is32, struct wait *ret)
{
	for (size_t i = 0; i < sizeof(futex_calls) / sizeof(futex_calls[0]); i++) {
		const struct futex_call *row = &futex_calls[i];

		if (row->number != call->number || row->is32 != is32)
			continue;
		*ret = (struct wait){.n_words = 1, .doubtful = row->doubtful};
		return row->decode(call->arguments, ret);
	}
	return false;
}

/* wait4(pid, …); what is no pid is a group or all. */
static pid_t child_of_wait4(const uint64_t *arguments)
{
	const int32_t pid = (int32_t)arguments[0];

	return pid > 0 ? pid : 0;
}

/* waitid(idtype, id, …) */
static pid_t child_of_waitid(const uint64_t *arguments)
{
	const int32_t pid = (int32_t)arguments[1];

	return (int32_t)arguments[0] == P_PID && pid > 0 ? pid : 0;
}

static const struct child_call {
	long number;
	bool is32;
	pid_t (*child)(const uint64_t *arguments);
} child_calls[] = {
	{SYS_wait4, false, child_of_wait4},     {SYS_waitid, false, child_of_waitid},
	{CALL32_WAITPID, true, child_of_wait4}, {CALL32_WAIT4, true, child_of_wait4},
	{CALL32_WAITID, true, child_of_waitid},
};

bool wait_for_child(const struct call *call, bool is32, pid_t *ret_child)
{
	for (size_t i = 0; i < sizeof(child_calls) / sizeof(child_calls[0]); i++) {
		if (child_calls[i].number != call->number || child_calls[i].is32 != is32)
			continue;
		*ret_child = child_calls[i].child(call->arguments);
		return true;
	}
	return false;
}

#define CALL(name)                                                                                 \
	{                                                                                          \
		SYS_##name, #name                                                                  \
	}

static const struct named_call {
	long number;
	const char *name;
} named_calls[] = {
	CALL(futex),
	CALL(clock_nanosleep),
	CALL(nanosleep),
	CALL(read),
	CALL(write),
	CALL(ppoll),
	CALL(pselect6),
	CALL(epoll_pwait),
	CALL(accept),
	CALL(accept4),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(sendto),
	CALL(sendmsg),
	CALL(connect),
	CALL(wait4),
	CALL(waitid),
	CALL(rt_sigsuspend),
	CALL(rt_sigtimedwait),
	CALL(semtimedop),
	CALL(msgrcv),
	CALL(mq_timedreceive),
	CALL(flock),
	CALL(fcntl),
	CALL(restart_syscall),
	CALL(openat),
	CALL(fsync),
	CALL(readv),
	CALL(io_getevents),
#ifdef SYS_pause /* x86-64 has these besides */
	CALL(pause),
	CALL(poll),
	CALL(select),
	CALL(epoll_wait),
	CALL(open),
#endif
};

const char *call_name(const struct call *call, bool is32)
{
	for (size_t i = 0; !is32 && i < sizeof(named_calls) / sizeof(named_calls[0]); i++)
		if (named_calls[i].number == call->number)
			return named_calls[i].name;
	return "a system call";
}

/* The names change from kernel to kernel: futex_do_wait, futex_wait_queue, futex_wait_queue_me. */
bool wchan_is_futex(const char *wchan)
{
	wchan += strspn(wchan, "_");
	return strncmp(wchan, "futex", 5) == 0;
}

/* A PI lock is slept on as a mutex of the kernel's: rt_mutex_schedule, __rt_mutex_slowlock. */
static bool wchan_is_rt_mutex(const char *wchan)
{
	wchan += strspn(wchan, "_");
	return strncmp(wchan, "rt_mutex", 8) == 0;
}

static bool is_pi(uint32_t op)
{
	op &= (uint32_t)FUTEX_CMD_MASK;
	return op == FUTEX_LOCK_PI || op == FUTEX_LOCK_PI2 || op == FUTEX_WAIT_REQUEUE_PI;
}

/*
 * A stopped thread is off the futex's queue and its wchan is do_signal_stop. One frozen by cgroup
 * v2 is in get_signal, and S; by v1 it stays where it is, and its state becomes D (older kernels:
 * __refrigerator). Nothing else makes a sleep on a futex a D.
 */
enum wait_verdict wait_judge(const struct wait *wait, char state, const char *wchan, bool frozen,
			     enum waiter_state *ret_state)
{
	bool futex = wchan_is_futex(wchan) || (is_pi(wait->op) && wchan_is_rt_mutex(wchan));
	bool untold = !*wchan || strcmp(wchan, "0") == 0;

	if (state == 'T' || state == 't')
		*ret_state = WAITER_STOPPED;
	else if ((state == 'S' && frozen) || (state == 'D' && (frozen || futex)))
		*ret_state = WAITER_FROZEN;
	else if (state == 'S' && (futex || untold))
		*ret_state = WAITER_ASLEEP;
	else
		return WAIT_NO;
	return futex || !wait->doubtful ? WAIT_YES : WAIT_IF_OBJECT;
}
