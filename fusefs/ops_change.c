/* SPDX-License-Identifier: MIT */
/* Requests that change something, and who may. */
#include "fusefs/ops.h"

#include <errno.h>

/* Root could write to anything, so what tells it no is the filesystem; others lack the right, and
 * so does everybody where some files can be written. */
int ops_read_only(fuse_req_t req)
{
	return fuse_req_ctx(req)->uid == 0 && !ops_filesystem(req)->mirror.write ? -EROFS : -EACCES;
}

bool ops_may_write(struct filesystem *fs, const struct place *place, fuse_req_t req)
{
	uid_t uid = fuse_req_ctx(req)->uid;
	struct statx st;

	if (!node_writable(&fs->mirror, place->node))
		return false;
	if (uid == 0 || uid == fs->mirror.user || place->node->changes)
		return true;
	return content_source(fs, place, &st) == 0 && st.stx_uid == uid;
}

bool ops_may_remove(const struct filesystem *fs, const struct node *dir)
{
	return fs->mirror.write && dir->dir && dir->dir->objects;
}

/*
 * Where libfuse does not pass O_TRUNC on to open(2), it comes as this before it. What takes
 * commands has nothing to truncate, so that one that is refused afterwards leaves what was before
 * it.
 */
static int set_size(struct filesystem *fs, const struct place *place, off_t size)
{
	struct subject subject;
	struct object writable = OBJECT_NONE;
	int r;

	if (!place->node->truncate)
		return size == 0 ? 0 : -EINVAL;
	r = content_open(fs, place, &subject);
	if (r < 0)
		return r;
	writable.fd = object_open_writable(&subject.object, 0);
	content_close(fs, place, &subject);
	r = writable.fd < 0 ? writable.fd : place->node->truncate(&writable, (uint64_t)size);
	object_close(&writable);
	return r;
}

static void run_setattr(struct request *request)
{
	struct filesystem *fs = ops_filesystem(request->req);
	int r;

	if (!(request->number & FUSE_SET_ATTR_SIZE) ||
	    !ops_may_write(fs, &request->place, request->req))
		r = ops_read_only(request->req);
	else
		r = set_size(fs, &request->place, request->attr.st_size);
	if (r < 0)
		fuse_reply_err(request->req, -r);
	else
		ops_reply_attr(request);
}

void ops_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		 struct fuse_file_info *fi)
{
	struct request request = {.req = req,
				  .ino = ino,
				  .run = run_setattr,
				  .content = true,
				  .number = to_set,
				  .attr = *attr};

	(void)fi;
	ops_run(&request);
}

static int remove_object(struct filesystem *fs, const char *name, fuse_req_t req)
{
	_cleanup_rights_ struct rights rights = {0};
	struct viewer *viewer;
	int r = ops_viewer(req, &viewer);

	if (r < 0)
		return r;
	r = rights_enter(viewer->who, &rights);
	if (r == 0)
		r = object_remove(fs->mirror.source, name, fs->mirror.force);
	rights_leave(&rights);
	viewer_put(viewer);
	return r;
}

/* A directory of an object is its name: it goes with all that is in it. */
void ops_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct filesystem *fs = ops_filesystem(req);
	struct place place;
	int r = inodes_get(fs->inodes, parent, &place);

	if (r == 0) {
		const struct dir *dir = place.node->dir;

		if (!ops_may_remove(fs, place.node) || tree_find(dir, name))
			r = ops_read_only(req);
		else
			r = remove_object(fs, name, req);
		inodes_put(fs->inodes, &place);
	}
	fuse_reply_err(req, -r);
}
