/* SPDX-License-Identifier: MIT */
/* Requests for directories. */
#include "fusefs/ops.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "fusefs/buffer.h"
#include "fusefs/listing.h"

/* What libfuse says where it knows no inode number; 0 would make some readers drop the entry. */
#define UNKNOWN_INO 0xffffffff

static void run_opendir(struct request *request)
{
	struct listing *listing;
	int r = request->place.node->dir
			? listing_open(ops_filesystem(request->req), &request->place, &listing)
			: -ENOTDIR;

	if (r < 0) {
		fuse_reply_err(request->req, -r);
		return;
	}
	request->fi.fh = (uintptr_t)listing;
	if (fuse_reply_open(request->req, &request->fi) < 0)
		listing_close(listing);
}

void ops_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request request = {
		.req = req, .ino = ino, .run = run_opendir, .entries = true, .fi = *fi};

	ops_run(&request);
}

void ops_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	listing_close((struct listing *)(uintptr_t)fi->fh);
	fuse_reply_err(req, 0);
}

/* One answer to a readdir, being filled. */
struct page {
	fuse_req_t req;
	struct filesystem *fs;
	const struct place *place; /* of the directory */
	char *bytes;
	size_t size, used;
	uint64_t *pinned; /* the numbers whose pins the kernel gets with the answer */
	size_t n_pinned;
	bool asked; /* content_source() of the directory, which said error and st */
	int error;
	struct statx st;
};

/* No entry with attributes is shorter than its fixed part. */
#define PLUS_MIN 128

/* "." and ".." are indices 0 and 1; the names begin at 2. An offset is the index of the next. */
#define NAMES_AT 2

static int add_plain(struct page *page, const char *name, uint64_t ino, mode_t type, uint64_t index)
{
	const struct stat st = {.st_ino = ino, .st_mode = type};
	size_t n = fuse_add_direntry(page->req, page->bytes + page->used, page->size - page->used,
				     name, &st, (off_t)(index + 1));

	if (n > page->size - page->used)
		return 1;
	page->used += n;
	return 0;
}

static int plain(const struct listed *listed, uint64_t index, void *data)
{
	struct page *page = data;

	if (listed->node)
		return add_plain(page, listed->name, inodes_number(page->place->slot, listed->row),
				 listed->node->mode & S_IFMT, index + NAMES_AT);
	return add_plain(page, listed->name, UNKNOWN_INO,
			 listed->kind == DT_UNKNOWN ? 0
			 : listed->kind == DT_REG   ? S_IFDIR
						    : S_IFREG,
			 index + NAMES_AT);
}

/* The entry of a listed name; what has gone meanwhile is -errno. */
static int enter(struct page *page, const struct listed *listed, struct fuse_entry_param *entry)
{
	struct place place = *page->place;

	if (!listed->node)
		return ops_object_entry(page->fs, page->place, listed->name, &place, entry);
	/* All rows are of one object: it is asked for once. */
	if (!page->asked)
		page->error = content_source(page->fs, page->place, &page->st);
	page->asked = true;
	if (page->error < 0)
		return page->error;
	place.row = listed->row;
	place.node = listed->node;
	place.fields = listed->fields;
	ops_row_entry(page->fs, &place, &page->st, entry);
	return 0;
}

/* Of what only a look at processes finds, names are all that is told here. */
static bool by_look(const struct place *place)
{
	return place->node->dir->unlinked || content_unlinked(place);
}

static int plus(const struct listed *listed, uint64_t index, void *data)
{
	struct page *page = data;
	size_t room = page->size - page->used;
	struct fuse_entry_param entry;
	int r;

	if (fuse_add_direntry_plus(page->req, NULL, 0, listed->name, NULL, 0) > room)
		return 1;
	r = enter(page, listed, &entry);
	if ((r == -ENOENT || r == -ESTALE) && !by_look(page->place))
		return 0; /* gone meanwhile */
	/* Without a number the kernel asks again, and whoever wants to know gets the error. */
	if (r < 0)
		entry = (struct fuse_entry_param){.attr = {.st_ino = UNKNOWN_INO}};
	else
		page->pinned[page->n_pinned++] = entry.ino;
	page->used += fuse_add_direntry_plus(page->req, page->bytes + page->used, room,
					     listed->name, &entry, (off_t)(index + NAMES_AT + 1));
	return 0;
}

static int add_dots(struct page *page, bool with_attributes, uint64_t index)
{
	static const char *const dots[NAMES_AT] = {".", ".."};

	for (; index < NAMES_AT; index++) {
		struct fuse_entry_param entry = {
			.attr = {.st_ino = UNKNOWN_INO, .st_mode = S_IFDIR}};
		size_t room = page->size - page->used, n;

		if (index == 0)
			entry.attr.st_ino = inodes_number(page->place->slot, page->place->row);
		/* Without a nodeid (entry.ino 0) the kernel takes no attributes and counts none. */
		n = with_attributes
			    ? fuse_add_direntry_plus(page->req, page->bytes + page->used, room,
						     dots[index], &entry, (off_t)(index + 1))
			    : fuse_add_direntry(page->req, page->bytes + page->used, room,
						dots[index], &entry.attr, (off_t)(index + 1));
		if (n > room)
			return -ENOSPC;
		page->used += n;
	}
	return 0;
}

static void reply_page(fuse_req_t req, size_t size, off_t off, struct fuse_file_info *fi,
		       bool with_attributes)
{
	struct listing *listing = (struct listing *)(uintptr_t)fi->fh;
	_cleanup_buffer_ char *bytes = buffer_take(size, 0);
	_cleanup_free_ uint64_t *pinned = calloc(size / PLUS_MIN + 1, sizeof(*pinned));
	uint64_t index = (uint64_t)off;
	struct page page = {
		.req = req,
		.fs = ops_filesystem(req),
		.place = listing_place(listing),
		.bytes = bytes,
		.size = size,
		.pinned = pinned,
	};
	_cleanup_rights_ struct rights rights;
	int r = rights_enter(page.place->viewer->who, &rights);

	if (!bytes || !pinned)
		r = -ENOMEM;

	if (r == 0 && add_dots(&page, with_attributes, index) == 0)
		r = listing_walk(listing, index < NAMES_AT ? 0 : index - NAMES_AT,
				 with_attributes ? plus : plain, &page);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		r = fuse_reply_buf(req, bytes, page.used);
	/* What the kernel did not get it will not forget. */
	for (size_t i = 0; r < 0 && i < page.n_pinned; i++)
		inodes_forget(page.fs->inodes, pinned[i], 1);
}

void ops_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	reply_page(req, size, off, fi, false);
}

void ops_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	(void)ino;
	reply_page(req, size, off, fi, true);
}
