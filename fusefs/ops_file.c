/* SPDX-License-Identifier: MIT */
/* Requests for open files. After a fuse_reply_*() nothing of a handle is touched. */
#include "fusefs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "core/cleanup.h"
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

void ops_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct filesystem *fs = ops_filesystem(req);
	struct handle *handle;
	struct place place;
	int r = inodes_get(fs->inodes, ino, &place);

	if (r == 0) {
		r = open_place(fs, &place, fi->flags, req, &handle);
		inodes_put(fs->inodes, &place);
	}
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	fi->fh = (uintptr_t)handle;
	fi->direct_io = 1;
	reply_open(req, handle, fi);
}

void ops_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	_cleanup_free_ char *bytes = NULL;
	ssize_t n = handle_read((struct handle *)(uintptr_t)fi->fh, (uint64_t)off, size, &bytes);

	(void)ino;
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_buf(req, bytes, (size_t)n);
}

void ops_write(fuse_req_t req, fuse_ino_t ino, const char *text, size_t size, off_t off,
	       struct fuse_file_info *fi)
{
	int r = handle_write((struct handle *)(uintptr_t)fi->fh, (uint64_t)off, text, size);

	(void)ino;
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_write(req, size);
}

void ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	close_handle(fuse_req_userdata(req), (struct handle *)(uintptr_t)fi->fh);
	fuse_reply_err(req, 0);
}
