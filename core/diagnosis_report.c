/* SPDX-License-Identifier: MIT */
/* Findings that need attention. */
#include "core/diagnosis_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* A wait of so long (ns) is told, even where somebody could end it. */
#define LONG INT64_C(10000000000)

static bool waits_long(const struct diagnosis *diagnosis, const struct finding *finding)
{
	for (size_t i = finding->first; i < finding->first + finding->n; i++) {
		const struct reason *reason = &diagnosis->reasons[i];

		if (reason->kind == REASON_SLEEPS && !reason->waiter->timed &&
		    diagnosis->now - reason->waiter->since > LONG)
			return true;
	}
	return false;
}

int report_make(const struct diagnosis *diagnosis, struct report *ret)
{
	*ret = (struct report){.items = calloc(diagnosis->n_findings + 1, sizeof(*ret->items))};
	if (!ret->items)
		return -ENOMEM;
	for (int verdict = VERDICT_BROKEN; verdict >= VERDICT_WAITING; verdict--) {
		for (size_t i = 0; i < diagnosis->n_findings; i++) {
			const struct finding *finding = &diagnosis->findings[i];

			if ((int)finding->verdict == verdict &&
			    (verdict > VERDICT_WAITING || waits_long(diagnosis, finding)))
				ret->items[ret->n++] = finding;
		}
		if (verdict > VERDICT_WAITING)
			ret->n_findings = ret->n;
	}
	return 0;
}

void report_deinit(struct report *report)
{
	free(report->items);
	*report = (struct report){0};
}

const struct reason *finding_reason(const struct diagnosis *diagnosis,
				    const struct finding *finding, enum reason_kind kind)
{
	for (size_t i = finding->first; i < finding->first + finding->n; i++)
		if (diagnosis->reasons[i].kind == kind)
			return &diagnosis->reasons[i];
	return NULL;
}

void finding_print_name(const struct finding *finding, FILE *out)
{
	const struct diagnosis_object *object = finding->object;

	if (object && object->name)
		text_escape(object->name, strlen(object->name), out);
	else
		fprintf(out, "%s%" PRIu64, object ? "unlinked/" : "object ", finding->ino);
}

/* Names that a shell would take for something else are $'…', in which text.h's escapes hold. */
static void print_shell_word(const char *word, FILE *out)
{
	const size_t plain = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789._-+,@%=/");

	if (!word[plain] && word[0] != '-') {
		fputs(word, out);
		return;
	}
	fputs("$'", out);
	for (const char *at = word; *at;) {
		const size_t size = strcspn(at, "'");

		text_escape(at, size, out);
		at += size;
		if (*at) {
			fputs("\\'", out);
			at++;
		}
	}
	fputc('\'', out);
}

void diagnosis_print_folder(const struct diagnosis *diagnosis, FILE *out)
{
	if (!diagnosis->folder)
		return;
	fputs("--shm ", out);
	print_shell_word(diagnosis->folder, out);
	fputc(' ', out);
}

void finding_print_target(const struct finding *finding, FILE *out)
{
	const struct diagnosis_object *object = finding->object;
	const bool named = object && object->name;

	if (named)
		print_shell_word(object->name, out);
	else
		finding_print_name(finding, out);
	if (named && strncmp(object->name, "sem.", 4) == 0 && finding->offset == 0)
		return;
	fputc(':', out);
	if (finding->lock && finding->lock->field)
		print_shell_word(finding->lock->field, out);
	else
		fprintf(out, "@%" PRIu64, finding->offset);
}
