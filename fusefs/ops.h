/* SPDX-License-Identifier: MIT */
/* The requests of the kernel, answered from the tree. */
#pragma once

#include <fuse_lowlevel.h>

#include "fusefs/content.h"

/* What a session is given as its user data. */
struct mounted {
	struct filesystem fs;
	void (*ready)(struct mounted *mounted); /* called as the kernel's INIT is answered */
	int ready_fd;                           /* for its use */
	int session_fd;                         /* /dev/fuse, as it is open for this mount */
};

extern const struct fuse_lowlevel_ops filesystem_ops;

/* The parts of filesystem_ops that live in files of their own. */

void ops_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ops_write(fuse_req_t req, fuse_ino_t ino, const char *text, size_t size, off_t off,
	       struct fuse_file_info *fi);
void ops_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

void ops_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ops_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ops_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi);
void ops_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

void ops_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		 struct fuse_file_info *fi);
void ops_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);

void ops_refuse_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void ops_refuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev);
void ops_refuse_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void ops_refuse_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name);
void ops_refuse_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to_parent,
		       const char *to_name, unsigned int flags);
void ops_refuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name);

/* What LOOKUP and READDIRPLUS say of a name: its attributes, and how long they and the name hold.
 */
void ops_entry(const struct filesystem *fs, const struct place *place, const struct stat *attr,
	       struct fuse_entry_param *ret);

/* The place and the entry of a name of SOURCE in the directory `listing`. Nothing is rendered. */
int ops_object_entry(struct filesystem *fs, const struct node *listing, const char *name,
		     struct place *ret, struct fuse_entry_param *entry);

/* The entry of a row, of whose object content_source() has told `st`; pins the place once more. */
void ops_row_entry(struct filesystem *fs, const struct place *place, const struct statx *st,
		   struct fuse_entry_param *entry);

/* May the caller write to this place at all? Who mounted may; to what is no object's, its owner
 * too.
 */
bool ops_may_write(struct filesystem *fs, const struct place *place, fuse_req_t req);

/* May the caller remove objects from this directory? */
bool ops_may_remove(const struct filesystem *fs, const struct node *dir, fuse_req_t req);

/* What to tell who may not: -EROFS or -EACCES. */
int ops_read_only(fuse_req_t req);

/* Answer with the attributes of `ino`. */
void ops_reply_attr(fuse_req_t req, fuse_ino_t ino);

struct filesystem *ops_filesystem(fuse_req_t req);

/* Ask for passthrough, where libfuse and kernel have it. */
void passthrough_init(struct mounted *mounted, struct fuse_conn_info *conn);

/*
 * passthrough_open() - Let the kernel read the object open as `fd` for this file of the slot.
 *
 * True: done, and to be ended by passthrough_close(); `fd` may be closed at once. False: it has to
 * be read by us; where it was refused once it is not tried again.
 */
bool passthrough_open(struct mounted *mounted, struct slot *slot, int fd,
		      struct fuse_file_info *fi);
void passthrough_close(struct mounted *mounted, struct slot *slot);
