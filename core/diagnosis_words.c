/* SPDX-License-Identifier: MIT */
/* Reasons in words, for somebody who was woken at three in the morning. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "core/age.h"
#include "core/diagnosis.h"
#include "core/text.h"

void reason_print_comm(const char *comm, FILE *out)
{
	text_escape(comm, strnlen(comm, PROCESS_COMM_SIZE), out);
}

void reason_print_who(const struct reason *reason, FILE *out)
{
	const struct process *process = reason->process;
	const struct waiter *waiter = reason->waiter;
	const struct thread *thread = reason->thread;
	const pid_t tid = waiter ? waiter->tid : thread ? thread->tid : 0;

	fputs("pid ", out);
	process_print_pid(process, out);
	fputs(" (", out);
	reason_print_comm(process->comm, out);
	fputc(')', out);
	if (!tid || tid == process->pid)
		return;
	fputs(", thread ", out);
	process_print_tid(process, tid, waiter ? waiter->own : thread->own, out);
	if (!waiter || strncmp(waiter->comm, process->comm, PROCESS_COMM_SIZE) == 0)
		return;
	fputs(" (", out);
	reason_print_comm(waiter->comm, out);
	fputc(')', out);
}

static void print_object(const struct finding *finding, FILE *out)
{
	const struct diagnosis_object *object = finding->object;

	if (object && object->name)
		text_escape(object->name, strlen(object->name), out);
	else
		fprintf(out, "%s %" PRIu64, object ? "nameless object" : "object", finding->ino);
}

void finding_print_place(const struct finding *finding, FILE *out)
{
	const struct lock *lock = finding->lock;

	if (lock && (lock->field || lock->kind))
		lock_print_name(lock, out);
	else
		fprintf(out, "the word at byte %" PRIu64, finding->offset);
}

static void print_since(const struct diagnosis *diagnosis, const struct waiter *waiter, FILE *out)
{
	const int64_t age = diagnosis->now - waiter->since;

	fputs(" for ", out);
	age_print(age > 0 ? (uint64_t)age : 0, waiter->since_about, out);
}

static void print_sleeps(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	static const char *const states[] = {[WAITER_ASLEEP] = " sleeps on it",
					     [WAITER_STOPPED] = " is stopped while it waits for it",
					     [WAITER_FROZEN] = " is frozen while it waits for it"};

	reason_print_who(reason, out);
	fputs(states[reason->waiter->state], out);
	fputs(reason->waiter->timed ? ", with a timeout," : ", without a timeout,", out);
	print_since(diagnosis, reason->waiter, out);
}

static void print_left(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	const struct lock *lock = diagnosis->findings[reason->lock].lock;

	if (lock->after.counts)
		fprintf(out, "its value is %zu, and yet a thread sleeps on it: ", reason->count);
	else
		fputs("it is free, and yet a thread sleeps on it: ", out);
	fputs(lock->after.unshared
		      ? "it says that one process alone uses it, and so a release by another one "
			"wakes nobody"
		      : "whoever released it did not wake the sleeper, or who was woken has died; "
			"one more release would wake one",
	      out);
}

/* What says nothing of anybody. */
static void print_words(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	static const char *const words[REASON_KINDS] = {
		[REASON_RUINED] =
			"an owner has died, and the next one gave it back without making it "
			"consistent: ENOTRECOVERABLE for ever; it must be initialised anew",
		[REASON_NOBODY] = "nobody else has it open for writing",
		[REASON_LATE] = "there was no time to read its bytes: the look took too long",
		[REASON_HIDEPID] =
			"/proc does not list the processes of others (hidepid): look as root, or "
			"in the group that it has by gid=",
		[REASON_BEYOND] = "who has that object was not looked at",
		[REASON_UNSHARED] =
			"it was initialised for the threads of one process (pshared 0): a release "
			"by another process wakes nobody",
	};

	(void)diagnosis;
	fputs(words[reason->kind], out);
}

static void print_gone(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	fprintf(out,
		"thread %d%s owns it, and no such thread has the object any more: it has ended "
		"without giving it back, and nobody else may",
		reason->tid, reason->held ? ", as it is called in its pid namespace," : "");
}

static void print_twice(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	fprintf(out,
		"thread %d owns it, and there are two of that number, in different pid namespaces",
		reason->tid);
}

static void print_may_own(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	reason_print_who(reason, out);
	fputs(" may be that one", out);
}

static void print_owner(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	reason_print_who(reason, out);
	fputs(" owns it", out);
}

static void print_can(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	reason_print_who(reason, out);
	fputs(" could release it: it ", out);
	if (reason->waiter) {
		fputs("waits", out);
		fputs(reason->waiter->timed ? ", with a timeout," : "", out);
		print_since(diagnosis, reason->waiter, out);
	} else if (reason->thread && reason->thread->call) {
		fprintf(out, "is in %s", reason->thread->call);
	} else {
		fputs("runs", out);
	}
}

static void print_ran(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	if (!reason->process) {
		fputs("it changed while it was looked at", out);
		return;
	}
	reason_print_who(reason, out);
	fputs(" could release it: it ran while it was looked at", out);
}

static void print_stopped(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	const struct process *process = reason->process;

	(void)diagnosis;
	reason_print_who(reason, out);
	fputs(" could release it, but ", out);
	if (process->frozen)
		fprintf(out,
			"its cgroup is frozen: /proc/%d/cgroup says which, its cgroup.freeze "
			"(or freezer.state) ends it",
			process->pid);
	else if (reason->thread->state == 't')
		fprintf(out, "pid %d, which traces it, has stopped it", process->tracer);
	else
		fprintf(out, "is stopped: kill -CONT %d", process->pid);
}

static void print_waits(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	const struct finding *other = &diagnosis->findings[reason->other];
	const struct finding *finding = &diagnosis->findings[reason->lock];

	reason_print_who(reason, out);
	fputs(" could release it, but sleeps on ", out);
	finding_print_place(other, out);
	if (other->ino != finding->ino) {
		fputs(" of ", out);
		print_object(other, out);
	}
	print_since(diagnosis, reason->waiter, out);
}

static void print_memory(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	reason_print_who(reason, out);
	fputs(" could release it, but waits for a thread of its own (pthread_join, or a lock)",
	      out);
	if (reason->waiter)
		print_since(diagnosis, reason->waiter, out);
}

static void print_child(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	reason_print_who(reason, out);
	fputs(" could release it, but waits until ", out);
	if (!reason->thread->child)
		fputs("a child of its ends", out);
	else if (reason->process->nested)
		fprintf(out, "its child ends, which is %d in its pid namespace",
			reason->thread->child);
	else
		fprintf(out, "its child %d ends", reason->thread->child);
}

static void print_reads(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	reason_print_who(reason, out);
	fputs(" has it open for reading only, and cannot release it", out);
}

static void print_unread(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	reason_print_who(reason, out);
	fprintf(out, " of user %u %s, and may not be looked at (%s): look as root",
		reason->process->uid, reason->held ? "has it" : "might have it",
		strerrordesc_np(-reason->process->error));
}

static void print_partly(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	reason_print_who(reason, out);
	fprintf(out,
		" of user %u %s, and not all of its threads were looked at: the look took too long",
		reason->process->uid, reason->held ? "has it" : "might have it");
}

static void print_unseen(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	fprintf(out, "%zu process%s not looked at: the look took too long", reason->count,
		reason->count == 1 ? " was" : "es were");
}

static void print_unplaced(const struct diagnosis *diagnosis, const struct reason *reason,
			   FILE *out)
{
	(void)diagnosis;
	fprintf(out,
		"of %zu open files it cannot be told what they are (their mount is in no "
		"table)",
		reason->count);
}

static void print_hidden(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	reason_print_who(reason, out);
	fputs(" sleeps on a lock, but on which may not be told: look as root, or sysctl "
	      "kernel.yama.ptrace_scope=0",
	      out);
}

static void print_vanished(const struct diagnosis *diagnosis, const struct reason *reason,
			   FILE *out)
{
	const struct vanished *vanished = &reason->vanished;
	const int64_t age = diagnosis->now - vanished->ended;

	fprintf(out, "pid %d", vanished->pid);
	if (vanished->inner)
		fprintf(out, "(%d)", vanished->inner);
	fputs(" (", out);
	reason_print_comm(vanished->comm, out);
	fputs(") had it open, and has ended ", out);
	age_print(age > 0 ? (uint64_t)age : 0, true, out);
	fputs(" ago: the value was 0 when that was seen", out);
}

static void print_more(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	static const char *const words[] = {
		[REASON_SLEEPS] = "sleep on it",
		[REASON_CAN] = "could release it",
		[REASON_RAN] = "could release it, and ran while they were looked at",
		[REASON_STOPPED] = "could release it, but are stopped",
		[REASON_WAITS] = "could release it, but sleep themselves",
		[REASON_MEMORY] = "could release it, but wait for a thread of their own",
		[REASON_CHILD] = "could release it, but wait for a child",
		[REASON_READS] = "have it open for reading only",
		[REASON_UNREAD] = "may not be looked at",
		[REASON_PARTLY] = "were not looked at to the end",
		[REASON_HIDDEN] = "sleep on a lock that may not be told",
		[REASON_SIGNALS] = "handle signals",
		[REASON_MAY_OWN] = "may be that one",
	};

	(void)diagnosis;
	fprintf(out, "%zu more %s", reason->count,
		words[reason->of] ? words[reason->of] : "of the same kind");
}

static void print_name(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	const struct finding *finding = &diagnosis->findings[reason->lock];

	fputs("it could still end by a process that opens ", out);
	print_object(finding, out);
	fputs(" and releases it", out);
}

static void print_signals(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	const char *separator = "";

	(void)diagnosis;
	fputs("it could still end by a signal to ", out);
	reason_print_who(reason, out);
	fputs(", which handles ", out);
	for (int n = 1; n <= 64; n++) {
		const char *name = sigabbrev_np(n);

		if (!(reason->signals >> (n - 1) & 1))
			continue;
		if (name)
			fprintf(out, "%sSIG%s", separator, name);
		else
			fprintf(out, "%ssignal %d", separator, n);
		separator = " ";
	}
}

static void print_ghosts(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	(void)diagnosis;
	fprintf(out,
		"%zu sleepers are on record, %zu %s alive: the others were killed while they "
		"waited",
		reason->count, reason->alive, reason->alive == 1 ? "is" : "are");
}

static void (*const printers[REASON_KINDS])(const struct diagnosis *diagnosis,
					    const struct reason *reason, FILE *out) = {
	[REASON_VALUE_LEFT] = print_left, [REASON_RUINED] = print_words,
	[REASON_OWNER_GONE] = print_gone, [REASON_OWNER_TWICE] = print_twice,
	[REASON_OWNER] = print_owner,     [REASON_SLEEPS] = print_sleeps,
	[REASON_NOBODY] = print_words,    [REASON_CAN] = print_can,
	[REASON_RAN] = print_ran,         [REASON_STOPPED] = print_stopped,
	[REASON_WAITS] = print_waits,     [REASON_MEMORY] = print_memory,
	[REASON_CHILD] = print_child,     [REASON_UNREAD] = print_unread,
	[REASON_PARTLY] = print_partly,   [REASON_LATE] = print_words,
	[REASON_READS] = print_reads,     [REASON_UNSEEN] = print_unseen,
	[REASON_HIDEPID] = print_words,   [REASON_UNPLACED] = print_unplaced,
	[REASON_HIDDEN] = print_hidden,   [REASON_BEYOND] = print_words,
	[REASON_MORE] = print_more,       [REASON_NAME] = print_name,
	[REASON_SIGNALS] = print_signals, [REASON_UNSHARED] = print_words,
	[REASON_GHOSTS] = print_ghosts,   [REASON_VANISHED] = print_vanished,
	[REASON_MAY_OWN] = print_may_own,
};

void reason_print(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out)
{
	printers[reason->kind](diagnosis, reason, out);
}
