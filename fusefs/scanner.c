/* SPDX-License-Identifier: MIT */
/* The thread that looks, and those that answer. */
#include "fusefs/scanner.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "fusefs/rights.h"
#include "fusefs/thread.h"
#include "fusefs/viewer_looks.h"

#define MS INT64_C(1000000)

/* No process is begun after so long; who asks is told after twice that. */
#define DEADLINE (2000 * MS)

/* An answer may be a table of 10,000 threads: so many are made at a time. */
#define ANSWERING 4

struct scanner {
	struct verdict_question question;
	int64_t max_age;
	pthread_t looking, answering[ANSWERING];
	size_t n_answering;
	pthread_mutex_t lock; /* guards the rest, and the looks of all viewers */
	pthread_cond_t changed;
	bool ending, has_ended;
	struct asker *askers;  /* oldest first */
	struct viewer *wanted; /* for him the looking thread is to look at wanted_ino … */
	uint64_t wanted_ino;
	bool wanted_judge;
	int64_t busy; /* … and does it since then; 0: not */
	int64_t late; /* the one, by that, for which somebody has waited in vain */
};

static int64_t now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

/* With his rights, so that he is told what he could see himself. */
static int look_for(const struct scanner *scanner, const struct viewer *viewer, uint64_t ino,
		    bool judge, struct scan **ret)
{
	struct verdict_question question = scanner->question;
	_cleanup_rights_ struct rights rights;
	int r = rights_enter(viewer->who, &rights);

	if (r < 0)
		return r;
	question.look.ino = ino;
	question.look.deadline = now() + DEADLINE;
	question.look.threads = 2;
	question.found = viewer->found;
	question.vanished = viewer->looks.vanished;
	return scan_take(&question, viewer->looks.since, judge, ret);
}

/* The lock is held, but not while it looks. */
static void look(struct scanner *scanner)
{
	struct viewer *viewer = scanner->wanted;
	const uint64_t ino = scanner->wanted_ino;
	const bool judge = scanner->wanted_judge;
	struct scan *scan = NULL;
	int r;

	scanner->wanted = NULL;
	scanner->busy = now();
	pthread_mutex_unlock(&scanner->lock);
	r = look_for(scanner, viewer, ino, judge, &scan);
	pthread_mutex_lock(&scanner->lock);
	scanner->busy = 0;
	viewer->looks.error = r;
	if (scan)
		viewer_keep(viewer, scan);
	viewer_put(viewer);
	pthread_cond_broadcast(&scanner->changed);
}

static void *look_on(void *data)
{
	struct scanner *scanner = data;

	pthread_mutex_lock(&scanner->lock);
	while (!scanner->ending) {
		if (scanner->wanted)
			look(scanner);
		else
			pthread_cond_wait(&scanner->changed, &scanner->lock);
	}
	viewer_put(scanner->wanted);
	scanner->has_ended = true;
	pthread_cond_broadcast(&scanner->changed);
	pthread_mutex_unlock(&scanner->lock);
	return NULL;
}

struct scan *scanner_fresh(struct scanner *scanner, struct viewer *viewer, uint64_t ino, bool judge)
{
	struct scan *scan;

	pthread_mutex_lock(&scanner->lock);
	scan = viewer_fresh(viewer, scanner->max_age, ino, judge, now());
	pthread_mutex_unlock(&scanner->lock);
	return scan;
}

/* The lock is held. Of several objects, or of one after another, all are looked at together. */
static uint64_t choose_scope(struct scanner *scanner)
{
	const uint64_t ino = scanner->askers->ino;
	struct viewer *viewer = scanner->askers->viewer;

	for (const struct asker *a = scanner->askers; a; a = a->next)
		if (a->viewer == viewer && a->ino != ino)
			return 0;
	return viewer_scope(viewer, ino, now());
}

/* The lock is held. If he wants them once, all that he asks can do with that look. */
static bool wants_verdicts(const struct scanner *scanner)
{
	for (const struct asker *a = scanner->askers; a; a = a->next)
		if (a->viewer == scanner->askers->viewer && a->judge)
			return true;
	return false;
}

/* The lock is held; it is given back while they are told. */
static void answer(struct scanner *scanner, struct asker *asker, struct scan *scan, int error)
{
	asker->queued = false;
	pthread_mutex_unlock(&scanner->lock);
	asker->done(asker, scan, error);
	pthread_mutex_lock(&scanner->lock);
}

/* The lock is held. Who can be answered, is; true: somebody was. */
static bool answer_one(struct scanner *scanner)
{
	for (struct asker **link = &scanner->askers; *link; link = &(*link)->next) {
		struct asker *asker = *link;
		struct scan *scan = viewer_fresh(asker->viewer, scanner->max_age, asker->ino,
						 asker->judge, asker->asked);
		int error = scan ? 1 : asker->viewer->looks.error;

		if (!error && now() >= asker->until) {
			error = -ETIMEDOUT;
			scanner->late = scanner->busy;
		}
		if (!error && !scanner->ending)
			continue;
		*link = asker->next;
		answer(scanner, asker, scan, scan ? 0 : error ? error : -ECONNABORTED);
		return true;
	}
	return false;
}

/* The lock is held. Until something changes, or the first who asks must be told. */
static void rest(struct scanner *scanner)
{
	const int64_t until = scanner->askers ? scanner->askers->until : 0;
	const struct timespec t = {.tv_sec = until / (1000 * MS), .tv_nsec = until % (1000 * MS)};

	if (until)
		pthread_cond_timedwait(&scanner->changed, &scanner->lock, &t);
	else
		pthread_cond_wait(&scanner->changed, &scanner->lock);
}

/* The lock is held. Who has waited longest is looked for, together with all that he asks. */
static void want(struct scanner *scanner)
{
	struct viewer *viewer = scanner->askers->viewer;

	scanner->wanted_ino = choose_scope(scanner);
	scanner->wanted_judge = wants_verdicts(scanner);
	viewer_get(viewer);
	scanner->wanted = viewer;
	viewer->looks.error = 0;
	pthread_cond_broadcast(&scanner->changed);
}

static void *answer_on(void *data)
{
	struct scanner *scanner = data;

	pthread_mutex_lock(&scanner->lock);
	while (!scanner->ending || scanner->askers) {
		if (answer_one(scanner))
			continue;
		if (scanner->askers && !scanner->busy && !scanner->wanted)
			want(scanner);
		rest(scanner);
	}
	pthread_mutex_unlock(&scanner->lock);
	return NULL;
}

/* The lock is held. The looking thread does not come back. */
static bool hangs(const struct scanner *scanner)
{
	return scanner->busy &&
	       (scanner->busy == scanner->late || now() - scanner->busy >= 2 * DEADLINE);
}

/* The lock is held. Does he ask already? */
static bool asks(const struct scanner *scanner, const struct viewer *viewer)
{
	for (const struct asker *a = scanner->askers; a; a = a->next)
		if (a->viewer == viewer)
			return true;
	return false;
}

bool scanner_ask(struct scanner *scanner, struct viewer *viewer, uint64_t ino, struct asker *asker)
{
	struct asker **last = &scanner->askers;
	bool asked;

	pthread_mutex_lock(&scanner->lock);
	asked = !asker->withdrawn;
	if (asked) {
		if (!asks(scanner, viewer))
			viewer->looks.error = 0; /* of a look that others were told of */
		asker->viewer = viewer;
		asker->ino = ino;
		asker->next = NULL;
		asker->asked = now();
		asker->until = asker->asked + (hangs(scanner) ? 0 : 2 * DEADLINE);
		asker->queued = true;
		while (*last)
			last = &(*last)->next;
		*last = asker;
		pthread_cond_broadcast(&scanner->changed);
	}
	pthread_mutex_unlock(&scanner->lock);
	return asked;
}

bool scanner_withdraw(struct scanner *scanner, struct asker *asker)
{
	bool queued;

	pthread_mutex_lock(&scanner->lock);
	queued = asker->queued;
	asker->withdrawn = true;
	for (struct asker **link = &scanner->askers; queued; link = &(*link)->next) {
		if (*link == asker) {
			*link = asker->next;
			break;
		}
	}
	asker->queued = false;
	pthread_mutex_unlock(&scanner->lock);
	return queued;
}

bool scanner_report(struct scanner *scanner, const struct viewer *viewer,
		    struct scanner_report *ret)
{
	struct scan *const *latest = viewer->looks.latest;
	const struct snapshot *snapshot;
	const struct scan *scan;

	*ret = (struct scanner_report){0};
	pthread_mutex_lock(&scanner->lock);
	ret->hangs = hangs(scanner);
	scan = latest[0];
	if (!scan || (latest[2] && latest[2]->looks.snapshot->begun > scan->looks.snapshot->begun))
		scan = latest[2];
	if (!scan) {
		pthread_mutex_unlock(&scanner->lock);
		return false;
	}
	snapshot = scan->looks.snapshot;
	ret->age = now() - snapshot->begun;
	ret->took = snapshot->ended - snapshot->begun;
	ret->processes = snapshot->n_scanned;
	for (size_t i = 0; i < snapshot->n_denied; i++)
		ret->denied += snapshot->denied[i].n;
	ret->unfinished = snapshot_unfinished(snapshot, 0);
	ret->unplaced = snapshot->n_unplaced;
	ret->hides = snapshot->hides;
	for (size_t i = 0; i < snapshot->n_processes; i++)
		ret->words_hidden += snapshot->processes[i].words_hidden;
	pthread_mutex_unlock(&scanner->lock);
	return true;
}

static int start(struct scanner *scanner)
{
	int r = thread_start(&scanner->looking, look_on, scanner);

	if (r < 0)
		return r;
	while (r == 0 && scanner->n_answering < ANSWERING) {
		r = thread_start(&scanner->answering[scanner->n_answering], answer_on, scanner);
		scanner->n_answering += r == 0;
	}
	/* One is enough. */
	if (scanner->n_answering > 0)
		return 0;
	pthread_mutex_lock(&scanner->lock);
	scanner->ending = true;
	pthread_cond_broadcast(&scanner->changed);
	pthread_mutex_unlock(&scanner->lock);
	pthread_join(scanner->looking, NULL);
	return r;
}

static void scanner_free(struct scanner *scanner)
{
	pthread_cond_destroy(&scanner->changed);
	pthread_mutex_destroy(&scanner->lock);
	free(scanner);
}

int scanner_create(const struct verdict_question *question, unsigned max_age_ms,
		   struct scanner **ret)
{
	struct scanner *scanner = calloc(1, sizeof(*scanner));
	int r;

	if (!scanner)
		return -ENOMEM;
	scanner->question = *question;
	scanner->max_age = max_age_ms * MS;
	pthread_mutex_init(&scanner->lock, NULL);
	thread_condition_init(&scanner->changed);
	r = start(scanner);
	if (r < 0)
		scanner_free(scanner);
	else
		*ret = scanner;
	return r;
}

/* A read of procfs that hangs cannot be ended: then the program ends with it. */
bool scanner_destroy(struct scanner *scanner)
{
	struct timespec until;
	bool ended;

	if (!scanner)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 8; /* a look that does not hang ends a moment after DEADLINE */
	pthread_mutex_lock(&scanner->lock);
	scanner->ending = true;
	pthread_cond_broadcast(&scanner->changed);
	while (!scanner->has_ended &&
	       pthread_cond_timedwait(&scanner->changed, &scanner->lock, &until) == 0)
		;
	ended = scanner->has_ended;
	pthread_mutex_unlock(&scanner->lock);
	for (size_t i = 0; i < scanner->n_answering; i++)
		pthread_join(scanner->answering[i], NULL);
	if (ended) {
		pthread_join(scanner->looking, NULL);
		scanner_free(scanner);
	}
	return ended;
}
