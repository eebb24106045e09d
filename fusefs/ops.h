/* SPDX-License-Identifier: MIT */
/* The requests of the kernel, answered from the tree. */
#pragma once

#include <fuse_lowlevel.h>

#include "fusefs/content.h"
#include "fusefs/finder.h"
#include "fusefs/rights.h"
#include "fusefs/scanner.h"
#include "fusefs/viewer.h"

/* What a session is given as its user data. */
struct mounted {
	struct filesystem fs;
	void (*ready)(struct mounted *mounted); /* called as the kernel's INIT is answered */
	int ready_fd;                           /* for its use */
	int session_fd;                         /* /dev/fuse, as it is open for this mount */
};

extern const struct fuse_lowlevel_ops filesystem_ops;

/*
 * One request. Where what it asks for comes from processes, it is put aside until they have been
 * looked at (scanner.h), or asked what the object is (finder.h), and run by another thread: no
 * thread that libfuse has waits for that.
 */
struct request {
	struct asker asker; /* the first */
	struct seeker seeker;
	bool copied; /* it is on the heap, with what it points to */
	fuse_req_t req;
	fuse_ino_t ino;
	void (*run)(struct request *request); /* answers it; for place.scan, too */
	struct place place;
	bool content; /* it asks for content, or for its length */
	bool entries; /* … for what is in a directory */
	/* What else the operation is told. */
	const char *name, *bytes;
	size_t size;
	off_t off;
	int number;
	struct stat attr;
	struct fuse_file_info fi;
};

/*
 * Run it, with the rights of who asks; ops_run_at() with those of the place's viewer. The place is
 * pinned and its viewer in use by the caller, and both are given back when it is answered.
 */
void ops_run(struct request *request);
void ops_run_at(struct request *request, const struct place *place);

/* Who makes the request: in use, to be given back by viewer_put(). 0 or -ENOMEM. */
int ops_viewer(fuse_req_t req, struct viewer **ret);

/* Has this /proc the numbers of our pid namespace, as requests have them? */
bool ops_proc_is_ours(int procfd);

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
int ops_object_entry(struct filesystem *fs, const struct place *listing, const char *name,
		     struct place *ret, struct fuse_entry_param *entry);

/* The entry of a row, of whose object content_source() has told `st`; pins the place once more. */
void ops_row_entry(struct filesystem *fs, const struct place *place, const struct statx *st,
		   struct fuse_entry_param *entry);

/* May the caller write to this place, as far as it is not the kernel that decides? Who mounted may;
 * to what is no object's, its owner too. Others may where their rights let them.
 */
bool ops_may_write(struct filesystem *fs, const struct place *place, fuse_req_t req);

/* Can objects be removed from this directory, by whom the kernel lets? */
bool ops_may_remove(const struct filesystem *fs, const struct node *dir);

/* What to tell who may not: -EROFS or -EACCES. */
int ops_read_only(fuse_req_t req);

/* Answer with the attributes of its place. */
void ops_reply_attr(struct request *request);

struct filesystem *ops_filesystem(fuse_req_t req);

/* Can it come to passthrough in this build and mirror, if the kernel has it? */
bool passthrough_possible(const struct mirror *mirror);

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
