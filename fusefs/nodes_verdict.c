/* SPDX-License-Identifier: MIT */
/* Verdicts, as files. */
#include "fusefs/nodes_verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/json.h"
#include "core/text.h"
#include "core/text_stream.h"
#include "fusefs/scanner.h"

/* A wait of so long (ns) is told, even where somebody could end it. */
#define LONG INT64_C(10000000000)

static const struct diagnosis *diagnosis_of(const struct subject *subject)
{
	return &subject->scan->verdicts.diagnosis;
}

int render_verdict(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	diagnosis_print(diagnosis_of(subject), subject->object.id.ino, out);
	return 0;
}

/* As MNT calls it; a nameless one by its path in .pshmfs. */
static void print_path(const struct finding *finding, FILE *out)
{
	const struct diagnosis_object *object = finding->object;

	if (object && object->name)
		text_escape(object->name, strlen(object->name), out);
	else
		fprintf(out, UNLINKED_PATH "%" PRIu64, finding->ino);
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

int render_stuck(struct subject *subject, const void *arg, FILE *out)
{
	const struct diagnosis *diagnosis = diagnosis_of(subject);

	(void)arg;
	for (int verdict = VERDICT_BROKEN; verdict > VERDICT_WAITING; verdict--)
		for (size_t i = 0; i < diagnosis->n_findings; i++)
			if ((int)diagnosis->findings[i].verdict == verdict &&
			    stands_for_object(diagnosis, &diagnosis->findings[i]))
				print_line(diagnosis, &diagnosis->findings[i], out);
	for (size_t i = 0; i < diagnosis->n_findings; i++)
		if (diagnosis->findings[i].verdict == VERDICT_WAITING &&
		    waits_long(diagnosis, &diagnosis->findings[i]))
			print_line(diagnosis, &diagnosis->findings[i], out);
	return 0;
}

int render_graph(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	return verdicts_dot(&subject->scan->verdicts, out);
}

/* Its lines but the first one, which is the word. */
static int add_lines(struct json_object *object, char *text)
{
	struct json_object *lines = json_object_new_array();
	int r = json_add(object, "reasons", lines);
	char *line = strchr(text, '\n');

	for (line = line ? line + 1 : text; r == 0 && *line;) {
		char *end = strchr(line, '\n');
		const size_t length = end ? (size_t)(end - line) : strlen(line);

		r = json_append(lines, json_bytes(line, length));
		line += length + (end != NULL);
	}
	return r;
}

int verdict_add_json(struct json_object *top, struct subject *subject)
{
	const uint64_t ino = subject->object.id.ino;
	struct json_object *object = json_object_new_object();
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out;
	int r = json_add(top, "verdict", object);

	if (r < 0)
		return r;
	r = json_add_text(object, "word",
			  verdict_word(diagnosis_verdict(diagnosis_of(subject), ino)));
	out = r == 0 ? open_memstream(&text, &size) : NULL;
	if (!out)
		return r < 0 ? r : -ENOMEM;
	diagnosis_print(diagnosis_of(subject), ino, out);
	if (fclose(out) != 0)
		return -ENOMEM;
	return add_lines(object, text);
}
