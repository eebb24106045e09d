/* SPDX-License-Identifier: MIT */
/* One look at all processes: the walk of /proc and what it adds up to. */
#include "core/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/process_scan.h"
#include "core/process_since.h"

static bool is_excepted(const struct snapshot_question *question, pid_t pid)
{
	for (size_t i = 0; i < question->n_except; i++)
		if (question->except[i] == pid)
			return true;
	return false;
}

static int scan_all(struct scan *scan, const struct numbers *pids)
{
	struct snapshot *ret = scan->ret;
	int r = 0;

	for (size_t i = 0; !r && i < pids->n; i++) {
		if (is_excepted(scan->question, pids->items[i]))
			continue;
		if (scan_late(scan)) {
			ret->n_unfinished = pids->n - i;
			break;
		}
		r = scan_process(scan, pids->items[i]);
		ret->n_scanned++;
	}
	return r;
}

static int add_denied(struct snapshot *snapshot, uid_t uid)
{
	size_t i = 0;
	int r;

	while (i < snapshot->n_denied && snapshot->denied[i].uid != uid)
		i++;
	if (i < snapshot->n_denied) {
		snapshot->denied[i].n++;
		return 0;
	}
	r = array_grow(&snapshot->denied, snapshot->n_denied, sizeof(*snapshot->denied));
	if (r < 0)
		return r;
	snapshot->denied[snapshot->n_denied++] = (struct denied){.uid = uid, .n = 1};
	return 0;
}

static int compare_denied(const void *a, const void *b)
{
	const struct denied *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* What came too late is unfinished; all other errors are walls. */
static int count_errors(struct snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->n_processes; i++) {
		const struct process *process = &snapshot->processes[i];

		if (process->error == -ETIMEDOUT)
			snapshot->n_unfinished++;
		else if (process->error)
			r = add_denied(snapshot, process->uid);
	}
	if (snapshot->n_denied)
		qsort(snapshot->denied, snapshot->n_denied, sizeof(*snapshot->denied),
		      compare_denied);
	return r;
}

static int take(struct scan *scan, struct snapshot *ret)
{
	const struct snapshot_question *question = scan->question;
	struct numbers pids = {0};
	int r = numbers_read(question->procfd, ".", &pids);

	if (!r && question->flags & SNAPSHOT_FDS)
		r = mounts_init(question->procfd, question->dev, question->mount,
				question->flags & SNAPSHOT_FDS_TABLES, &scan->mounts);
	clocks_init(question->procfd, &scan->clocks);
	if (!r)
		r = scan_all(scan, &pids);
	if (!r)
		r = count_errors(ret);
	numbers_deinit(&pids);
	numbers_deinit(&scan->tids);
	ret->n_unplaced = scan->fds.n_unplaced;
	fds_deinit(&scan->fds);
	mounts_deinit(&scan->mounts);
	clocks_deinit(&scan->clocks);
	return r;
}

int snapshot_take(const struct snapshot_question *question, struct since_table *since,
		  struct snapshot *ret)
{
	struct scan scan = {
		.question = question,
		.since = since,
		.ret = ret,
		.maps = MAPS_NONE,
		.fds = FDS_NONE,
	};
	int r;

	*ret = (struct snapshot){.begun = scan_clock(CLOCK_MONOTONIC)};
	r = take(&scan, ret);
	ret->ended = scan_clock(CLOCK_MONOTONIC);
	if (since)
		since_sweep(since, ret->begun, !r && !question->ino && !ret->n_unfinished);
	if (r < 0)
		snapshot_deinit(ret);
	return r;
}

void snapshot_deinit(struct snapshot *snapshot)
{
	free(snapshot->processes);
	free(snapshot->holders);
	free(snapshot->waiters);
	free(snapshot->threads);
	free(snapshot->denied);
	*snapshot = (struct snapshot){0};
}
