/* SPDX-License-Identifier: MIT */
/* Findings with their reasons and what can be done about them. */
#include "progs/stuck_output.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/cleanup.h"
#include "core/holders.h"
#include "core/text.h"
#include "core/unlinked.h"
#include "core/verdict_json.h"

/* "sem.jobs: ", or for one without a name what it may have been called. */
static void print_heading(const struct stuck *stuck, const struct finding *finding, FILE *out)
{
	_cleanup_free_ char *label = NULL;

	finding_print_name(finding, out);
	if (finding->object && !finding->object->name &&
	    unlinked_label(stuck->folder.procfd, &stuck->verdicts.after, finding->ino, &label) ==
		    0) {
		fputs(", which was \"", out);
		text_escape(label, strlen(label), out);
		fputc('"', out);
	}
	fputs(": ", out);
	finding_print(finding, out);
}

void stuck_print_finding(const struct stuck *stuck, const struct finding *finding, FILE *out)
{
	const struct diagnosis *diagnosis = &stuck->verdicts.diagnosis;
	const char *label = "  why  ";

	print_heading(stuck, finding, out);
	for (size_t i = finding->first; i < finding->first + finding->n; i++) {
		fputs(label, out);
		reason_print(diagnosis, &diagnosis->reasons[i], out);
		fputc('\n', out);
		label = "       ";
	}
}

static int print_advice(const struct stuck *stuck, const struct finding *finding)
{
	_cleanup_free_ char *text = NULL;
	const char *label = "  do   ";
	size_t size;
	FILE *lines = open_memstream(&text, &size);

	if (!lines)
		return -ENOMEM;
	finding_advise(&stuck->verdicts.diagnosis, finding, lines);
	if (fclose(lines) != 0)
		return -ENOMEM;
	for (const char *line = text; line && *line; line += strcspn(line, "\n") + 1) {
		fputs(label, stdout);
		fwrite(line, 1, strcspn(line, "\n"), stdout);
		putchar('\n');
		label = "       ";
	}
	return 0;
}

static int print_block(const struct stuck *stuck, const struct finding *finding)
{
	int r;

	stuck_print_finding(stuck, finding, stdout);
	r = print_advice(stuck, finding);
	putchar('\n');
	return r;
}

/* "1 stuck, 2 alone; " */
static void print_words(const struct report *report)
{
	for (enum verdict verdict = VERDICT_BROKEN; verdict > VERDICT_WAITING; verdict--) {
		size_t n = 0;

		for (size_t i = 0; i < report->n_findings; i++)
			n += report->items[i]->verdict == verdict;
		if (n > 0)
			printf("%zu %s, ", n, verdict_word(verdict));
	}
}

static void print_count(const struct stuck *stuck)
{
	if (stuck->report.n_findings == 0)
		fputs("nothing is stuck: ", stdout);
	else
		print_words(&stuck->report);
	printf("%zu object%s, %zu thread%s\n", stuck->objects, stuck->objects == 1 ? "" : "s",
	       stuck->threads, stuck->threads == 1 ? " waits" : "s wait");
}

int stuck_print(const struct stuck *stuck)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < stuck->report.n; i++)
		r = print_block(stuck, stuck->report.items[i]);
	if (r == 0)
		print_count(stuck);
	return r;
}

static int add_findings(const struct stuck *stuck, struct json_object *top, const char *key,
			size_t begin, size_t end)
{
	struct json_object *array = json_object_new_array(), *one;
	int r = json_add(top, key, array);

	for (size_t i = begin; r == 0 && i < end; i++) {
		r = finding_json(&stuck->verdicts.diagnosis, stuck->report.items[i], &one);
		if (r == 0)
			r = json_append(array, one);
	}
	return r;
}

int stuck_print_json(const struct stuck *stuck)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	const struct report *report = &stuck->report;
	struct json_object *unseen;
	int r = top ? add_findings(stuck, top, "findings", 0, report->n_findings) : -ENOMEM;

	if (r == 0)
		r = add_findings(stuck, top, "waits", report->n_findings, report->n);
	if (r == 0)
		r = json_add(top, "objects", json_object_new_uint64(stuck->objects));
	if (r == 0)
		r = json_add(top, "threads", json_object_new_uint64(stuck->threads));
	if (r == 0)
		r = unseen_json(&stuck->verdicts.after, &unseen);
	if (r == 0)
		r = json_add(top, "unseen", unseen);
	return r == 0 ? json_write(top, stdout) : r;
}

static void format_time(const char *format, char ret[32])
{
	const time_t now = time(NULL);
	struct tm tm;

	ret[0] = '\0';
	if (localtime_r(&now, &tm))
		strftime(ret, 32, format, &tm);
}

int stuck_print_one(const struct stuck *stuck, const struct finding *finding)
{
	char text[32];

	format_time("%H:%M:%S", text);
	printf("%s ", text);
	return print_block(stuck, finding);
}

int stuck_print_one_json(const struct stuck *stuck, const struct finding *finding)
{
	_cleanup_json_ struct json_object *object = NULL;
	char text[32];
	int r = finding_json(&stuck->verdicts.diagnosis, finding, &object);

	format_time("%Y-%m-%dT%H:%M:%S%z", text);
	if (r == 0)
		r = json_add_text(object, "time", text);
	return r == 0 ? json_write(object, stdout) : r;
}
