/* SPDX-License-Identifier: MIT */
/* What the line of /proc/PID/task/TID/syscall says about a sleep on a futex. Text in, facts out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/process.h"

/* The call a thread is blocked in, proc(5): its number, arguments, stack pointer. */
struct call {
	long number;
	uint64_t arguments[6];
	uint64_t stack;
};

/* False for "running", for a thread outside of a call ("-1 …"), and for what is no such line. */
bool call_parse(const char *line, struct call *ret);

struct wait {
	uint64_t address;  /* of the word; with `array`, of n_words struct futex_waitv */
	uint32_t op;       /* of futex(2) */
	uint32_t expected; /* the value slept on */
	bool timed;
	bool array;    /* futex_waitv(2) */
	bool doubtful; /* the number is that of other calls, too: see wait_judge() */
	unsigned n_words;
};

/*
 * wait_decode() - Is this call one that sleeps on a futex?
 *
 * `is32`: the process is a 32-bit one, whose calls have other numbers. Which it is the line does
 * not say.
 */
bool wait_decode(const struct call *call, bool is32, struct wait *ret);

/*
 * wait_for_child() - Is this call one that waits for a child to end?
 *
 * ret_child: the child's pid as the caller counts, or 0: any, or one of many.
 */
bool wait_for_child(const struct call *call, bool is32, pid_t *ret_child);

/* The name of the call, for those that programs are often blocked in; else "a system call". */
const char *call_name(const struct call *call, bool is32);

/* Does wchan, the kernel function it sleeps in, belong to a futex? */
bool wchan_is_futex(const char *wchan);

enum wait_verdict {
	WAIT_NO,
	WAIT_YES,
	WAIT_IF_OBJECT, /* only if the address lies in an object: wchan cannot tell any more */
};

/*
 * wait_judge() - Does the thread sleep there: by its state (R S D T t …, proc(5)), its wchan (""
 * or "0": not told) and whether its cgroup is frozen.
 */
enum wait_verdict wait_judge(const struct wait *wait, char state, const char *wchan, bool frozen,
			     enum waiter_state *ret_state);
