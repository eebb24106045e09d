/* SPDX-License-Identifier: MIT */
/* The file `verdict`: its word, and the lines of each lock. */
#include "core/diagnosis.h"

static const struct verdict_words {
	const char *word, *meaning;
} verdicts[] = {
	[VERDICT_OK] = {"ok", "nobody waits"},
	[VERDICT_WAITING] = {"waiting", "somebody who could release it can run"},
	[VERDICT_UNKNOWN] = {"unknown", "it cannot be told whether somebody will release it"},
	[VERDICT_ALONE] = {"alone", "all who have it open sleep on it: only a process that opens "
				    "it by its name can release it"},
	[VERDICT_STOPPED] = {"stopped", "all who could release it are stopped"},
	[VERDICT_STUCK] = {"stuck", "no process that could release it is able to run"},
	[VERDICT_BROKEN] = {"broken", "the lock itself has failed"},
};

const char *verdict_word(enum verdict verdict)
{
	return verdicts[verdict].word;
}

const char *verdict_meaning(enum verdict verdict)
{
	return verdicts[verdict].meaning;
}

/* "wsem: stuck: no process that could release it is able to run" */
void finding_print(const struct finding *finding, FILE *out)
{
	const struct lock *lock = finding->lock;

	if (finding->hidden)
		fputs("its holders", out);
	else
		finding_print_place(finding, out);
	if (lock && lock->kind && lock->field)
		fprintf(out, " (%s)", lock->kind->name);
	fprintf(out, ": %s: %s\n", verdicts[finding->verdict].word,
		verdicts[finding->verdict].meaning);
}

void diagnosis_print_locks(const struct diagnosis *diagnosis, uint64_t ino, FILE *out)
{
	for (int verdict = (int)diagnosis_verdict(diagnosis, ino); verdict >= 0; verdict--) {
		for (size_t i = 0; i < diagnosis->n_findings; i++) {
			const struct finding *finding = &diagnosis->findings[i];

			if (finding->ino != ino || (int)finding->verdict != verdict)
				continue;
			if (finding->verdict != VERDICT_OK)
				finding_print(finding, out);
			for (size_t k = finding->first; k < finding->first + finding->n; k++) {
				reason_print(diagnosis, &diagnosis->reasons[k], out);
				fputc('\n', out);
			}
		}
	}
}

void diagnosis_print(const struct diagnosis *diagnosis, uint64_t ino, FILE *out)
{
	const enum verdict worst = diagnosis_verdict(diagnosis, ino);

	fprintf(out, "%s\n", verdicts[worst].word);
	if (worst == VERDICT_OK)
		fprintf(out, "%s\n", verdicts[VERDICT_OK].meaning);
	diagnosis_print_locks(diagnosis, ino, out);
}
