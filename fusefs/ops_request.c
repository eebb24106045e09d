/* SPDX-License-Identifier: MIT */
/* Requests that need a look at processes first: put aside, and answered when it was taken. */
#include "fusefs/ops.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fusefs/finder.h"
#include "fusefs/scanner.h"

/* Does the request need a look, and at which object (0: all)? Names are found without. */
static bool needs_look(const struct request *request, uint64_t *ret_ino, bool *ret_judge)
{
	const struct place *place = &request->place;
	const struct node *node = place->node;

	*ret_ino = 0;
	*ret_judge = request->content && node->judge;
	if (content_unlinked(place) || (request->content && node->scan == SCAN_OBJECT))
		*ret_ino = place->slot->id.ino;
	else if (!(request->content && node->scan == SCAN_ALL) &&
		 !(request->entries && node->dir && node->dir->unlinked))
		return false;
	return true;
}

/* stat(2) never fails for content: that of a file without a look is what cannot be rendered. */
static bool goes_without(const struct request *request, int error)
{
	return error != -EINTR &&
	       (request->run == ops_reply_attr || request->place.node->optional) &&
	       !content_unlinked(&request->place);
}

static void free_copy(struct request *copy)
{
	free((char *)(uintptr_t)copy->name);
	free((char *)(uintptr_t)copy->bytes);
	free(copy);
}

/* The end of a request that was answered; it is given back with all that it has. */
static void end(struct request *request, struct filesystem *fs)
{
	inodes_put(fs->inodes, &request->place);
	scan_put(request->place.scan);
	viewer_put(request->place.viewer);
	if (request->copied)
		free_copy(request);
}

static void answer(struct request *request, int error)
{
	struct filesystem *fs = ops_filesystem(request->req);

	if (error < 0 && !goes_without(request, error))
		fuse_reply_err(request->req, -error);
	else
		request->run(request);
	end(request, fs);
}

/* Where the thread has not the rights to go on, nothing is done. */
static void refuse(struct request *request, int error)
{
	struct filesystem *fs = ops_filesystem(request->req);

	fuse_reply_err(request->req, -error);
	end(request, fs);
}

/* What lives only as long as the call of libfuse is copied. */
static struct request *copy_request(const struct request *request)
{
	struct request *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *request;
	copy->copied = true;
	copy->name = request->name ? strdup(request->name) : NULL;
	copy->bytes = NULL;
	if (request->bytes) {
		char *bytes = malloc(request->size ? request->size : 1);

		if (bytes)
			memcpy(bytes, request->bytes, request->size);
		copy->bytes = bytes;
	}
	if ((request->name && !copy->name) || (request->bytes && !copy->bytes)) {
		free_copy(copy);
		return NULL;
	}
	return copy;
}

/* With the rights of who asks; false: it was refused. */
static bool enter(struct request *request, struct rights *ret)
{
	int r = rights_enter(request->place.viewer->who, ret);

	if (r < 0)
		refuse(request, r);
	return r == 0;
}

/* An answering thread of the scanner comes here; an interrupt that is just being told is waited
 * for. */
static void looked(struct asker *asker, struct scan *scan, int error)
{
	struct request *copy = (struct request *)asker;
	_cleanup_rights_ struct rights rights;

	fuse_req_interrupt_func(copy->req, NULL, NULL);
	copy->place.scan = scan;
	if (enter(copy, &rights))
		answer(copy, error);
}

/* Whoever asked is to be killed, or has a signal to handle. */
static void interrupted(fuse_req_t req, void *data)
{
	struct request *copy = data;

	/* Else it is being answered, or put aside only after this: ask_for() sees it. */
	if (scanner_withdraw(ops_filesystem(req)->mirror.scanner, &copy->asker))
		answer(copy, -EINTR);
}

static void ask_for(struct request *request, uint64_t ino, bool judge)
{
	struct scanner *scanner = ops_filesystem(request->req)->mirror.scanner;
	struct request *copy = request->copied ? request : copy_request(request);

	if (!copy) {
		answer(request, -ENOMEM);
		return;
	}
	copy->asker.done = looked;
	copy->asker.judge = judge;
	fuse_req_interrupt_func(copy->req, interrupted, copy);
	if (!scanner_ask(scanner, copy->place.viewer, ino, &copy->asker))
		answer(copy, -EINTR);
}

/* With a look at processes, if it needs one. */
static void look_and_answer(struct request *request)
{
	struct scanner *scanner = ops_filesystem(request->req)->mirror.scanner;
	struct viewer *viewer = request->place.viewer;
	uint64_t ino;
	bool judge;

	if (!needs_look(request, &ino, &judge)) {
		answer(request, 0);
		return;
	}
	request->place.scan = scanner ? scanner_fresh(scanner, viewer, ino, judge) : NULL;
	if (request->place.scan)
		answer(request, 0);
	else if (scanner)
		ask_for(request, ino, judge);
	else
		answer(request, -EOPNOTSUPP);
}

/* Is it about what the object is known to have? A directory in its own is of a known layout. */
static bool asks_known(struct inodes *inodes, const struct request *request)
{
	const struct place *place = &request->place;

	if (place->fields)
		return !request->name || tree_find(place->node->dir, request->name);
	return request->name && inodes_has_field(inodes, place->slot, request->name);
}

/* Most objects need nobody to be asked: that is found out here, without waiting. */
static bool settles_itself(struct filesystem *fs, const struct place *place)
{
	struct object object;
	bool settled;

	if (place->slot->top != &object_node || content_unlinked(place) ||
	    content_object(fs, place, &object) < 0)
		return false;
	settled = finder_try(fs->mirror.finder, place->viewer, place->slot->name, &object);
	content_object_done(fs, place, &object);
	return settled;
}

/*
 * Does the answer depend on which struct the object is, so that its holders should have been asked?
 * Never where the name is that of a field that it is known to have.
 */
static bool needs_finding(const struct request *request)
{
	struct filesystem *fs = ops_filesystem(request->req);
	const struct slot *slot = request->place.slot;
	const struct node *node = request->place.node;
	const struct dir *dir = node->dir;
	enum layout_need need = request->content ? node->layout : LAYOUT_UNUSED;

	if (!fs->mirror.finder || (slot->top != &object_node && slot->top != &root_node))
		return false;
	if (request->entries && dir && dir->fields) {
		if (!request->place.fields && request->name && tree_find(dir, request->name))
			return false;
		need = asks_known(fs->inodes, request) ? LAYOUT_NAMES : LAYOUT_WHOLE;
	}
	return need &&
	       finder_needed(fs->mirror.finder, request->place.viewer, slot->name, &slot->id,
			     need == LAYOUT_WHOLE ? FINDER_FRESH : FINDER_ANY) &&
	       !settles_itself(fs, &request->place);
}

static struct request *of_seeker(struct seeker *seeker)
{
	return (struct request *)((char *)seeker - offsetof(struct request, seeker));
}

/* A thread of the finder comes here; an interrupt that is just being told is waited for. */
static void found(struct seeker *seeker)
{
	struct request *copy = of_seeker(seeker);
	_cleanup_rights_ struct rights rights;

	fuse_req_interrupt_func(copy->req, NULL, NULL);
	if (enter(copy, &rights))
		look_and_answer(copy);
}

static void finding_interrupted(fuse_req_t req, void *data)
{
	struct request *copy = data;

	if (finder_withdraw(ops_filesystem(req)->mirror.finder, &copy->seeker))
		answer(copy, -EINTR);
}

/* What cannot be found out is no reason not to answer. */
static void find_and_answer(struct request *request)
{
	struct finder *finder = ops_filesystem(request->req)->mirror.finder;
	struct request *copy = copy_request(request);

	if (!copy) {
		look_and_answer(request);
		return;
	}
	copy->seeker = (struct seeker){.done = found};
	fuse_req_interrupt_func(copy->req, finding_interrupted, copy);
	if (finder_ask(finder, copy->place.viewer, copy->place.slot->name, &copy->place.slot->id,
		       &copy->seeker))
		return;
	fuse_req_interrupt_func(copy->req, NULL, NULL);
	if (copy->seeker.withdrawn)
		answer(copy, -EINTR);
	else
		look_and_answer(copy);
}

void ops_run_at(struct request *request, const struct place *place)
{
	_cleanup_rights_ struct rights rights;

	request->place = *place;
	request->place.scan = NULL;
	if (!enter(request, &rights))
		return;
	if (needs_finding(request))
		find_and_answer(request);
	else
		look_and_answer(request);
}

void ops_run(struct request *request)
{
	struct place place;
	struct inodes *inodes = ops_filesystem(request->req)->inodes;
	int r = inodes_get(inodes, request->ino, &place);

	if (r == 0) {
		r = ops_viewer(request->req, &place.viewer);
		if (r < 0)
			inodes_put(inodes, &place);
	}
	if (r < 0)
		fuse_reply_err(request->req, -r);
	else
		ops_run_at(request, &place);
}
