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
#include "core/names.h"
#include "core/unlinked.h"
#include "fusefs/rights.h"
#include "fusefs/scanner.h"
#include "fusefs/tree.h"
#include "fusefs/viewer.h"

#define MS UINT64_C(1000000)

#define ALL_LIMIT (1500 * MS)

/* Programs that could tell nothing, in the moment that they were asked, may tell more by then. */
#define AGAIN_AFTER (5000 * MS)

int finder_job_init(const struct finder_setup *setup, struct finder_job_state *ret)
{
	*ret = (struct finder_job_state){.setup = *setup};
	return discoverer_create(&ret->discoverer);
}

void finder_job_deinit(struct finder_job_state *state)
{
	scan_put(state->scan);
	discoverer_destroy(state->discoverer);
}

/* The look that the next request will be answered from, too, where it needs one. */
static int take_scan(struct finder_job_state *state, uint64_t ino)
{
	scan_put(state->scan);
	state->scan = NULL;
	return scanner_look(state->setup.scanner, state->viewer, ino, &state->scan);
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
	const struct credentials owner = {.uid = object->st.stx_uid, .gid = object->st.stx_gid};
	const char *colon = strchr(attribute->value, ':');
	_cleanup_free_ char *path = strndup(attribute->value, (size_t)(colon - attribute->value));
	_cleanup_rights_ struct rights rights;
	struct stat st;
	const bool ours = !state->viewer->who && owner.uid == state->setup.user;
	int r = rights_enter(ours ? NULL : &owner, &rights);

	if (r < 0)
		return r;
	if (*attribute->value != '/' || !path)
		return path ? -EINVAL : -ENOMEM;
	r = stat(path, &st) < 0 ? -errno : 0;
	if (r == 0 && st.st_uid != 0 && st.st_uid != owner.uid && st.st_uid != state->setup.user)
		r = -EPERM;
	if (r == 0)
		r = layout_named(attribute->value, -1, &ret->attribute);
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
	r = take_scan(state, id->ino);
	return r < 0 ? r
		     : unlinked_open(state->setup.procfd, state->setup.dirfd, NULL,
				     state->scan->looks.snapshot, id->ino, ret);
}

/* Is there nothing to be asked of anybody? */
static bool is_settled(const struct finder_setup *setup, const char *name,
		       const struct object *object, const struct layout_attribute *attribute,
		       const struct layout_found *found)
{
	struct image image = {0};
	const struct layout_question question = {
		.rules = setup->rules,
		.name = name,
		.object = object,
		.image = &image,
		.attribute = attribute,
		.found = found,
	};
	const struct layout *layout;
	bool settled;

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
	struct found *found = found_get(state->viewer->found, id);
	const bool same = found && found->holders == holders &&
			  !(found->again && clock_ns() - found->looked > AGAIN_AFTER);
	const bool left = found && found->known.layout && holders == NOBODY;
	const bool holds = found && !found->settled && !known->attribute &&
			   !found->known.attribute && (same || left);

	found_put(found);
	return holds;
}

static void find_out(struct finder_job_state *state, const struct object *object,
		     const struct object_id *id, struct found *found)
{
	struct discovery discovery = {0};

	if (found->settled || take_scan(state, id->ino) < 0)
		return;
	found->holders = holders_of(state->scan->looks.snapshot, id->ino);
	if (still_holds(state, id, &found->known, found->holders)) {
		found_confirm(state->viewer->found, id, clock_ns());
		found->users = 1; /* nothing new */
		return;
	}
	discover(state->discoverer, state->setup.procfd, state->scan->looks.snapshot, object,
		 &discovery);
	found->known.layout = discovery.layout;
	found->known.evidence = discovery.evidence;
	found->known.certain = discovery.certain;
	found->again = discovery.again;
}

/* -EAGAIN: a user has said something else of it meanwhile. */
static int look_into_object(struct finder_job_state *state, const char *name,
			    const struct object *object)
{
	const uint64_t time = found_time(state->viewer->found);
	struct layout_attribute attribute;
	struct found found = {0};

	layout_attribute(object, &attribute);
	if (attribute.there && layout_name_is_program(attribute.value))
		read_attribute(state, object, &attribute, &found.known);
	found.settled = is_settled(&state->setup, name, object, &attribute, &found.known);
	find_out(state, object, &object->id, &found);
	if (found.users)
		return 0;
	found.looked = found.checked = clock_ns();
	return found_set(state->viewer->found, &object->id, &found, time);
}

/* `id` NULL: whatever has the name. */
static void look_into(struct finder_job_state *state, const char *name, const struct object_id *id)
{
	struct object object;

	if (open_object(state, name, id, &object) < 0)
		return;
	for (int tries = 0; tries < 3; tries++)
		if ((id && !object_id_equal(object.id, *id)) ||
		    look_into_object(state, name, &object) != -EAGAIN)
			break;
	object_close(&object);
}

/* One that has no name is found by its number, and is called as its directory is. */
static void look_into_inode(struct finder_job_state *state, const struct names *names, uint64_t ino)
{
	const struct object_id nameless = {.dev = state->setup.dev, .ino = ino};
	const char *name = names_find(names, ino);
	char path[sizeof(UNLINKED_PATH) + 24];

	snprintf(path, sizeof(path), UNLINKED_PATH "%ju", (uintmax_t)ino);
	look_into(state, name ? name : path, name ? NULL : &nameless);
}

/* The first object above `last` in which a thread sleeps, or 0; *at: where to go on. */
static uint64_t next_object(const struct snapshot *snapshot, size_t *at, uint64_t last)
{
	while (*at < snapshot->n_waiters) {
		const struct waiter *waiter =
			&snapshot->waiters[snapshot->waiters_by_object[(*at)++]];

		if (waiter->place == WAITER_OBJECT && waiter->ino > last)
			return waiter->ino;
	}
	return 0;
}

/* All objects in which threads sleep, one after the other, as far as the time allows. */
static void look_into_all(struct finder_job_state *state)
{
	const struct object_id all = {0};
	const struct found looked = {.settled = true, .looked = clock_ns(), .checked = clock_ns()};
	const uint64_t deadline = clock_ns() + ALL_LIMIT;
	struct names *names;
	struct scan *scan;
	uint64_t ino = 0;
	size_t at = 0;

	if (scanner_look(state->setup.scanner, state->viewer, 0, &scan) < 0)
		return;
	if (names_load(state->setup.dirfd, &names) == 0) {
		while (clock_ns() < deadline &&
		       (ino = next_object(scan->looks.snapshot, &at, ino)) != 0)
			look_into_inode(state, names, ino);
		names_free(names);
		found_set(state->viewer->found, &all, &looked, found_time(state->viewer->found));
	}
	scan_put(scan);
}

bool finder_settle(const struct finder_setup *setup, struct viewer *viewer, const char *name,
		   const struct object *object)
{
	const uint64_t time = found_time(viewer->found);
	struct layout_attribute attribute;
	struct found found = {.holders = NOBODY}, *known;
	struct scan *scan;
	bool held = true;

	layout_attribute(object, &attribute);
	if (attribute.there && layout_name_is_program(attribute.value))
		return false;
	found.settled = is_settled(setup, name, object, &attribute, NULL);
	scan = found.settled ? NULL : scanner_fresh(setup->scanner, viewer, object->id.ino, false);
	if (scan)
		held = holders_of(scan->looks.snapshot, object->id.ino) != NOBODY;
	scan_put(scan);
	if (!found.settled && held)
		return false;
	found.looked = found.checked = clock_ns();
	/* What those have told who have ended is kept. */
	known = found.settled ? NULL : found_get(viewer->found, &object->id);
	if (known && known->known.layout)
		found_confirm(viewer->found, &object->id, found.checked);
	else
		found_set(viewer->found, &object->id, &found, time);
	found_put(known);
	return true;
}

void finder_job(struct finder_job_state *state, struct viewer *viewer, const char *name,
		const struct object_id *id)
{
	state->viewer = viewer;
	if (id->ino == 0)
		look_into_all(state);
	else
		look_into(state, name, id);
}
