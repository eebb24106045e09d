/* SPDX-License-Identifier: MIT */
/* Requests for open files. After a fuse_reply_*() nothing of a handle is touched. */
#include "fusefs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "fusefs/buffer.h"
#include "fusefs/handle.h"

static int open_place(struct filesystem *fs, const struct place *place, int flags, fuse_req_t req,
		      struct handle **ret)
{
	const bool writing = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;

	if (writing && !ops_may_write(fs, place, req))
		return ops_read_only(req);
	return handle_open(fs, place, fuse_req_ctx(req)->pid, flags, ret);
}

static void close_handle(struct mounted *mounted, struct handle *handle)
{
	if (handle_delegated(handle))
		passthrough_close(mounted, handle_slot(handle));
	handle_close(handle);
}

/* Whoever opened it may be gone: then there will be no RELEASE (fuse_lowlevel.h, open). */
static void reply_open(fuse_req_t req, struct handle *handle, struct fuse_file_info *fi)
{
	struct mounted *mounted = fuse_req_userdata(req);

	if (handle_object(handle) >= 0 &&
	    passthrough_open(mounted, handle_slot(handle), handle_object(handle), fi))
		handle_delegate(handle);
	if (fuse_reply_open(req, fi) < 0)
		close_handle(mounted, handle);
}

static void run_open(struct request *request)
{
	struct filesystem *fs = ops_filesystem(request->req);
	struct handle *handle = NULL;
	int r = open_place(fs, &request->place, request->fi.flags, request->req, &handle);

	if (r < 0) {
		fuse_reply_err(request->req, -r);
		return;
	}
	request->fi.fh = (uintptr_t)handle;
	request->fi.direct_io = 1;
	reply_open(request->req, handle, &request->fi);
}

void ops_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request request = {
		.req = req, .ino = ino, .run = run_open, .content = true, .fi = *fi};

	ops_run(&request);
}

static struct handle *handle_of(const struct request *request)
{
	return (struct handle *)(uintptr_t)request->fi.fh;
}

static void run_read(struct request *request)
{
	_cleanup_buffer_ char *bytes = NULL;
	ssize_t n = handle_read(handle_of(request), request->place.scan, (uint64_t)request->off,
				request->size, &bytes);

	if (n < 0)
		fuse_reply_err(request->req, (int)-n);
	else
		fuse_reply_buf(request->req, bytes, (size_t)n);
}

/* The place of a handle, pinned for a request, which the kernel has while the file is open. */
static void run_at_handle(struct request *request)
{
	const struct place *place = handle_place(handle_of(request));

	inodes_pin(ops_filesystem(request->req)->inodes, place);
	viewer_get(place->viewer);
	ops_run_at(request, place);
}

void ops_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct request request = {
		.req = req, .ino = ino, .run = run_read, .size = size, .off = off, .fi = *fi};

	request.content = handle_looks(handle_of(&request), (uint64_t)off);
	if (request.content)
		run_at_handle(&request);
	else
		run_read(&request);
}

static void run_write(struct request *request)
{
	int r = handle_write(handle_of(request), fuse_req_ctx(request->req)->pid,
			     request->place.scan, (uint64_t)request->off, request->bytes,
			     request->size);

	if (r < 0)
		fuse_reply_err(request->req, -r);
	else
		fuse_reply_write(request->req, request->size);
}

void ops_write(fuse_req_t req, fuse_ino_t ino, const char *text, size_t size, off_t off,
	       struct fuse_file_info *fi)
{
	struct request request = {.req = req,
				  .ino = ino,
				  .run = run_write,
				  .bytes = text,
				  .size = size,
				  .off = off,
				  .fi = *fi};

	run_at_handle(&request);
}

void ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	close_handle(fuse_req_userdata(req), (struct handle *)(uintptr_t)fi->fh);
	fuse_reply_err(req, 0);
}
