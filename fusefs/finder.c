/* SPDX-License-Identifier: MIT */
/* The thread that asks programs, and the one that keeps the time. */
#include "fusefs/finder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "fusefs/finder_job.h"
#include "fusefs/rights.h"
#include "fusefs/thread.h"
#include "fusefs/viewer.h"

#define MS UINT64_C(1000000)

/*
 * Who waits goes on without after so long, and nobody waits while a job takes longer: a program of
 * 300 MB takes 70 ms, where /proc hangs it takes for ever.
 */
#define PATIENCE (500 * MS)

/* So long what was found is not doubted; and so long by who only wants names for what it shows. */
#define DOUBT_AFTER (1000 * MS)
#define DOUBT_NAMES_AFTER (10000 * MS)

/* An object that is to be looked into, for one or more. */
struct job {
	struct job *next;
	struct viewer *viewer;
	struct object_id id;
	char name[];
};

struct finder {
	struct finder_job_state state; /* the looking thread's */
	pthread_t looking, telling;
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	bool ending, has_ended;
	struct job *jobs; /* oldest first */
	struct seeker *seekers;
	uint64_t busy; /* since then a job is done; 0: none is */
};

static bool is_about(const struct job *job, const struct viewer *viewer, const struct object_id *id)
{
	return job->viewer == viewer && object_id_equal(job->id, *id);
}

/* The lock is held. Takes those out for whom the job was; NULL: whose time is over. */
static struct seeker *take_seekers(struct finder *finder, const struct job *job)
{
	struct seeker **link = &finder->seekers, *taken = NULL, **last = &taken;

	while (*link) {
		struct seeker *seeker = *link;

		if (job ? !is_about(job, seeker->viewer, &seeker->id)
			: clock_ns() < seeker->until && !finder->ending) {
			link = &seeker->next;
			continue;
		}
		*link = seeker->next;
		seeker->queued = false;
		seeker->next = NULL;
		*last = seeker;
		last = &seeker->next;
	}
	return taken;
}

/*
 * The lock is held, but not while they are told. Who asks meanwhile is not among them: it may be
 * about something that was said only since then.
 */
static bool tell(struct finder *finder, const struct job *job)
{
	struct seeker *seeker = take_seekers(finder, job), *next;
	const bool any = seeker;

	pthread_mutex_unlock(&finder->lock);
	for (; seeker; seeker = next) {
		next = seeker->next;
		seeker->done(seeker);
	}
	pthread_mutex_lock(&finder->lock);
	return any;
}

static void job_free(struct job *job)
{
	viewer_put(job->viewer);
	free(job);
}

/* With the viewer's rights: what he may not read does not tell him anything. */
static void look_for(struct finder *finder, const struct job *job)
{
	_cleanup_rights_ struct rights rights;

	if (rights_enter(job->viewer->who, &rights) == 0)
		finder_job(&finder->state, job->viewer, job->name, &job->id);
}

/* The lock is held, but not while the job is done. */
static void do_job(struct finder *finder, struct job *job)
{
	finder->jobs = job->next;
	finder->busy = clock_ns();
	pthread_mutex_unlock(&finder->lock);
	look_for(finder, job);
	pthread_mutex_lock(&finder->lock);
	finder->busy = 0;
	tell(finder, job);
	job_free(job);
}

static void *look_on(void *data)
{
	struct finder *finder = data;

	pthread_mutex_lock(&finder->lock);
	while (!finder->ending) {
		if (finder->jobs)
			do_job(finder, finder->jobs);
		else
			pthread_cond_wait(&finder->changed, &finder->lock);
	}
	finder->has_ended = true;
	pthread_cond_broadcast(&finder->changed);
	pthread_mutex_unlock(&finder->lock);
	return NULL;
}

/* The lock is held. The first of the queue must be told first: all wait equally long. */
static void rest(struct finder *finder)
{
	const uint64_t until = finder->seekers ? finder->seekers->until : 0;
	const struct timespec t = {.tv_sec = (time_t)(until / (1000 * MS)),
				   .tv_nsec = (long)(until % (1000 * MS))};

	if (until)
		pthread_cond_timedwait(&finder->changed, &finder->lock, &t);
	else
		pthread_cond_wait(&finder->changed, &finder->lock);
}

static void *tell_on(void *data)
{
	struct finder *finder = data;

	pthread_mutex_lock(&finder->lock);
	while (!finder->ending || finder->seekers)
		if (!tell(finder, NULL))
			rest(finder);
	pthread_mutex_unlock(&finder->lock);
	return NULL;
}

/* The lock is held. */
static bool hangs(const struct finder *finder)
{
	return finder->busy && clock_ns() - finder->busy > PATIENCE;
}

/* The lock is held. One job serves all who wait for it. */
static bool add_job(struct finder *finder, struct viewer *viewer, const char *name,
		    const struct object_id *id)
{
	struct job **link = &finder->jobs, *job;

	for (; *link; link = &(*link)->next)
		if (is_about(*link, viewer, id))
			return true;
	job = malloc(sizeof(*job) + strlen(name) + 1);
	if (!job)
		return false;
	viewer_get(viewer);
	*job = (struct job){.viewer = viewer, .id = *id};
	strcpy(job->name, name);
	*link = job;
	pthread_cond_broadcast(&finder->changed);
	return true;
}

/* Look for it once more, for who asks next; nobody waits. */
static void refresh(struct finder *finder, struct viewer *viewer, const char *name,
		    const struct object_id *id)
{
	pthread_mutex_lock(&finder->lock);
	if (!finder->ending && !hangs(finder))
		add_job(finder, viewer, name, id);
	pthread_mutex_unlock(&finder->lock);
}

bool finder_needed(struct finder *finder, struct viewer *viewer, const char *name,
		   const struct object_id *id, enum finder_wish wish)
{
	struct found *found = found_get(viewer->found, id);
	uint64_t age;

	if (!found)
		return true;
	age = clock_ns() - __atomic_load_n(&found->checked, __ATOMIC_RELAXED);
	found_put(found);
	if (wish == FINDER_FRESH)
		return age > DOUBT_AFTER;
	if (age > DOUBT_NAMES_AFTER)
		refresh(finder, viewer, name, id);
	return false;
}

bool finder_try(struct finder *finder, struct viewer *viewer, const char *name,
		const struct object *object)
{
	return finder_settle(&finder->state.setup, viewer, name, object);
}

bool finder_ask(struct finder *finder, struct viewer *viewer, const char *name,
		const struct object_id *id, struct seeker *seeker)
{
	struct seeker **last = &finder->seekers;
	bool asked;

	pthread_mutex_lock(&finder->lock);
	asked = !seeker->withdrawn && !finder->ending && !hangs(finder) &&
		add_job(finder, viewer, name, id);
	if (asked) {
		seeker->viewer = viewer;
		seeker->id = *id;
		seeker->next = NULL;
		seeker->until = clock_ns() + PATIENCE;
		seeker->queued = true;
		while (*last)
			last = &(*last)->next;
		*last = seeker;
		pthread_cond_broadcast(&finder->changed);
	}
	pthread_mutex_unlock(&finder->lock);
	return asked;
}

bool finder_withdraw(struct finder *finder, struct seeker *seeker)
{
	bool queued;

	pthread_mutex_lock(&finder->lock);
	queued = seeker->queued;
	seeker->withdrawn = true;
	for (struct seeker **link = &finder->seekers; queued; link = &(*link)->next) {
		if (*link == seeker) {
			*link = seeker->next;
			break;
		}
	}
	seeker->queued = false;
	pthread_mutex_unlock(&finder->lock);
	return queued;
}

static int start(struct finder *finder)
{
	int r = thread_start(&finder->looking, look_on, finder);

	if (r < 0)
		return r;
	r = thread_start(&finder->telling, tell_on, finder);
	if (r < 0) {
		finder->ending = true;
		pthread_cond_broadcast(&finder->changed);
		pthread_join(finder->looking, NULL);
	}
	return r;
}

static void finder_free(struct finder *finder)
{
	while (finder->jobs) {
		struct job *job = finder->jobs;

		finder->jobs = job->next;
		job_free(job);
	}
	finder_job_deinit(&finder->state);
	pthread_cond_destroy(&finder->changed);
	pthread_mutex_destroy(&finder->lock);
	free(finder);
}

int finder_create(const struct finder_setup *setup, struct finder **ret)
{
	struct finder *finder = calloc(1, sizeof(*finder));
	int r;

	if (!finder)
		return -ENOMEM;
	pthread_mutex_init(&finder->lock, NULL);
	thread_condition_init(&finder->changed);
	r = finder_job_init(setup, &finder->state);
	if (r == 0)
		r = start(finder);
	if (r < 0)
		finder_free(finder);
	else
		*ret = finder;
	return r;
}

bool finder_destroy(struct finder *finder)
{
	struct timespec until;
	bool ended;

	if (!finder)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 5; /* what does not hang is done after a second and a half */
	pthread_mutex_lock(&finder->lock);
	finder->ending = true;
	pthread_cond_broadcast(&finder->changed);
	while (!finder->has_ended &&
	       pthread_cond_timedwait(&finder->changed, &finder->lock, &until) == 0)
		;
	ended = finder->has_ended;
	pthread_mutex_unlock(&finder->lock);
	pthread_join(finder->telling, NULL);
	if (ended) {
		pthread_join(finder->looking, NULL);
		finder_free(finder);
	}
	return ended;
}
