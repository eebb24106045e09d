/* SPDX-License-Identifier: MIT */
/* The requests of the kernel, answered from the tree. */
#pragma once

#include <fuse_lowlevel.h>

#include "fusefs/content.h"

/* What a session is given as its user data. */
struct mounted {
	struct filesystem fs;
	void (*ready)(struct mounted *mounted); /* the kernel has shaken hands: the mount works */
	int ready_fd;                           /* for its use */
};

extern const struct fuse_lowlevel_ops filesystem_ops;

/* The parts of filesystem_ops that live in files of their own. */

void ops_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ops_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi);
void ops_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

/* What LOOKUP and READDIRPLUS say of a name: its attributes, and how long they and the name hold.
 */
void ops_entry(const struct filesystem *fs, const struct place *place, const struct stat *attr,
	       struct fuse_entry_param *ret);

/* The place and the entry of a name of SOURCE in the directory `listing`. Nothing is rendered. */
int ops_object_entry(struct filesystem *fs, const struct node *listing, const char *name,
		     struct place *ret, struct fuse_entry_param *entry);

/* The entry of a row, if its object is still the same; pins the place once more. */
int ops_row_entry(struct filesystem *fs, const struct place *place, struct fuse_entry_param *entry);

struct filesystem *ops_filesystem(fuse_req_t req);
