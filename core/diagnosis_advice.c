/* SPDX-License-Identifier: MIT */
/* From a finding to what can be done about it: rows of a table, for somebody who is in a hurry. */
#include <string.h>

#include "core/diagnosis_report.h"

/* What is advised about. */
struct situation {
	const struct diagnosis *diagnosis;
	const struct finding *finding;
};

static const struct reason *has(const struct situation *s, enum reason_kind kind)
{
	return finding_reason(s->diagnosis, s->finding, kind);
}

static bool is_semaphore(const struct situation *s)
{
	return lock_semaphore(s->finding->lock);
}

static bool is_unshared(const struct situation *s)
{
	return s->finding->lock && s->finding->lock->after.unshared;
}

static bool is_circle(const struct situation *s)
{
	return has(s, REASON_WAITS);
}

static bool is_semaphore_circle(const struct situation *s)
{
	return is_circle(s) && is_semaphore(s);
}

static bool is_owned_circle(const struct situation *s)
{
	return is_circle(s) && has(s, REASON_OWNER) && !s->finding->lock->after.robust;
}

static bool is_other_circle(const struct situation *s)
{
	return is_circle(s) && !is_semaphore(s) && !is_owned_circle(s);
}

static bool waits_for_itself(const struct situation *s)
{
	return has(s, REASON_MEMORY);
}

static bool waits_for_child(const struct situation *s)
{
	return has(s, REASON_CHILD);
}

static bool is_abandoned(const struct situation *s)
{
	return !is_circle(s) && !waits_for_itself(s) && !waits_for_child(s);
}

static bool is_abandoned_semaphore(const struct situation *s)
{
	return is_abandoned(s) && is_semaphore(s) && !is_unshared(s);
}

static bool is_abandoned_other(const struct situation *s)
{
	return is_abandoned(s) && !is_abandoned_semaphore(s);
}

static bool is_lost_wake(const struct situation *s)
{
	return has(s, REASON_VALUE_LEFT) && is_semaphore(s) && !is_unshared(s);
}

static bool is_left_unshared(const struct situation *s)
{
	return has(s, REASON_VALUE_LEFT) && is_unshared(s);
}

static bool is_ruined(const struct situation *s)
{
	return !is_lost_wake(s) && !is_left_unshared(s);
}

static bool is_stopped_elsewhere(const struct situation *s)
{
	return !has(s, REASON_STOPPED);
}

static bool is_unread(const struct situation *s)
{
	return has(s, REASON_UNREAD) || has(s, REASON_HIDEPID);
}

static bool is_late(const struct situation *s)
{
	return has(s, REASON_UNSEEN) || has(s, REASON_PARTLY) || has(s, REASON_LATE);
}

/* Is it the first reason of these kinds that is about its process? */
static bool is_first(const struct situation *s, const struct reason *reason, enum reason_kind kind)
{
	const struct reason *first = &s->diagnosis->reasons[s->finding->first];

	for (; first < reason; first++)
		if ((first->kind == REASON_SLEEPS || first->kind == kind) &&
		    first->process == reason->process)
			return false;
	return true;
}

/* The processes that sleep on it, and those that reasons of this kind are about: as kill(1) takes
 * them, or to be `told`. */
static void print_pids(const struct situation *s, enum reason_kind kind, const char *separator,
		       bool told, FILE *out)
{
	const char *before = "";

	for (size_t i = s->finding->first; i < s->finding->first + s->finding->n; i++) {
		const struct reason *reason = &s->diagnosis->reasons[i];

		if ((reason->kind != REASON_SLEEPS && reason->kind != kind) ||
		    !is_first(s, reason, kind))
			continue;
		fputs(before, out);
		if (told)
			process_print_pid(reason->process, out);
		else
			fprintf(out, "%d", reason->process->pid);
		before = separator;
	}
}

/* What stands in braces in the texts below. `reason` is the row's. */

static void put_sleepers(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)reason;
	print_pids(s, REASON_SLEEPS, " ", false, out);
}

static void put_circle(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)reason;
	print_pids(s, REASON_WAITS, " ", false, out);
}

static void put_either(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)reason;
	print_pids(s, REASON_WAITS, ", or kill ", false, out);
}

static void put_woken(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)reason;
	if (s->finding->sleepers == 1 && has(s, REASON_SLEEPS)) {
		reason_print_who(has(s, REASON_SLEEPS), out);
		return;
	}
	fputs("one of those that sleep (pid ", out);
	print_pids(s, REASON_SLEEPS, ", ", true, out);
	fputc(')', out);
}

static void put_object(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)reason;
	finding_print_name(s->finding, out);
}

static void put_target(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)reason;
	finding_print_target(s->finding, out);
}

static void put_folder(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)reason;
	diagnosis_print_folder(s->diagnosis, out);
}

static void put_other(const struct situation *s, const struct reason *reason, FILE *out)
{
	finding_print_name(&s->diagnosis->findings[reason->other], out);
}

static void put_who(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)s;
	reason_print_who(reason, out);
}

static void put_pid(const struct situation *s, const struct reason *reason, FILE *out)
{
	(void)s;
	fprintf(out, "%d", reason->process->pid);
}

/* What makes a stopped process go on. */
static void put_cure(const struct situation *s, const struct reason *reason, FILE *out)
{
	const struct process *process = reason->process;

	(void)s;
	if (process->frozen)
		fprintf(out, "thaw the cgroup of pid %d (/proc/%d/cgroup)", process->pid,
			process->pid);
	else if (reason->thread->state == 't')
		fprintf(out, "continue pid %d in its debugger, pid %d, or end that", process->pid,
			process->tracer);
	else
		fprintf(out, "kill -CONT %d", process->pid);
}

static const struct blank {
	const char *name;
	void (*put)(const struct situation *s, const struct reason *reason, FILE *out);
} blanks[] = {
	{"{sleepers}", put_sleepers}, {"{circle}", put_circle}, {"{either}", put_either},
	{"{woken}", put_woken},       {"{object}", put_object}, {"{target}", put_target},
	{"{other}", put_other},       {"{who}", put_who},       {"{pid}", put_pid},
	{"{cure}", put_cure},         {"{folder}", put_folder},
};

/*
 * Of a verdict's rows all that apply are told, in this order. One that has a kind of reason applies
 * where there is one, once or for `each` of them.
 */
static const struct advice {
	enum verdict verdict;
	bool (*applies)(const struct situation *s); /* NULL: all of them */
	const char *text;
	enum reason_kind about;
	bool each;
} advice[] = {
	{VERDICT_BROKEN, is_lost_wake,
	 "a wake-up was lost; one more post wakes {woken}: psem_post, or sem_post in a mount with "
	 "-o "
	 "write"},
	{VERDICT_BROKEN, is_left_unshared,
	 "mend the program: it has to initialise it for several processes (pshared 1); until then "
	 "only its end helps who sleeps: kill {sleepers}"},
	{VERDICT_BROKEN, is_ruined,
	 "nothing will mend it: end who sleeps on it (kill {sleepers}), remove {object}, and start "
	 "the program anew"},
	{VERDICT_BROKEN, NULL,
	 "later: a mutex outlives its owner if it is made PTHREAD_MUTEX_ROBUST", REASON_OWNER_GONE},
	{VERDICT_STUCK, is_semaphore_circle,
	 "they wait for each other: end one of them, whichever matters least: kill {either}"},
	{VERDICT_STUCK, is_semaphore_circle,
	 "what it had taken stays taken: look again then, pshm_stuck says what to release"},
	{VERDICT_STUCK, is_owned_circle,
	 "they wait for each other, and a mutex whose owner is killed stays locked: end them all "
	 "(kill {circle}), and start anew"},
	{VERDICT_STUCK, is_other_circle,
	 "they wait for each other: end one of them, whichever matters least: kill {either}"},
	{VERDICT_STUCK, is_circle,
	 "later: mend the program, which has to take these locks in the same order everywhere"},
	{VERDICT_STUCK, NULL,
	 "look at what {who} waits for: gdb -p {pid} -batch -ex 'thread apply all bt'",
	 REASON_MEMORY, .each = true},
	{VERDICT_STUCK, NULL,
	 "look at the children of {who}, one of which has to end: ps --ppid {pid}", REASON_CHILD,
	 .each = true},
	{VERDICT_STUCK, is_abandoned_semaphore,
	 "who should release it is gone. If the data that it guards is whole, release it once, "
	 "which "
	 "wakes {woken}: pshm_stuck {folder}--release {target}"},
	{VERDICT_STUCK, is_abandoned_semaphore,
	 "if it is not, end who sleeps (kill {sleepers}), and start the program anew"},
	{VERDICT_STUCK, is_abandoned_other,
	 "nobody is left who could release it: end who sleeps on it (kill {sleepers}), and start "
	 "the "
	 "program anew"},
	{VERDICT_STOPPED, NULL, "let it go on: {cure}", REASON_STOPPED, .each = true},
	{VERDICT_STOPPED, is_stopped_elsewhere,
	 "it goes on when {other} does: who is stopped is told there", REASON_WAITS},
	{VERDICT_ALONE, NULL, "it goes on when {other} does: see to that first", REASON_WAITS},
	{VERDICT_ALONE, is_abandoned,
	 "has whoever is to release it not come yet? Then start it: it has to open {object}"},
	{VERDICT_ALONE, is_abandoned_semaphore,
	 "was it killed? If the data that the semaphore guards is whole, release it once, which "
	 "wakes {woken}: pshm_stuck {folder}--release {target}"},
	{VERDICT_ALONE, is_abandoned_semaphore,
	 "if it is not, end who sleeps (kill {sleepers}), remove {object}, and start the program "
	 "anew"},
	{VERDICT_UNKNOWN, is_unread, "look as root, who may see all: sudo pshm_stuck"},
	{VERDICT_UNKNOWN, NULL,
	 "look as root (sudo pshm_stuck), or first: sysctl kernel.yama.ptrace_scope=0",
	 REASON_HIDDEN},
	{VERDICT_UNKNOWN, is_late, "look again, when the machine has less to do"},
	{VERDICT_WAITING, NULL,
	 "this lock is not what hangs: see what {who} is doing: gdb -p {pid} -batch -ex bt",
	 REASON_CAN},
};

static const struct blank *find_blank(const char *text)
{
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (strncmp(text, blanks[i].name, strlen(blanks[i].name)) == 0)
			return &blanks[i];
	return NULL;
}

static void print_text(const struct situation *s, const char *text, const struct reason *reason,
		       FILE *out)
{
	for (; *text; text++) {
		const struct blank *blank = *text == '{' ? find_blank(text) : NULL;

		if (!blank) {
			fputc(*text, out);
			continue;
		}
		blank->put(s, reason, out);
		text += strlen(blank->name) - 1;
	}
	fputc('\n', out);
}

static void print_advice(const struct situation *s, const struct advice *row, FILE *out)
{
	if (!row->about) {
		print_text(s, row->text, NULL, out);
		return;
	}
	for (size_t i = s->finding->first; i < s->finding->first + s->finding->n; i++) {
		if (s->diagnosis->reasons[i].kind != row->about)
			continue;
		print_text(s, row->text, &s->diagnosis->reasons[i], out);
		if (!row->each)
			return;
	}
}

void finding_advise(const struct diagnosis *diagnosis, const struct finding *finding, FILE *out)
{
	const struct situation s = {diagnosis, finding};

	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (advice[i].verdict == finding->verdict &&
		    (!advice[i].applies || advice[i].applies(&s)))
			print_advice(&s, &advice[i], out);
}
