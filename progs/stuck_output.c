/* SPDX-License-Identifier: MIT */
/* Findings with their reasons and what can be done about them. */
#include "progs/stuck_output.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/cleanup.h"
#include "core/holders.h"
#include "core/text.h"
#include "core/text_stream.h"
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
	FILE *lines = text_open(&text, &size);

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

/* "1 stuck, 2 alone, " */
static void print_words(const struct stuck *const *stucks, size_t n)
{
	bool any = false, hides = false;

	for (enum verdict verdict = VERDICT_BROKEN; verdict > VERDICT_WAITING; verdict--) {
		size_t count = 0;

		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < stucks[i]->report.n_findings; k++)
				count += stucks[i]->report.items[k]->verdict == verdict;
		if (count > 0)
			printf("%zu %s, ", count, verdict_word(verdict));
		any = any || count > 0;
	}
	for (size_t i = 0; i < n; i++)
		hides = hides || stucks[i]->verdicts.after.hides;
	if (!any)
		fputs(hides ? "nothing is seen to be stuck: " : "nothing is stuck: ", stdout);
}

static void print_count(const struct stuck *const *stucks, size_t n, bool all)
{
	size_t objects = 0, threads = 0;

	for (size_t i = 0; i < n; i++) {
		objects += stucks[i]->objects;
		threads += stucks[i]->threads;
	}
	print_words(stucks, n);
	if (all)
		printf("%zu /dev/shm, ", n);
	printf("%zu object%s, %zu thread%s\n", objects, objects == 1 ? "" : "s", threads,
	       threads == 1 ? " waits" : "s wait");
}

static int print_blocks(const struct stuck *stuck)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < stuck->report.n; i++)
		r = print_block(stuck, stuck->report.items[i]);
	return r;
}

int stuck_print(const struct stuck *stuck)
{
	int r = print_blocks(stuck);

	if (r == 0)
		print_count(&stuck, 1, false);
	return r;
}

/* "/dev/shm of 4711(1) nginx:", where there is something to say. */
static int print_whose(const struct stuck *stuck)
{
	_cleanup_free_ char *whose = NULL;
	int r = all_folders_name(stuck->found, &whose);

	if (r == 0)
		printf("/dev/shm of %s:\n", whose);
	return r;
}

int stuck_print_all(const struct stuck *const *stucks, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (stucks[i]->report.n > 0)
			r = print_whose(stucks[i]);
		if (r == 0)
			r = print_blocks(stucks[i]);
	}
	if (r == 0)
		print_count(stucks, n, true);
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

static int add_all(const struct stuck *stuck, struct json_object *top)
{
	const struct report *report = &stuck->report;
	struct json_object *unseen;
	int r = add_findings(stuck, top, "findings", 0, report->n_findings);

	if (r == 0)
		r = add_findings(stuck, top, "waits", report->n_findings, report->n);
	if (r == 0)
		r = json_add(top, "objects", json_object_new_uint64(stuck->objects));
	if (r == 0)
		r = json_add(top, "threads", json_object_new_uint64(stuck->threads));
	if (r == 0)
		r = unseen_json(&stuck->verdicts.after, 0, &unseen);
	return r == 0 ? json_add(top, "unseen", unseen) : r;
}

int stuck_print_json(const struct stuck *stuck)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	int r = top ? add_all(stuck, top) : -ENOMEM;

	return r == 0 ? json_write(top, stdout) : r;
}

static int add_folder(const struct stuck *stuck, struct json_object *rows)
{
	struct json_object *row;
	int r = all_folders_json(stuck->found, &row);

	if (r == 0)
		r = json_append(rows, row);
	return r == 0 ? add_all(stuck, row) : r;
}

int stuck_print_all_json(const struct stuck *const *stucks, size_t n,
			 const struct shm_folders *folders)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	struct json_object *rows = json_object_new_array(), *unseen;
	int r = top ? json_add(top, "folders", rows) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_folder(stucks[i], rows);
	if (r == 0)
		r = all_folders_unseen_json(folders, &unseen);
	if (r == 0)
		r = json_add(top, "unseen_folders", unseen);
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
	_cleanup_free_ char *whose = NULL;
	char text[32];

	if (stuck->found && all_folders_name(stuck->found, &whose) < 0)
		return -ENOMEM;
	format_time("%H:%M:%S", text);
	printf("%s %s%s", text, whose ? whose : "", whose ? ": " : "");
	return print_block(stuck, finding);
}

int stuck_print_one_json(const struct stuck *stuck, const struct finding *finding)
{
	_cleanup_json_ struct json_object *object = NULL;
	struct json_object *folder = NULL;
	char text[32];
	int r = finding_json(&stuck->verdicts.diagnosis, finding, &object);

	format_time("%Y-%m-%dT%H:%M:%S%z", text);
	if (r == 0)
		r = json_add_text(object, "time", text);
	if (r == 0 && stuck->found)
		r = all_folders_json(stuck->found, &folder);
	if (r == 0 && folder)
		r = json_add(object, "folder", folder);
	return r == 0 ? json_write(object, stdout) : r;
}
