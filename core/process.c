/* SPDX-License-Identifier: MIT */
/* One look at all processes: the walk of /proc and what it adds up to. */
#include "core/process.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/clock.h"
#include "core/object.h"
#include "core/process_hides.h"
#include "core/process_scan.h"
#include "core/process_since.h"

static bool is_excepted(const struct snapshot_question *question, pid_t pid)
{
	for (size_t i = 0; i < question->n_except; i++)
		if (__atomic_load_n(&question->except[i], __ATOMIC_ACQUIRE) == pid)
			return true;
	return false;
}

/*
 * The work is shared in parts, so that processes with many threads in a row do not make one thread
 * wait for the other; what the parts hold is then joined in the order of the processes.
 */
#define PART 16

struct work {
	const struct snapshot_question *question;
	struct since_table *since;
	struct numbers pids;
	struct snapshot *parts;
	size_t n_parts;
	atomic_size_t next;
	atomic_int error;
	int64_t begun;
};

static int scan_part(struct scan *scan, const struct numbers *pids, size_t from)
{
	const size_t end = from + PART < pids->n ? from + PART : pids->n;
	int r = 0;

	for (size_t i = from; !r && i < end; i++) {
		if (is_excepted(scan->question, pids->items[i]))
			continue;
		if (clock_over(scan->question->deadline)) {
			scan->ret->n_unfinished += end - i;
			break;
		}
		r = scan_process(scan, pids->items[i]);
		scan->ret->n_scanned++;
	}
	return r;
}

/* What one thread does; the other one has a scan of its own. */
static void *scan_parts(void *data)
{
	struct work *work = data;
	const struct snapshot_question *question = work->question;
	struct scan scan = {
		.question = question, .since = work->since, .maps = MAPS_NONE, .fds = FDS_NONE};
	size_t part;
	int r = 0;

	if (question->flags & SNAPSHOT_FDS)
		r = mounts_init(question->procfd, question->dev, question->mount,
				question->flags & SNAPSHOT_FDS_TABLES, &scan.mounts);
	clocks_init(question->procfd, &scan.clocks);
	while (!r && (part = atomic_fetch_add(&work->next, 1)) < work->n_parts) {
		scan.ret = &work->parts[part];
		scan.ret->begun = work->begun;
		scan.fds.n_unplaced = 0;
		r = scan_part(&scan, &work->pids, part * PART);
		scan.ret->n_unplaced = scan.fds.n_unplaced;
	}
	if (r < 0)
		atomic_store(&work->error, r);
	numbers_deinit(&scan.tids);
	fds_deinit(&scan.fds);
	mounts_deinit(&scan.mounts);
	clocks_deinit(&scan.clocks);
	return NULL;
}

/* The second thread is for many processes; without it the first does all. */
static void share(struct work *work)
{
	pthread_t second;
	bool shared = work->question->threads > 1 && work->n_parts > 1 &&
		      pthread_create(&second, NULL, scan_parts, work) == 0;

	scan_parts(work);
	if (shared)
		pthread_join(second, NULL);
}

/* Appends n items of `from` to the array of *ret_n items; 0 or -ENOMEM. */
static int join(void *items, size_t *ret_n, const void *from, size_t n, size_t size)
{
	void **array = items;
	void *grown;

	if (n == 0)
		return 0;
	grown = reallocarray(*array, *ret_n + n, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	memcpy((char *)grown + *ret_n * size, from, n * size);
	*ret_n += n;
	return 0;
}

#define JOIN(whole, part, items, n)                                                                \
	join(&(whole)->items, &(whole)->n, (part)->items, (part)->n, sizeof(*(part)->items))

/* Indices of processes go on behind those of the parts before. */
static int join_part(struct snapshot *whole, const struct snapshot *part)
{
	const size_t before = whole->n_processes;
	int r = 0;

	for (size_t i = 0; i < part->n_holders; i++)
		part->holders[i].process += before;
	for (size_t i = 0; i < part->n_waiters; i++)
		part->waiters[i].process += before;
	for (size_t i = 0; i < part->n_threads; i++)
		part->threads[i].process += before;
	for (size_t i = 0; i < part->n_children; i++)
		part->children[i].process += before;
	r = JOIN(whole, part, processes, n_processes);
	if (r == 0)
		r = JOIN(whole, part, holders, n_holders);
	if (r == 0)
		r = JOIN(whole, part, waiters, n_waiters);
	if (r == 0)
		r = JOIN(whole, part, threads, n_threads);
	if (r == 0)
		r = JOIN(whole, part, children, n_children);
	whole->n_scanned += part->n_scanned;
	whole->n_unfinished += part->n_unfinished;
	whole->n_unplaced += part->n_unplaced;
	whole->maps_text |= part->maps_text;
	return r;
}

static int scan_all(struct work *work, struct snapshot *ret)
{
	int r;

	work->n_parts = (work->pids.n + PART - 1) / PART;
	work->parts = calloc(work->n_parts + 1, sizeof(*work->parts));
	if (!work->parts)
		return -ENOMEM;
	share(work);
	r = work->error;
	for (size_t i = 0; i < work->n_parts; i++) {
		if (r == 0)
			r = join_part(ret, &work->parts[i]);
		snapshot_deinit(&work->parts[i]);
	}
	free(work->parts);
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

		if (process->cut)
			snapshot->n_cut++;
		else if (process->error == -ETIMEDOUT)
			snapshot->n_unfinished++;
		else if (process->error)
			r = add_denied(snapshot, process->uid);
	}
	if (snapshot->n_denied)
		qsort(snapshot->denied, snapshot->n_denied, sizeof(*snapshot->denied),
		      compare_denied);
	return r;
}

void snapshot_place(struct snapshot_question *question, const struct statx *st)
{
	question->dev = object_device(st->stx_dev_major, st->stx_dev_minor);
	question->mount = st->stx_mask & STATX_MNT_ID ? st->stx_mnt_id : 0;
}

int snapshot_take(const struct snapshot_question *question, struct since_table *since,
		  struct snapshot *ret)
{
	struct work work = {
		.question = question, .since = since, .begun = clock_read(CLOCK_MONOTONIC)};
	int r = numbers_read(question->procfd, ".", &work.pids);

	*ret = (struct snapshot){.begun = work.begun, .hides = process_hides(question->procfd)};
	if (!r)
		r = scan_all(&work, ret);
	if (!r)
		r = count_errors(ret);
	if (!r)
		r = snapshot_index(ret);
	numbers_deinit(&work.pids);
	ret->ended = clock_read(CLOCK_MONOTONIC);
	if (since)
		since_sweep(since, ret->begun,
			    !r && !question->ino && !snapshot_unfinished(ret, 0));
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
	free(snapshot->children);
	free(snapshot->denied);
	free(snapshot->by_object);
	free(snapshot->waiters_by_object);
	*snapshot = (struct snapshot){0};
}
