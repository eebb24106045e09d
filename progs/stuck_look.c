/* SPDX-License-Identifier: MIT */
/* From a folder and names to the findings that are about them. */
#include "progs/stuck_look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/object.h"
#include "progs/cli.h"
#include "progs/ls_names.h"
#include "progs/shared_object.h"

#define NAMELESS "unlinked/"

static int make_tables(struct stuck *stuck)
{
	int r = since_table_new(&stuck->since);

	return r == 0 ? vanished_table_new(&stuck->vanished) : r;
}

int stuck_open(const char *path, const char *const *asked, struct stuck *ret)
{
	int r;

	*ret = (struct stuck){.asked = asked};
	r = folder_open(path, &ret->folder);
	return r == 0 ? make_tables(ret) : r;
}

int stuck_open_found(const struct shm_folder *found, const char *const *asked, struct stuck *ret)
{
	int r;

	*ret = (struct stuck){.asked = asked, .found = found};
	r = all_folders_open(found, &ret->folder);
	return r == 0 ? make_tables(ret) : r;
}

static void forget_look(struct stuck *stuck)
{
	report_deinit(&stuck->report);
	verdicts_deinit(&stuck->verdicts);
	free(stuck->inos);
	stuck->inos = NULL;
	stuck->n_inos = 0;
	stuck->objects = stuck->threads = 0;
	stuck->trouble = false;
}

void stuck_close(struct stuck *stuck)
{
	forget_look(stuck);
	since_table_free(stuck->since);
	vanished_table_free(stuck->vanished);
	folder_close(&stuck->folder);
}

uint64_t stuck_nameless(const char *argument, const char **ret_end)
{
	const char *at = argument;
	char *end;
	uint64_t ino;

	if (strncmp(at, ".pshmfs/", 8) == 0)
		at += 8;
	if (strncmp(at, NAMELESS, strlen(NAMELESS)) != 0)
		return 0;
	at += strlen(NAMELESS);
	if (*at < '0' || *at > '9')
		return 0;
	ino = strtoull(at, &end, 10);
	*ret_end = end;
	return ino;
}

static int add_ino(struct stuck *stuck, uint64_t ino)
{
	int r = array_grow(&stuck->inos, stuck->n_inos, sizeof(*stuck->inos));

	if (r == 0)
		stuck->inos[stuck->n_inos++] = ino;
	return r;
}

/* Of what has no name it is seen only later whether it is there. */
static int find_asked(struct stuck *stuck, const char *argument, bool tell)
{
	struct ls_names names = {0};
	struct statx st;
	const char *end;
	const uint64_t nameless = stuck_nameless(argument, &end);
	int r;

	if (nameless && !*end)
		return add_ino(stuck, nameless);
	r = ls_names_add(stuck->folder.dirfd, argument, &names);
	if (r == 0)
		r = object_stat(stuck->folder.dirfd, names.items[0], &st);
	ls_names_deinit(&names);
	if (r == 0)
		return add_ino(stuck, st.stx_ino);
	if (r == -ENOMEM)
		return r;
	if (tell)
		shared_object_error(argument, r);
	stuck->trouble = true;
	return 0;
}

static void forget_ino(struct stuck *stuck, uint64_t ino)
{
	size_t n = 0;

	for (size_t i = 0; i < stuck->n_inos; i++)
		if (stuck->inos[i] != ino)
			stuck->inos[n++] = stuck->inos[i];
	stuck->n_inos = n;
}

/* Those that were asked for without a name, and are not there. */
static void check_nameless(struct stuck *stuck, bool tell)
{
	for (const char *const *asked = stuck->asked; *asked; asked++) {
		const char *end;
		const uint64_t ino = stuck_nameless(*asked, &end);
		const struct diagnosis_object *object = diagnosis_object_find(
			stuck->verdicts.objects, stuck->verdicts.n_objects, ino);

		if (!ino || *end || (object && !object->name))
			continue;
		forget_ino(stuck, ino);
		if (tell)
			cli_error(*asked, -ENOENT);
		stuck->trouble = true;
	}
}

/* A finding about what is elsewhere on the folder's filesystem is nobody's question. */
static bool is_asked(const struct stuck *stuck, uint64_t ino, const char *name)
{
	for (size_t i = 0; i < stuck->n_inos; i++)
		if (stuck->inos[i] == ino)
			return true;
	return !*stuck->asked && (name || folder_is_whole(&stuck->folder));
}

static int make_report(struct stuck *stuck)
{
	struct report *report = &stuck->report;
	int r = report_make(&stuck->verdicts.diagnosis, report);
	size_t n = 0, n_findings = 0;

	for (size_t i = 0; i < report->n; i++) {
		const struct finding *finding = report->items[i];
		const struct diagnosis_object *object = finding->object;

		if (!is_asked(stuck, finding->ino, object ? object->name : NULL))
			continue;
		n_findings += i < report->n_findings;
		report->items[n++] = finding;
	}
	report->n = n;
	report->n_findings = n_findings;
	return r;
}

static int count_entry(const struct dirent *entry, void *data)
{
	*(size_t *)data += entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN;
	return 0;
}

static int count(struct stuck *stuck)
{
	const struct verdicts *verdicts = &stuck->verdicts;
	const struct snapshot *after = &verdicts->after;
	int r = 0;

	stuck->objects = stuck->n_inos;
	if (!*stuck->asked) {
		r = object_list(stuck->folder.dirfd, count_entry, &stuck->objects);
		for (size_t i = 0; i < verdicts->n_objects; i++)
			stuck->objects +=
				!verdicts->objects[i].name && folder_is_whole(&stuck->folder);
	}
	for (size_t i = 0; i < after->n_waiters; i++) {
		const struct waiter *waiter = &after->waiters[i];

		stuck->threads +=
			waiter->place == WAITER_OBJECT && waiter->word == 0 &&
			is_asked(stuck, waiter->ino, names_find(verdicts->names, waiter->ino));
	}
	return r;
}

/* With one object, only the processes that have it need to be looked at closely. */
static int take(struct stuck *stuck)
{
	const struct verdict_question question = {
		.look = folder_question(&stuck->folder, stuck->n_inos == 1 ? stuck->inos[0] : 0, 0),
		.dirfd = stuck->folder.dirfd,
		.vanished = stuck->vanished,
	};
	int r = stuck->folder.procfd < 0 ? stuck->folder.procfd
					 : verdicts_take(&question, stuck->since, &stuck->verdicts);

	if (r < 0)
		folder_say_no_proc(r);
	return r;
}

int stuck_look(struct stuck *stuck, bool tell)
{
	int r = 0;

	forget_look(stuck);
	for (const char *const *asked = stuck->asked; r == 0 && *asked; asked++)
		r = find_asked(stuck, *asked, tell);
	if (r < 0 || (*stuck->asked && stuck->n_inos == 0))
		return r;
	r = take(stuck);
	if (r < 0)
		return r;
	if (strcmp(stuck->folder.path, SHARED_FOLDER) != 0)
		stuck->verdicts.diagnosis.folder = stuck->folder.path;
	check_nameless(stuck, tell);
	r = make_report(stuck);
	return r == 0 ? count(stuck) : r;
}

int stuck_status(const struct stuck *stuck)
{
	enum verdict worst = VERDICT_OK;

	if (stuck->report.n_findings > 0)
		worst = stuck->report.items[0]->verdict;
	if (worst > VERDICT_UNKNOWN)
		return STUCK_FOUND;
	return worst == VERDICT_UNKNOWN || stuck->trouble || stuck->verdicts.after.hides
		       ? STUCK_UNKNOWN
		       : CLI_OK;
}
