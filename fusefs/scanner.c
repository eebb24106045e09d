/* SPDX-License-Identifier: MIT */
/* The thread that looks, and the one that answers. */
#include "fusefs/scanner.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "fusefs/thread.h"

#define MS INT64_C(1000000)

/* No process is begun after so long; who asks is told after twice that. */
#define DEADLINE (2000 * MS)

/* Who looks at that many objects within that time will look at more: then all are looked at. */
#define FEW 2
#define LATELY (1000 * MS)

/* One of the latest looks at single objects. */
struct lately {
	uint64_t ino;
	int64_t when;
};

struct scanner {
	struct verdict_question question; /* its `vanished` is the looking thread's, too */
	int64_t max_age;
	struct since_table *since; /* the looking thread's */
	pthread_t looking, answering;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	bool ending, has_ended;
	struct asker *askers; /* oldest first */
	bool wanted;          /* the looking thread is to look at wanted_ino … */
	uint64_t wanted_ino;
	bool wanted_judge;
	int64_t busy;           /* … and does it since then; 0: not */
	int64_t late;           /* the one, by that, for which somebody has waited in vain */
	int error;              /* why the latest look has failed; until the next */
	struct scan *latest[4]; /* looks: at all, at one object; the same with verdicts */
	struct lately lately[FEW];
	unsigned next_lately;
};

static int64_t now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

/* The lock is held. The place for the look takes over the one user that it has. */
static void keep(struct scanner *scanner, struct scan *scan)
{
	struct scan **place = &scanner->latest[(scan->ino != 0) + 2 * scan->looks.judged];

	scan_put(*place);
	*place = scan;
}

static void *look_on(void *data)
{
	struct scanner *scanner = data;

	pthread_mutex_lock(&scanner->lock);
	while (!scanner->ending) {
		const uint64_t ino = scanner->wanted_ino;
		const bool judge = scanner->wanted_judge;
		struct verdict_question question = scanner->question;
		struct scan *scan = NULL;
		int r;

		if (!scanner->wanted) {
			pthread_cond_wait(&scanner->changed, &scanner->lock);
			continue;
		}
		scanner->wanted = false;
		scanner->busy = now();
		pthread_mutex_unlock(&scanner->lock);
		question.look.ino = ino;
		question.look.deadline = now() + DEADLINE;
		question.look.threads = 2;
		r = scan_take(&question, scanner->since, judge, &scan);
		pthread_mutex_lock(&scanner->lock);
		scanner->busy = 0;
		scanner->error = r;
		if (scan)
			keep(scanner, scan);
		pthread_cond_broadcast(&scanner->changed);
	}
	scanner->has_ended = true;
	pthread_cond_broadcast(&scanner->changed);
	pthread_mutex_unlock(&scanner->lock);
	return NULL;
}

/* Young enough for who has asked about this object at that time? */
static bool is_fresh(const struct scanner *scanner, const struct scan *scan, uint64_t ino,
		     int64_t asked)
{
	int64_t took, most;

	if (!scan || (scan->ino && scan->ino != ino))
		return false;
	took = scan->looks.snapshot->ended - scan->looks.snapshot->begun;
	most = scanner->max_age ? 5 * took : 0;
	most = most > scanner->max_age ? most : scanner->max_age;
	return asked - scan->looks.snapshot->begun <= most;
}

/* The lock is held. One with verdicts serves who wants none, too. */
static struct scan *find_fresh(struct scanner *scanner, uint64_t ino, bool judge, int64_t asked)
{
	for (size_t i = judge ? 2 : 0; i < 4; i++) {
		struct scan *scan = scanner->latest[i];

		if (!is_fresh(scanner, scan, ino, asked))
			continue;
		scan_get(scan);
		return scan;
	}
	return NULL;
}

struct scan *scanner_fresh(struct scanner *scanner, uint64_t ino, bool judge)
{
	struct scan *scan;

	pthread_mutex_lock(&scanner->lock);
	scan = find_fresh(scanner, ino, judge, now());
	pthread_mutex_unlock(&scanner->lock);
	return scan;
}

/* The lock is held. Of several objects, or of one after another, all are looked at together. */
static uint64_t choose_scope(struct scanner *scanner)
{
	const uint64_t ino = scanner->askers->ino;
	unsigned others = 0;

	for (const struct asker *a = scanner->askers; a; a = a->next)
		if (a->ino != ino)
			return 0;
	for (size_t i = 0; i < FEW; i++)
		others += scanner->lately[i].ino != ino && scanner->lately[i].ino &&
			  now() - scanner->lately[i].when < LATELY;
	scanner->lately[scanner->next_lately++ % FEW] = (struct lately){ino, now()};
	return others == FEW ? 0 : ino;
}

/* The lock is held. If anybody wants them, all can do with that look. */
static bool wants_verdicts(const struct scanner *scanner)
{
	for (const struct asker *a = scanner->askers; a; a = a->next)
		if (a->judge)
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
		struct scan *scan = find_fresh(scanner, asker->ino, asker->judge, asker->asked);
		int error = scan ? 1 : scanner->error;

		if (!error && now() >= asker->until) {
			error = -ETIMEDOUT;
			scanner->late = scanner->busy;
		}
		if (!error && !scanner->ending)
			continue;
		*link = asker->next;
		answer(scanner, asker, scan, scan ? 0 : error ? error : -EINTR);
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

static void *answer_on(void *data)
{
	struct scanner *scanner = data;

	pthread_mutex_lock(&scanner->lock);
	while (!scanner->ending || scanner->askers) {
		if (answer_one(scanner))
			continue;
		if (scanner->askers && !scanner->busy && !scanner->wanted) {
			scanner->wanted_ino = choose_scope(scanner);
			scanner->wanted_judge = wants_verdicts(scanner);
			scanner->wanted = true;
			scanner->error = 0;
			pthread_cond_broadcast(&scanner->changed);
		}
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

bool scanner_ask(struct scanner *scanner, uint64_t ino, struct asker *asker)
{
	struct asker **last = &scanner->askers;
	bool asked;

	pthread_mutex_lock(&scanner->lock);
	asked = !asker->withdrawn;
	if (asked) {
		if (!scanner->askers)
			scanner->error = 0; /* of a look that others were told of */
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

bool scanner_report(struct scanner *scanner, struct scanner_report *ret)
{
	const struct snapshot *snapshot;
	const struct scan *scan;

	*ret = (struct scanner_report){0};
	pthread_mutex_lock(&scanner->lock);
	ret->hangs = hangs(scanner);
	scan = scanner->latest[0];
	if (!scan || (scanner->latest[2] &&
		      scanner->latest[2]->looks.snapshot->begun > scan->looks.snapshot->begun))
		scan = scanner->latest[2];
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
	ret->unfinished = snapshot->n_unfinished;
	ret->unplaced = snapshot->n_unplaced;
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
	r = thread_start(&scanner->answering, answer_on, scanner);
	if (r < 0) {
		scanner->ending = true;
		pthread_cond_broadcast(&scanner->changed);
		pthread_join(scanner->looking, NULL);
	}
	return r;
}

static void scanner_free(struct scanner *scanner)
{
	for (size_t i = 0; i < 4; i++)
		scan_put(scanner->latest[i]);
	since_table_free(scanner->since);
	vanished_table_free(scanner->question.vanished);
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
	r = since_table_new(&scanner->since);
	if (r == 0)
		r = vanished_table_new(&scanner->question.vanished);
	if (r == 0)
		r = start(scanner);
	if (r < 0)
		scanner_free(scanner);
	else
		*ret = scanner;
	return r;
}

/* A read of procfs that hangs cannot be ended: then the program ends with it. */
void scanner_destroy(struct scanner *scanner)
{
	struct timespec until;
	bool ended;

	if (!scanner)
		return;
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
	pthread_join(scanner->answering, NULL);
	if (!ended)
		return;
	pthread_join(scanner->looking, NULL);
	scanner_free(scanner);
}
