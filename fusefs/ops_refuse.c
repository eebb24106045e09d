/* SPDX-License-Identifier: MIT */
/* Requests that are refused: names are made, moved and removed in SOURCE, not in the mirror. */
#include "fusefs/ops.h"

#include <errno.h>

void ops_refuse_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent;
	(void)name;
	(void)mode;
	fuse_reply_err(req, EROFS);
}

void ops_refuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	(void)dev;
	ops_refuse_mkdir(req, parent, name, mode);
}

void ops_refuse_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	ops_refuse_mkdir(req, parent, name, 0);
}

void ops_refuse_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	ops_refuse_mkdir(req, parent, name, 0);
}

void ops_refuse_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to_parent,
		       const char *to_name, unsigned int flags)
{
	(void)to_parent;
	(void)to_name;
	(void)flags;
	ops_refuse_mkdir(req, parent, name, 0);
}

void ops_refuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino;
	ops_refuse_mkdir(req, parent, name, 0);
}
