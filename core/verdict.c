/* SPDX-License-Identifier: MIT */
/* The two looks, and what is read of the objects between them. */
#include "core/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/credentials.h"
#include "core/unlinked.h"
#include "core/verdict_locks.h"

struct survey {
	struct diagnosis_object object; /* its name is of verdicts->names */
	bool found;                     /* what is told of it besides ino and name is known */
};

/* The object, if it is there and may be read; *ret is OBJECT_NONE else. */
static int open_survey(const struct verdict_question *question, const struct verdicts *verdicts,
		       const struct snapshot *snapshot, const struct survey *survey,
		       struct object *ret)
{
	int r;

	*ret = OBJECT_NONE;
	if (!survey->object.name)
		return unlinked_open(question->look.procfd, question->dirfd, verdicts->names,
				     snapshot, survey->object.ino, ret);
	r = object_open(question->dirfd, survey->object.name, ret);
	if (r == 0 && ret->id.ino != survey->object.ino) {
		object_close(ret);
		*ret = OBJECT_NONE;
		return -ESTALE;
	}
	return r;
}

void verdict_note_rights(const struct object *object, struct diagnosis_object *ret)
{
	ret->id = object->id;
	ret->uid = object->st.stx_uid;
	ret->gid = object->st.stx_gid;
	ret->mode = object->st.stx_mode & 07777;
	ret->acl = object->fd < 0 || fgetxattr(object->fd, "system.posix_acl_access", NULL, 0) > 0;
}

/* NULL also where it cannot be read: 0, but for -ENOMEM. */
static int layout_of(const struct verdict_question *question, const struct survey *survey,
		     const struct object *object, const struct layout **ret)
{
	struct found *found = found_get(question->found, &object->id);
	struct image image = {0};
	const struct layout_question layout_question = {
		.rules = question->rules,
		.name = survey->object.name ? survey->object.name : "",
		.object = object,
		.image = &image,
		.found = found ? &found->known : NULL,
	};
	int r = layout_look(&layout_question, &image, ret);

	image_deinit(&image);
	found_put(found);
	return r == -ENOMEM ? r : 0;
}

/* Between the looks: which locks there are, and what they say. */
static int survey_object(const struct verdict_question *question, struct verdicts *verdicts,
			 struct survey *survey)
{
	const struct layout *layout = NULL;
	struct object object;
	int r = open_survey(question, verdicts, &verdicts->before, survey, &object);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	verdict_note_rights(&object, &survey->object);
	survey->found = true;
	if (object.fd >= 0)
		r = layout_of(question, survey, &object, &layout);
	if (r == 0)
		r = verdicts_add_layout(verdicts, survey->object.ino, layout);
	if (r == 0 && object.fd >= 0)
		r = verdicts_add_inferred(verdicts, survey->object.ino, &object);
	verdicts_read_locks(verdicts, survey->object.ino, &object, false);
	object_close(&object);
	return r;
}

/* After them: the same, if it is the same object. */
static int survey_again(const struct verdict_question *question, struct verdicts *verdicts,
			const struct survey *survey)
{
	struct object object;
	int r = survey->found ? open_survey(question, verdicts, &verdicts->after, survey, &object)
			      : -ENOENT;

	if (r < 0) {
		object = OBJECT_NONE;
	} else if (!object_id_equal(object.id, survey->object.id)) {
		object_close(&object);
		object = OBJECT_NONE;
	}
	verdicts_read_locks(verdicts, survey->object.ino, &object, true);
	object_close(&object);
	return r == -ENOMEM ? r : 0;
}

static int compare_surveys(const void *left, const void *right)
{
	const struct survey *a = left, *b = right;

	return (a->object.ino > b->object.ino) - (a->object.ino < b->object.ino);
}

static int add_survey(struct verdicts *verdicts, uint64_t ino)
{
	int r = array_grow(&verdicts->surveys, verdicts->n_surveys, sizeof(*verdicts->surveys));

	if (r == 0)
		verdicts->surveys[verdicts->n_surveys++] = (struct survey){
			.object = {.ino = ino, .name = names_find(verdicts->names, ino)}};
	return r;
}

/* The object asked about, and those that somebody holds or sleeps in. */
static int find_objects(struct verdicts *verdicts, uint64_t asked)
{
	const struct snapshot *before = &verdicts->before;
	size_t n = 0;
	int r = asked ? add_survey(verdicts, asked) : 0;

	for (size_t i = 0; r == 0 && i < before->n_waiters; i++)
		if (before->waiters[i].place == WAITER_OBJECT)
			r = add_survey(verdicts, before->waiters[i].ino);
	for (size_t i = 0; r == 0 && i < before->n_holders; i++)
		r = add_survey(verdicts, before->holders[i].ino);
	if (r < 0 || verdicts->n_surveys == 0)
		return r;
	qsort(verdicts->surveys, verdicts->n_surveys, sizeof(*verdicts->surveys), compare_surveys);
	for (size_t i = 0; i < verdicts->n_surveys; i++)
		if (n == 0 ||
		    verdicts->surveys[n - 1].object.ino != verdicts->surveys[i].object.ino)
			verdicts->surveys[n++] = verdicts->surveys[i];
	verdicts->n_surveys = n;
	return 0;
}

/* An object that was not found is not told of: it is taken for one that anybody may open. */
static int describe_objects(struct verdicts *verdicts)
{
	verdicts->objects = calloc(verdicts->n_surveys + 1, sizeof(*verdicts->objects));
	if (!verdicts->objects)
		return -ENOMEM;
	for (size_t i = 0; i < verdicts->n_surveys; i++) {
		const struct survey *survey = &verdicts->surveys[i];

		if (survey->found)
			verdicts->objects[verdicts->n_objects++] = survey->object;
		else
			verdicts->late |= survey->object.late;
	}
	return 0;
}

/* Until it is too late: what its bytes say of the rest is not known. */
static int read_objects(const struct verdict_question *question, struct verdicts *verdicts,
			bool after, int64_t until)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < verdicts->n_surveys; i++) {
		struct survey *survey = &verdicts->surveys[i];

		if (clock_over(until))
			survey->object.late = true;
		else
			r = after ? survey_again(question, verdicts, survey)
				  : survey_object(question, verdicts, survey);
	}
	return r;
}

static int recall(const struct verdict_question *question, uint64_t ino, struct verdicts *verdicts)
{
	int r;

	if (!question->vanished)
		return 0;
	r = vanished_watch(question->vanished,
			   &(struct vanished_look){.procfd = question->look.procfd,
						   .snapshot = &verdicts->after,
						   .ino = ino,
						   .names = verdicts->names,
						   .objects = verdicts->objects,
						   .n_objects = verdicts->n_objects,
						   .locks = verdicts->locks,
						   .n_locks = verdicts->n_locks});
	return r < 0 ? r
		     : vanished_list(question->vanished, &verdicts->vanished,
				     &verdicts->n_vanished);
}

static struct diagnosis_question question_of(const struct verdicts *verdicts)
{
	return (struct diagnosis_question){
		.before = &verdicts->before,
		.after = &verdicts->after,
		.objects = verdicts->objects,
		.n_objects = verdicts->n_objects,
		.locks = verdicts->locks,
		.n_locks = verdicts->n_locks,
		.vanished = verdicts->vanished,
		.n_vanished = verdicts->n_vanished,
		.ino = verdicts->ino,
		.hides = verdicts->before.hides || verdicts->after.hides,
		.late = verdicts->late,
	};
}

static int judge(struct verdicts *verdicts)
{
	const struct diagnosis_question question = question_of(verdicts);

	return diagnose(&question, &verdicts->diagnosis);
}

int verdicts_dot(const struct verdicts *verdicts, FILE *out)
{
	const struct diagnosis_question question = question_of(verdicts);

	return diagnosis_dot(&question, out);
}

/* The time that is left, in quarters: two for the first look, one for the objects, one for the
 * second look; and one more for the objects again. */
static int64_t quarter(int64_t deadline, int64_t begun, int n)
{
	return deadline ? begun + (deadline - begun) / 4 * n : 0;
}

static int take(const struct verdict_question *question, uint64_t ino, struct since_table *since,
		struct verdicts *ret)
{
	struct snapshot_question look = question->look;
	const int64_t begun = clock_read(CLOCK_MONOTONIC), deadline = look.deadline;
	int r;

	*ret = (struct verdicts){.ino = ino};
	look.ino = ino;
	look.flags |= SNAPSHOT_FDS | SNAPSHOT_WAITERS | SNAPSHOT_THREADS;
	look.deadline = quarter(deadline, begun, 2);
	r = snapshot_take(&look, since, &ret->before);
	/* Only now: what is held by now and has no name has lost it, and is not just being made. */
	if (r == 0)
		r = names_load(question->dirfd, &ret->names);
	if (r == 0)
		r = find_objects(ret, question->look.ino);
	if (r == 0)
		r = read_objects(question, ret, false, quarter(deadline, begun, 3));
	look.deadline = deadline;
	if (r == 0)
		r = snapshot_take(&look, since, &ret->after);
	if (r == 0)
		r = read_objects(question, ret, true, quarter(deadline, begun, 5));
	if (r == 0)
		r = describe_objects(ret);
	if (r == 0)
		r = recall(question, ino, ret);
	if (r == 0)
		r = judge(ret);
	if (r < 0)
		verdicts_deinit(ret);
	return r;
}

int verdicts_take(const struct verdict_question *question, struct since_table *since,
		  struct verdicts *ret)
{
	int r = take(question, question->look.ino, since, ret);

	if (r < 0 || !question->look.ino || !ret->diagnosis.beyond)
		return r;
	verdicts_deinit(ret);
	return take(question, 0, since, ret);
}

void verdicts_deinit(struct verdicts *verdicts)
{
	diagnosis_deinit(&verdicts->diagnosis);
	free(verdicts->locks);
	free(verdicts->vanished);
	free(verdicts->objects);
	free(verdicts->surveys);
	names_free(verdicts->names);
	snapshot_deinit(&verdicts->before);
	snapshot_deinit(&verdicts->after);
	*verdicts = (struct verdicts){0};
}

int looks_take(const struct verdict_question *question, struct since_table *since, bool judge,
	       struct looks *ret)
{
	*ret = (struct looks){.judged = judge};
	ret->snapshot = judge ? &ret->verdicts.after : &ret->single;
	return judge ? verdicts_take(question, since, &ret->verdicts)
		     : snapshot_take(&question->look, since, &ret->single);
}

void looks_deinit(struct looks *looks)
{
	verdicts_deinit(&looks->verdicts);
	snapshot_deinit(&looks->single);
}
