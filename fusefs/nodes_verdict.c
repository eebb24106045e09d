/* SPDX-License-Identifier: MIT */
/* Verdicts, as files. */
#include "fusefs/nodes_verdict.h"

#include <inttypes.h>

#include "core/diagnosis_report.h"
#include "core/verdict_json.h"
#include "core/verdict_unseen.h"
#include "fusefs/scanner.h"

static const struct diagnosis *diagnosis_of(const struct subject *subject)
{
	return &subject->scan->looks.verdicts.diagnosis;
}

int render_verdict(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	verdict_print(&subject->scan->looks.verdicts, &subject->object, out);
	return 0;
}

/* As MNT calls it; a nameless one by its path in .pshmfs. */
static void print_path(const struct finding *finding, FILE *out)
{
	if (finding->object && !finding->object->name)
		fprintf(out, UNLINKED_PATH "%" PRIu64, finding->ino);
	else
		finding_print_name(finding, out);
}

/* Is this the finding by which its object is known: the first of its worst? */
static bool stands_for_object(const struct diagnosis *diagnosis, const struct finding *finding)
{
	const enum verdict worst = diagnosis_verdict(diagnosis, finding->ino);

	for (const struct finding *f = diagnosis->findings; f < finding; f++)
		if (f->ino == finding->ino && f->verdict == worst)
			return false;
	return finding->verdict == worst;
}

static void print_reasons(const struct diagnosis *diagnosis, const struct finding *finding,
			  FILE *out)
{
	const char *separator = "\t";

	for (size_t i = finding->first; i < finding->first + finding->n; i++) {
		fputs(separator, out);
		reason_print(diagnosis, &diagnosis->reasons[i], out);
		separator = "; ";
	}
	fputc('\n', out);
}

static void print_line(const struct diagnosis *diagnosis, const struct finding *finding, FILE *out)
{
	print_path(finding, out);
	fprintf(out, "\t%s\t", verdict_word(finding->verdict));
	finding_print_place(finding, out);
	print_reasons(diagnosis, finding, out);
}

int render_stuck(struct subject *subject, const void *arg, FILE *out)
{
	const struct diagnosis *diagnosis = diagnosis_of(subject);
	struct report report;
	int r;

	(void)arg;
	r = report_make(diagnosis, &report);
	for (size_t i = 0; i < report.n; i++)
		if (i >= report.n_findings || stands_for_object(diagnosis, report.items[i]))
			print_line(diagnosis, report.items[i], out);
	report_deinit(&report);
	return r;
}

int render_graph(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	return verdicts_dot(&subject->scan->looks.verdicts, out);
}

int verdict_add_json(struct json_object *top, struct subject *subject)
{
	struct json_object *object = NULL;
	int r = verdict_json(&subject->scan->looks.verdicts, &subject->object, &object);

	return r == 0 ? json_add(top, "verdict", object) : r;
}
