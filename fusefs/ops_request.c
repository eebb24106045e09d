/* SPDX-License-Identifier: MIT */
/* Requests that need a look at processes first: put aside, and answered when it is there. */
#include "fusefs/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	return error != -EINTR && request->run == ops_reply_attr &&
	       !content_unlinked(&request->place);
}

static void finish(struct request *request, struct scan *scan, int error)
{
	struct filesystem *fs = ops_filesystem(request->req);

	request->place.scan = scan;
	if (error < 0 && !goes_without(request, error))
		fuse_reply_err(request->req, -error);
	else
		request->run(request);
	inodes_put(fs->inodes, &request->place);
	scan_put(scan);
}

static void free_copy(struct request *copy)
{
	free((char *)(uintptr_t)copy->name);
	free((char *)(uintptr_t)copy->bytes);
	free(copy);
}

/* The answering thread of the scanner comes here; an interrupt that is just being told is waited
 * for. */
static void looked(struct asker *asker, struct scan *scan, int error)
{
	struct request *copy = (struct request *)asker;

	fuse_req_interrupt_func(copy->req, NULL, NULL);
	finish(copy, scan, error);
	free_copy(copy);
}

/* Whoever asked is to be killed, or has a signal to handle. */
static void interrupted(fuse_req_t req, void *data)
{
	struct request *copy = data;

	if (!scanner_withdraw(ops_filesystem(req)->mirror.scanner, &copy->asker))
		return; /* It is being answered, or put aside only after this: ask_for() sees it. */
	finish(copy, NULL, -EINTR);
	free_copy(copy);
}

/* What lives only as long as the call of libfuse is copied. */
static struct request *copy_request(const struct request *request)
{
	struct request *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *request;
	copy->asker.done = looked;
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

static void ask_for(struct request *request, uint64_t ino, bool judge)
{
	struct scanner *scanner = ops_filesystem(request->req)->mirror.scanner;
	struct request *copy = copy_request(request);

	if (!copy) {
		finish(request, NULL, -ENOMEM);
		return;
	}
	copy->asker.judge = judge;
	fuse_req_interrupt_func(copy->req, interrupted, copy);
	if (scanner_ask(scanner, ino, &copy->asker))
		return;
	finish(copy, NULL, -EINTR);
	free_copy(copy);
}

void ops_run_at(struct request *request, const struct place *place)
{
	struct filesystem *fs = ops_filesystem(request->req);
	struct scan *scan;
	uint64_t ino;
	bool judge;

	request->place = *place;
	if (!needs_look(request, &ino, &judge)) {
		finish(request, NULL, 0);
		return;
	}
	scan = fs->mirror.scanner ? scanner_fresh(fs->mirror.scanner, ino, judge) : NULL;
	if (scan)
		finish(request, scan, 0);
	else if (fs->mirror.scanner)
		ask_for(request, ino, judge);
	else
		finish(request, NULL, -EOPNOTSUPP);
}

void ops_run(struct request *request)
{
	struct place place;
	int r = inodes_get(ops_filesystem(request->req)->inodes, request->ino, &place);

	if (r < 0)
		fuse_reply_err(request->req, -r);
	else
		ops_run_at(request, &place);
}
