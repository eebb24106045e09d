/* SPDX-License-Identifier: MIT */
/* Who was not seen, and what that means where nobody else is there. */
#include "core/verdict_unseen.h"

#include <errno.h>

#include "core/credentials.h"

/* So many lines are enough to understand it. */
#define MOST 8

/* Those that there was no time for are told of apart. */
static bool might_have(const struct process *process, const struct diagnosis_object *rights)
{
	return process->error && process->error != -ETIMEDOUT &&
	       (process->uid || credentials_user()) && diagnosis_could_open(process, rights);
}

bool verdict_unseen(const struct snapshot *snapshot, const struct object *object)
{
	struct diagnosis_object rights = {0};

	if (snapshot->hides)
		return true;
	if (snapshot->n_denied == 0)
		return false; /* most often: nothing is asked of the object */
	verdict_note_rights(object, &rights);
	for (size_t i = 0; i < snapshot->n_processes; i++)
		if (might_have(&snapshot->processes[i], &rights))
			return true;
	return false;
}

enum verdict verdict_of(const struct verdicts *verdicts, const struct object *object)
{
	const enum verdict verdict = diagnosis_verdict(&verdicts->diagnosis, object->id.ino);

	if (verdict == VERDICT_OK && (snapshot_unfinished(&verdicts->after, object->id.ino) ||
				      verdict_unseen(&verdicts->after, object)))
		return VERDICT_UNKNOWN;
	return verdict;
}

static void print_line(const struct verdicts *verdicts, struct reason reason, FILE *out)
{
	reason_print(&verdicts->diagnosis, &reason, out);
	fputc('\n', out);
}

static void print_denied(const struct verdicts *verdicts, const struct object *object, FILE *out)
{
	const struct snapshot *after = &verdicts->after;
	struct diagnosis_object rights = {0};
	size_t n = 0;

	if (after->n_denied == 0)
		return;
	verdict_note_rights(object, &rights);
	for (size_t i = 0; i < after->n_processes; i++)
		if (might_have(&after->processes[i], &rights) && n++ < MOST)
			print_line(verdicts,
				   (struct reason){.kind = REASON_UNREAD,
						   .process = &after->processes[i]},
				   out);
	if (n > MOST)
		print_line(verdicts,
			   (struct reason){
				   .kind = REASON_MORE, .of = REASON_UNREAD, .count = n - MOST},
			   out);
}

void verdict_print(const struct verdicts *verdicts, const struct object *object, FILE *out)
{
	const struct snapshot *after = &verdicts->after;
	const size_t unfinished = snapshot_unfinished(after, object->id.ino);

	if (diagnosis_verdict(&verdicts->diagnosis, object->id.ino) != VERDICT_OK ||
	    verdict_of(verdicts, object) == VERDICT_OK) {
		diagnosis_print(&verdicts->diagnosis, object->id.ino, out);
		return;
	}
	fprintf(out, "%s\nnobody is seen to wait, but not everybody could be looked at\n",
		verdict_word(VERDICT_UNKNOWN));
	print_denied(verdicts, object, out);
	if (unfinished)
		print_line(verdicts, (struct reason){.kind = REASON_UNSEEN, .count = unfinished},
			   out);
	if (after->hides)
		print_line(verdicts, (struct reason){.kind = REASON_HIDEPID}, out);
	diagnosis_print_locks(&verdicts->diagnosis, object->id.ino, out);
}
