/* SPDX-License-Identifier: MIT */
/* The threads of one process: which of them sleep on a futex, and on which word. */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/array.h"
#include "core/clock.h"
#include "core/process_scan.h"
#include "core/process_since.h"
#include "core/process_task.h"
#include "core/process_wait.h"
#include "core/process_words.h"

/* A thread that is looked at. */
struct look {
	struct scan *scan;
	struct process *process;
	pid_t tid;
	pid_t own;       /* 0: not asked yet, or untold */
	char prefix[32]; /* "task/TID" */
	struct task task;
	uint64_t runs; /* 0: not asked before the call was */
	bool known;    /* it has not run since it was found asleep in this call: */
	int told;      /* whether the call could be read, or why not */
	bool blocked;  /* in a call: */
	struct call call;
	struct waiter found; /* what is the same for each word it sleeps on */
	bool lasting;        /* see struct sleep */
};

static ssize_t read_of(const struct look *look, const char *name, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", look->prefix, name);
	return process_file_read(look->scan->entry, path, text, size);
}

static int add_waiter(struct scan *scan, const struct waiter *waiter)
{
	struct snapshot *snapshot = scan->ret;
	int r = array_grow(&snapshot->waiters, snapshot->n_waiters, sizeof(*waiter));

	if (r < 0)
		return r;
	snapshot->waiters[snapshot->n_waiters++] = *waiter;
	return 0;
}

/* By the scheduler's clock, and never before the thread was there; 0 where it cannot be told. */
static int64_t fell_asleep(const struct look *look)
{
	struct scan *scan = look->scan;
	int64_t boot = clock_read(CLOCK_BOOTTIME) - clock_read(CLOCK_MONOTONIC);
	int64_t tick = 1000000000 / sysconf(_SC_CLK_TCK);
	int64_t started = (int64_t)look->task.started * tick - boot;
	int64_t since = clocks_monotonic(&scan->clocks, look->task.cpu,
					 task_ran(scan->entry, look->prefix));

	if (since && since < started)
		since = started;
	return since;
}

/* The word's mapping tells what it is. Returns false where the process has no maps any more. */
static bool place(struct scan *scan, struct waiter *waiter)
{
	struct mapping *mapping = &scan->slept;
	bool ours;
	int r = 0;

	waiter->place = WAITER_UNMAPPED;
	if (waiter->address < mapping->start || waiter->address >= mapping->end)
		r = maps_find(&scan->maps, waiter->address, mapping);
	if (r < 0) {
		mapping->end = 0;
		return r == -ENOENT;
	}
	ours = mapping->dev == scan->question->dev && mapping->ino;
	if (mapping->shared)
		waiter->place = ours ? WAITER_OBJECT : WAITER_ELSEWHERE;
	else
		waiter->place = ours ? WAITER_COPY : WAITER_MEMORY;
	if (waiter->place == WAITER_MEMORY)
		return true;
	waiter->dev = mapping->dev;
	waiter->ino = mapping->ino;
	waiter->offset = waiter->address - mapping->start + mapping->offset;
	return true;
}

static int add_word(const struct look *look, struct waiter waiter, bool only_object)
{
	struct sleep sleep = {
		.tid = look->tid,
		.started = look->task.started,
		.runs = waiter.runs,
		.address = waiter.address,
		.lasting = look->lasting,
		.call = look->call,
	};
	const int64_t now = look->scan->ret->begun;
	int r = 0;

	if (waiter.address && !place(look->scan, &waiter))
		return 0;
	if (only_object && waiter.place != WAITER_OBJECT && waiter.place != WAITER_COPY)
		return 0;
	if (!since_known(look->scan->since, now, &sleep)) {
		sleep.since = fell_asleep(look);
		r = since_watch(look->scan->since, now, &sleep);
	}
	if (r < 0)
		return r;
	waiter.since = sleep.since;
	waiter.since_about = sleep.about;
	return add_waiter(look->scan, &waiter);
}

/* Where the array is unreadable, one row says of how many words it is. */
static int add_words(const struct look *look, uint64_t array)
{
	struct word words[WORDS_MAX];
	struct waiter waiter = look->found;
	int r = words_read(look->scan->reader, &look->scan->maps, array, waiter.n_words, words);

	if (r < 0) {
		waiter.place = WAITER_UNKNOWN;
		return add_word(look, waiter, false);
	}
	for (r = 0; !r && waiter.word < waiter.n_words; waiter.word++) {
		const struct word *word = &words[waiter.word];

		waiter.address = word->address;
		waiter.expected = (uint32_t)word->expected;
		waiter.op = FUTEX_WAIT_BITSET | (word->flags & FUTEX_PRIVATE_FLAG);
		r = add_word(look, waiter, false);
	}
	return r;
}

/* The number in its own pid namespace: only of a thread that is in another one a file is read. */
static pid_t own_of(struct look *look)
{
	const struct process *process = look->process;

	if (!look->own)
		look->own = !process->nested            ? look->tid
			    : look->tid == process->pid ? process->own
							: task_own(look->scan->entry, look->prefix);
	return look->own;
}

/* Who the thread is; false where it has ended. */
static bool describe(struct look *look, char *wchan, size_t size)
{
	if (look->known) {
		snprintf(wchan, size, "futex");
	} else {
		if (task_read(look->scan->entry, look->prefix, &look->task) < 0)
			return false;
		read_of(look, "wchan", wchan, size);
	}
	look->found = (struct waiter){
		.process = (size_t)(look->process - look->scan->ret->processes),
		.tid = look->tid,
		.own = own_of(look),
	};
	memcpy(look->found.comm, look->task.comm, sizeof(look->found.comm));
	return true;
}

static int add_sleep(struct look *look, const struct wait *wait)
{
	struct waiter *found = &look->found;
	enum wait_verdict verdict;
	char wchan[64];

	if (!describe(look, wchan, sizeof(wchan)))
		return 0;
	verdict = wait_judge(wait, look->task.state, wchan, look->process->frozen, &found->state);
	if (verdict == WAIT_NO)
		return 0;
	found->op = wait->op;
	found->expected = wait->expected;
	found->timed = wait->timed;
	found->n_words = wait->n_words;
	look->lasting =
		look->runs && verdict == WAIT_YES && found->state == WAITER_ASLEEP && !wait->array;
	found->runs = look->runs ? look->runs : task_runs(look->scan->entry, look->prefix);
	if (wait->array)
		return add_words(look, wait->address);
	found->address = wait->address;
	return add_word(look, *found, verdict == WAIT_IF_OBJECT);
}

/*
 * Yama lets us see wchan, not the call (ptrace_may_access: READ for the one, ATTACH for the other).
 * Nor may the call be read of a thread that is ending: its files are root's, whosever it was; but
 * that sleeps on no futex.
 */
static int add_hidden(struct look *look)
{
	const struct wait unknown = {.n_words = 1, .doubtful = true};
	char wchan[64];

	if (!describe(look, wchan, sizeof(wchan)))
		return 0;
	if (wait_judge(&unknown, look->task.state, wchan, look->process->frozen,
		       &look->found.state) != WAIT_YES)
		return 0;
	look->process->words_hidden = true;
	look->found.place = WAITER_UNKNOWN;
	look->found.n_words = 1;
	look->found.runs = task_runs(look->scan->entry, look->prefix);
	return add_word(look, look->found, false);
}

/*
 * The line does not say of which word size the process is. A 64-bit stack lies above 4 GiB but for
 * a few (Wine's, for one), and only of these auxv is read, once a process.
 */
static bool is32(struct scan *scan, const struct call *call)
{
	if (call->stack >> 32)
		return false;
	if (scan->is32 < 0)
		scan->is32 = task_is32(scan->reader) ? 1 : 0;
	return scan->is32;
}

static void read_call(struct look *look)
{
	char line[256];
	ssize_t n = read_of(look, "syscall", line, sizeof(line));

	look->told = n < 0 ? (int)n : 0;
	look->blocked = n > 0 && call_parse(line, &look->call);
}

static int look_for_sleep(struct look *look)
{
	struct wait wait;

	if (look->told == -EACCES || look->told == -EPERM)
		return add_hidden(look);
	if (!look->blocked || !wait_decode(&look->call, is32(look->scan, &look->call), &wait))
		return 0;
	return add_sleep(look, &wait);
}

/* What it is blocked in. */
static void tell_call(const struct look *look, struct thread *thread)
{
	bool narrow;

	if (!look->blocked)
		return;
	narrow = is32(look->scan, &look->call);
	thread->call = call_name(&look->call, narrow);
	thread->reaps = wait_for_child(&look->call, narrow, &thread->child);
}

static int add_thread(struct look *look)
{
	struct snapshot *snapshot = look->scan->ret;
	struct thread *thread;
	int r = array_grow(&snapshot->threads, snapshot->n_threads, sizeof(*snapshot->threads));

	if (r < 0)
		return r;
	thread = &snapshot->threads[snapshot->n_threads++];
	*thread = (struct thread){
		.process = (size_t)(look->process - snapshot->processes),
		.tid = look->tid,
		.own = own_of(look),
		.state = look->task.state,
		.runs = look->runs,
	};
	tell_call(look, thread);
	return 0;
}

/*
 * Its task and run count, if wanted or remembered, and only then its call: see struct thread. False
 * where it has ended.
 */
static bool read_thread(struct look *look, bool wanted)
{
	struct scan *scan = look->scan;

	if (wanted || since_has(scan->since, look->tid)) {
		if (task_read(scan->entry, look->prefix, &look->task) < 0)
			return false;
		if (look->task.state == 'Z' || look->task.state == 'X')
			return false;
		look->runs = task_runs(scan->entry, look->prefix);
		look->known = look->task.state == 'S' && !look->process->frozen &&
			      since_recall(scan->since, look->tid, look->task.started, look->runs,
					   &look->call);
	}
	look->blocked = look->known;
	if (!look->known)
		read_call(look);
	return true;
}

static int look_at(struct scan *scan, struct process *process, pid_t tid)
{
	struct look look = {.scan = scan, .process = process, .tid = tid};
	const bool threads = scan->question->flags & SNAPSHOT_THREADS;
	int r = 0;

	snprintf(look.prefix, sizeof(look.prefix), "task/%d", tid);
	if (!read_thread(&look, threads))
		return 0;
	if (threads)
		r = add_thread(&look);
	if (!r && scan->question->flags & SNAPSHOT_WAITERS)
		r = look_for_sleep(&look);
	return r;
}

int scan_threads(struct scan *scan, struct process *process)
{
	const size_t index = (size_t)(process - scan->ret->processes);
	int r;

	if (!(scan->question->flags & (SNAPSHOT_WAITERS | SNAPSHOT_THREADS)))
		return 0;
	r = numbers_read(scan->entry, "task", &scan->tids);
	for (size_t i = 0; !r && i < scan->tids.n; i++) {
		if (i % 64 == 63 && scan_late(scan)) {
			process->cut = !process->error;
			process->error = -ETIMEDOUT;
			return 0;
		}
		r = look_at(scan, process, scan->tids.items[i]);
	}
	if (!r)
		r = scan_children(scan, index);
	if (r != -ENOMEM && !process_gone(r) && !process->error)
		process->error = r;
	return r == -ENOMEM ? r : 0;
}
