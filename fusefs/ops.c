/* SPDX-License-Identifier: MIT */
/* Requests for names, attributes and files. After a fuse_reply_*() nothing of a handle is touched.
 */
#include "fusefs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "fusefs/handle.h"

/* A fixed name means the same row of the same slot for ever. */
#define FIXED_SECONDS 3600.0
/* One tick of the kernel's clock: a tool that asks twice in a row is answered once. */
#define LIVE_SECONDS 0.001

struct filesystem *ops_filesystem(fuse_req_t req)
{
	struct mounted *mounted = fuse_req_userdata(req);

	return &mounted->fs;
}

static void ops_init(void *userdata, struct fuse_conn_info *conn)
{
	struct mounted *mounted = userdata;

	/* Pages spliced out of an object would go on changing, and splicing is slower here. */
#if FUSE_USE_VERSION >= 317
	fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_READ);
	fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_WRITE);
	fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_MOVE);
#else
	conn->want &=
		~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
#endif
	passthrough_init(mounted, conn);
	mounted->ready(mounted);
}

static double live_seconds(const struct filesystem *fs)
{
	return fs->mirror.strict ? 0 : LIVE_SECONDS;
}

/* The kernel keeps a name for all who come; but which fields there are, and which objects without a
 * name, is not everybody's to know. */
static double name_seconds(const struct filesystem *fs, const struct place *place)
{
	if (place->row < ROW_FIELDS && (place->row > 1 || place->slot->number == 0))
		return FIXED_SECONDS;
	if (fs->mirror.others && (place->row >= ROW_FIELDS || content_unlinked(place)))
		return 0;
	return live_seconds(fs);
}

/* The size of what is rendered is another one each time, so its attributes are never kept. */
static double attr_seconds(const struct filesystem *fs, const struct place *place)
{
	return place->node->render ? 0 : live_seconds(fs);
}

void ops_entry(const struct filesystem *fs, const struct place *place, const struct stat *attr,
	       struct fuse_entry_param *ret)
{
	*ret = (struct fuse_entry_param){
		.ino = inodes_number(place->slot, place->row),
		.attr = *attr,
		.entry_timeout = name_seconds(fs, place),
		.attr_timeout = attr_seconds(fs, place),
	};
}

/* What the directory has under the name; of .pshmfs/unlinked by those who hold it. */
static int identify(struct filesystem *fs, const struct place *listing, const char *name,
		    struct statx *ret, struct object_id *ret_id)
{
	struct object object;
	int r;

	if (!listing->node->dir->unlinked)
		return object_identify(fs->mirror.source, name, ret, ret_id);
	r = content_held(fs, listing->scan, name, &object);
	if (r < 0)
		return r == -ESTALE ? -ENOENT : r;
	*ret = object.st;
	*ret_id = object.id;
	object_close(&object);
	return 0;
}

int ops_object_entry(struct filesystem *fs, const struct place *listing, const char *name,
		     struct place *ret, struct fuse_entry_param *entry)
{
	struct object_id id = {0};
	struct statx st;
	struct stat attr;
	char path[sizeof(UNLINKED_PATH) + 24];
	int found = identify(fs, listing, name, &st, &id), r;

	if (found < 0 && found != -EXDEV)
		return found;
	if (listing->node->dir->unlinked) {
		snprintf(path, sizeof(path), UNLINKED_PATH "%.23s", name);
		name = path;
	}
	r = inodes_object(fs->inodes, listing->node, name, found == 0 ? &st : NULL, &id, ret);
	if (r < 0)
		return r;
	content_attr_of(fs, ret, found == 0 ? &st : NULL, &attr);
	ops_entry(fs, ret, &attr, entry);
	return 0;
}

void ops_row_entry(struct filesystem *fs, const struct place *place, const struct statx *st,
		   struct fuse_entry_param *entry)
{
	struct stat attr;

	content_attr_of(fs, place, st, &attr);
	ops_entry(fs, place, &attr, entry);
	inodes_pin(fs->inodes, place);
}

/*
 * The field, or the directory of fields, that the object has now under this name in the directory
 * `parent`; and that object.
 */
static int find_field(struct filesystem *fs, const struct place *parent, const char *name,
		      struct place *ret, struct statx *ret_st)
{
	struct field_rows rows;
	int r = content_fields(fs, parent, &rows);

	if (r < 0)
		return r;
	ret->node = tree_find(rows.dir, name);
	/* Which fields an object has that may not be read is not known: "no such file" may be
	 * wrong. */
	if (!ret->node)
		return rows.error ? rows.error : -ENOENT;
	ret->fields = rows.fields;
	ret->row = rows.row + (unsigned)(ret->node - rows.dir->nodes);
	*ret_st = rows.st;
	return 0;
}

static int lookup(struct filesystem *fs, const struct place *parent, const char *name,
		  struct fuse_entry_param *entry)
{
	const struct dir *dir = parent->node->dir;
	struct place child = *parent;
	struct statx st;
	int r;

	if (!dir)
		return -ENOTDIR;
	child.node = parent->fields ? NULL : tree_find(dir, name);
	if (!child.node && (dir->objects || dir->unlinked))
		return ops_object_entry(fs, parent, name, &child, entry);
	if (child.node) {
		child.row = tree_row(parent->slot->top, child.node);
		r = content_source(fs, &child, &st);
	} else {
		r = dir->fields ? find_field(fs, parent, name, &child, &st) : -ENOENT;
	}
	if (r == 0)
		ops_row_entry(fs, &child, &st, entry);
	return r;
}

static void run_lookup(struct request *request)
{
	struct filesystem *fs = ops_filesystem(request->req);
	struct fuse_entry_param entry = {0};
	int r = lookup(fs, &request->place, request->name, &entry);

	if (r < 0) {
		fuse_reply_err(request->req, -r);
		return;
	}
	/* The child's pin is the kernel's from now on, if it takes the answer. */
	if (fuse_reply_entry(request->req, &entry) < 0)
		inodes_forget(fs->inodes, entry.ino, 1);
}

static void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request request = {
		.req = req, .ino = parent, .run = run_lookup, .entries = true, .name = name};

	ops_run(&request);
}

static void ops_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	inodes_forget(ops_filesystem(req)->inodes, ino, count);
	fuse_reply_none(req);
}

static void ops_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		inodes_forget(ops_filesystem(req)->inodes, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

void ops_reply_attr(struct request *request)
{
	struct filesystem *fs = ops_filesystem(request->req);
	struct stat st;
	int r = content_attr(fs, &request->place, fuse_req_ctx(request->req)->pid, &st);

	if (r < 0)
		fuse_reply_err(request->req, -r);
	else
		fuse_reply_attr(request->req, &st, attr_seconds(fs, &request->place));
}

static void ops_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request request = {.req = req, .ino = ino, .run = ops_reply_attr, .content = true};

	(void)fi;
	ops_run(&request);
}

/* Just what open(2) would say. */
static int try_open(struct filesystem *fs, const struct place *place, int mask)
{
	const int flags = !(mask & W_OK) ? O_RDONLY : mask & R_OK ? O_RDWR : O_WRONLY;
	struct handle *handle;
	int r = place->node->dir ? 0 : handle_open(fs, place, 0, flags, &handle);

	if (r == 0 && !place->node->dir)
		handle_close(handle);
	return r;
}

static int check_access(struct filesystem *fs, const struct place *place, int mask, fuse_req_t req)
{
	bool is_dir = S_ISDIR(place->node->mode);

	if ((mask & W_OK) &&
	    !(is_dir ? ops_may_remove(fs, place->node) : ops_may_write(fs, place, req)))
		return ops_read_only(req);
	if ((mask & X_OK) && !is_dir)
		return -EACCES;
	return mask & (R_OK | W_OK) ? try_open(fs, place, mask) : 0;
}

static void run_access(struct request *request)
{
	fuse_reply_err(request->req, -check_access(ops_filesystem(request->req), &request->place,
						   request->number, request->req));
}

static void ops_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	struct request request = {
		.req = req, .ino = ino, .run = run_access, .content = mask & R_OK, .number = mask};

	ops_run(&request);
}

static void ops_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st;

	(void)ino;
	if (fstatvfs(ops_filesystem(req)->mirror.source, &st) < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_statfs(req, &st);
}

const struct fuse_lowlevel_ops filesystem_ops = {
	.init = ops_init,
	.lookup = ops_lookup,
	.forget = ops_forget,
	.forget_multi = ops_forget_multi,
	.getattr = ops_getattr,
	.setattr = ops_setattr,
	.access = ops_access,
	.open = ops_open,
	.read = ops_read,
	.write = ops_write,
	.release = ops_release,
	.opendir = ops_opendir,
	.readdir = ops_readdir,
	.readdirplus = ops_readdirplus,
	.releasedir = ops_releasedir,
	.statfs = ops_statfs,
	.mkdir = ops_refuse_mkdir,
	.mknod = ops_refuse_mknod,
	.unlink = ops_refuse_unlink,
	.rmdir = ops_rmdir,
	.symlink = ops_refuse_symlink,
	.rename = ops_refuse_rename,
	.link = ops_refuse_link,
};
