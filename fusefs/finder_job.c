/* SPDX-License-Identifier: MIT */
/* From an object's name to what is known of it: its attribute, or its holders' programs. */
#include "fusefs/finder_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/layout_name.h"
#include "core/unlinked.h"
#include "fusefs/caller.h"
#include "fusefs/tree.h"

#define MS UINT64_C(1000000)

/* A look is good for so long, or five times what it took. */
#define MAX_AGE (100 * MS)

/* Programs that could tell nothing, in the moment that they were asked, may tell more by then. */
#define AGAIN_AFTER (5000 * MS)

int finder_job_init(const struct finder_setup *setup, struct finder_job_state *ret)
{
	*ret = (struct finder_job_state){.setup = *setup};
	ret->setup.question.flags |= SNAPSHOT_WAITERS;
	return discoverer_create(&ret->discoverer);
}

static void forget_snapshot(struct finder_job_state *state)
{
	if (state->has_snapshot)
		snapshot_deinit(&state->snapshot);
	state->has_snapshot = false;
}

void finder_job_deinit(struct finder_job_state *state)
{
	forget_snapshot(state);
	discoverer_destroy(state->discoverer);
}

static bool is_fresh(const struct finder_job_state *state, uint64_t ino)
{
	const uint64_t age = clock_ns() - state->started;

	return state->has_snapshot && (state->ino == 0 || state->ino == ino) &&
	       age <= (5 * state->took > MAX_AGE ? 5 * state->took : MAX_AGE);
}

/* Of several objects, or of one after another, all are looked at together. */
static bool look_at_all(struct finder_job_state *state, bool more)
{
	const uint64_t now = clock_ns();
	bool all = more;

	for (size_t i = 0; !all && i < 2; i++)
		all = state->lately[i] && now - state->lately[i] < 1000 * MS;
	state->lately[state->next_lately++ % 2] = now;
	return all;
}

static int take_snapshot(struct finder_job_state *state, uint64_t ino, bool more)
{
	struct snapshot_question question = state->setup.question;
	int r;

	if (is_fresh(state, ino))
		return 0;
	forget_snapshot(state);
	question.ino = look_at_all(state, more) ? 0 : ino;
	question.deadline = clock_read(CLOCK_MONOTONIC) + (int64_t)(1000 * MS);
	state->started = clock_ns();
	r = snapshot_take(&question, NULL, &state->snapshot);
	state->took = clock_ns() - state->started;
	state->has_snapshot = r == 0;
	state->ino = question.ino;
	return r;
}

/* Who has it mapped, as one number (FNV-1a): processes by pid and start. */
#define NOBODY UINT64_C(0xcbf29ce484222325)

static uint64_t holders_of(const struct snapshot *snapshot, uint64_t ino)
{
	uint64_t hash = NOBODY;
	size_t n;
	const size_t *holders = snapshot_holders_of(snapshot, ino, &n);

	for (size_t i = 0; i < n; i++) {
		const struct holder *holder = &snapshot->holders[holders[i]];
		const struct process *process = &snapshot->processes[holder->process];
		const uint64_t parts[] = {(uint64_t)process->pid, process->started};

		if (holder->kind != HOLDER_MAPPING)
			continue;
		for (size_t p = 0; p < 2; p++)
			hash = (hash ^ parts[p]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

/*
 * A program that the attribute names is read as the object's owner would read it, and only where
 * it is root's, the owner's, or belongs to who has mounted: anybody can write an attribute.
 */
static int read_attribute(const struct finder_job_state *state, const struct object *object,
			  const struct layout_attribute *attribute, struct layout_found *ret)
{
	const struct caller owner = {.uid = object->st.stx_uid, .gid = object->st.stx_gid};
	const char *colon = strchr(attribute->value, ':');
	_cleanup_free_ char *path = strndup(attribute->value, (size_t)(colon - attribute->value));
	struct rights rights;
	struct stat st;
	int r;

	if (*attribute->value != '/' || !path)
		return path ? -EINVAL : -ENOMEM;
	r = caller_enter(&owner, &rights);
	if (r < 0)
		return r;
	r = stat(path, &st) < 0 ? -errno : 0;
	if (r == 0 && st.st_uid != 0 && st.st_uid != owner.uid && st.st_uid != state->setup.user)
		r = -EPERM;
	if (r == 0)
		r = layout_named(attribute->value, -1, &ret->attribute);
	caller_leave(&rights);
	if (r == 0)
		ret->attribute_value = strdup(attribute->value);
	return r == 0 && !ret->attribute_value ? -ENOMEM : r;
}

static int open_object(struct finder_job_state *state, const char *name, const struct object_id *id,
		       struct object *ret)
{
	int r;

	if (strncmp(name, UNLINKED_PATH, strlen(UNLINKED_PATH)) != 0)
		return object_open(state->setup.dirfd, name, ret);
	r = take_snapshot(state, id->ino, false);
	return r < 0 ? r
		     : unlinked_open(state->setup.question.procfd, state->setup.dirfd,
				     &state->snapshot, id->ino, ret);
}

/* Is there anything to be asked of anybody? Its attribute is read. */
static bool is_settled(const struct finder_job_state *state, const char *name,
		       const struct object *object, struct layout_found *found)
{
	struct layout_attribute attribute;
	struct image image = {0};
	const struct layout_question question = {
		.rules = state->setup.rules,
		.name = name,
		.object = object,
		.image = &image,
		.attribute = &attribute,
		.found = found,
	};
	const struct layout *layout;
	bool settled;

	layout_attribute(object, &attribute);
	if (attribute.there && layout_name_is_program(attribute.value))
		read_attribute(state, object, &attribute, found);
	settled = layout_look(&question, &image, &layout) < 0 || layout_settled(&question);
	image_deinit(&image);
	return settled;
}

/*
 * What was found holds as long as the same processes have it, unless there was little to be seen;
 * and when they have ended and left the object behind.
 */
static bool still_holds(const struct finder_job_state *state, const struct object_id *id,
			const struct layout_found *known, uint64_t holders)
{
	struct found *found = found_get(state->setup.table, id);
	const bool same = found && found->holders == holders &&
			  !(found->again && clock_ns() - found->looked > AGAIN_AFTER);
	const bool left = found && found->known.layout && holders == NOBODY;
	const bool holds = found && !found->settled && !known->attribute &&
			   !found->known.attribute && (same || left);

	found_put(found);
	return holds;
}

static void find_out(struct finder_job_state *state, const struct object *object,
		     const struct object_id *id, bool more, struct found *found)
{
	struct discovery discovery = {0};

	if (found->settled || take_snapshot(state, id->ino, more) < 0)
		return;
	found->holders = holders_of(&state->snapshot, id->ino);
	if (still_holds(state, id, &found->known, found->holders)) {
		found_confirm(state->setup.table, id, clock_ns());
		found->users = 1; /* nothing new */
		return;
	}
	discover(state->discoverer, state->setup.question.procfd, &state->snapshot, object,
		 &discovery);
	found->known.layout = discovery.layout;
	found->known.evidence = discovery.evidence;
	found->known.certain = discovery.certain;
	found->again = discovery.again;
}

void finder_job(struct finder_job_state *state, const char *name, const struct object_id *id,
		bool more)
{
	struct found found = {0};
	struct object object;

	if (open_object(state, name, id, &object) < 0)
		return;
	if (!object_id_equal(object.id, *id)) {
		object_close(&object);
		return;
	}
	found.settled = is_settled(state, name, &object, &found.known);
	find_out(state, &object, id, more, &found);
	if (found.users == 0) {
		found.looked = found.checked = clock_ns();
		found_set(state->setup.table, id, &found);
	}
	object_close(&object);
}
