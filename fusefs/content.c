/* SPDX-License-Identifier: MIT */
/* Rendering and attributes of places. */
#include "fusefs/content.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/cleanup.h"
#include "core/unlinked.h"
#include "fusefs/scanner.h"
#include "fusefs/viewer.h"

static bool is_object(const struct place *place)
{
	return place->slot->top == &object_node;
}

/* A name that is gone, or is another object now, is all the same to an old number. */
static int stale(int r)
{
	return r == -ENOENT || r == -EINVAL || r == -ENOTDIR || r == -EXDEV ? -ESTALE : r;
}

/* Where a request with our own rights has left the object open, others cannot tell what they may.
 */
static struct kept *kept_for(const struct filesystem *fs, const struct place *place)
{
	return place->viewer->who ? NULL : fs->kept;
}

bool content_unlinked(const struct place *place)
{
	return place->slot->listing && place->slot->listing->dir->unlinked;
}

int content_held(struct filesystem *fs, const struct scan *scan, const char *name,
		 struct object *ret)
{
	const struct mirror *mirror = &fs->mirror;
	char *end, again[24];
	uint64_t ino;

	if (strncmp(name, UNLINKED_PATH, strlen(UNLINKED_PATH)) == 0)
		name += strlen(UNLINKED_PATH);
	errno = 0;
	ino = strtoull(name, &end, 10);
	snprintf(again, sizeof(again), "%" PRIu64, ino);
	if (errno || strcmp(again, name) != 0 || !mirror->whole)
		return -ENOENT;
	return scan ? unlinked_open(mirror->procfd, mirror->source, NULL, scan->looks.snapshot, ino,
				    ret)
		    : -ESTALE;
}

static int open_subject(struct filesystem *fs, const struct place *place, struct subject *ret)
{
	const char *name = place->slot->name;
	struct object object;
	int r;

	if (content_unlinked(place)) {
		r = content_held(fs, place->scan, place->slot->name, &object);
		return r < 0 ? r : subject_of(&fs->mirror, place->viewer, name, &object, ret);
	}
	if (kept_take(kept_for(fs, place), place->slot->number, &object))
		return subject_of(&fs->mirror, place->viewer, name, &object, ret);
	return stale(subject_open(&fs->mirror, place->viewer, name, ret));
}

/* Of what is no object, and of the mount's own: nothing is opened. */
static int open_other(struct filesystem *fs, const struct place *place, struct subject *ret)
{
	struct statx st;
	int r = content_source(fs, place, &st);

	*ret = (struct subject){.mirror = &fs->mirror,
				.viewer = place->viewer,
				.name = place->slot->name,
				.object = OBJECT_NONE,
				.scan = place->scan};
	return r == -EXDEV ? 0 : r;
}

int content_open(struct filesystem *fs, const struct place *place, struct subject *ret)
{
	int r;

	if (!is_object(place))
		return open_other(fs, place, ret);
	r = open_subject(fs, place, ret);
	if (r < 0)
		return r;
	ret->scan = place->scan;
	ret->unlinked = content_unlinked(place);
	if (!object_id_equal(ret->object.id, place->slot->id))
		r = -ESTALE;
	else if (place->fields && place->fields->layout != ret->layout)
		r = ret->object.fd < 0 ? ret->object.error : -ESTALE;
	if (r < 0)
		subject_close(ret);
	return r;
}

void content_close(struct filesystem *fs, const struct place *place, struct subject *subject)
{
	if (!subject->unlinked)
		kept_give(kept_for(fs, place), place->slot->number, &subject->object);
	subject_close(subject);
}

/* In one table the rows of a directory are as far from its own as its nodes are from its node. */
static void find_rows(struct filesystem *fs, const struct place *place, struct field_rows *ret)
{
	if (place->fields) {
		ret->dir = place->node->dir;
		ret->row = place->row + (unsigned)(ret->dir->nodes - place->node);
	} else {
		ret->dir = &ret->fields->top;
		ret->row = inodes_fields(fs->inodes, place->slot, place->viewer, ret->fields);
	}
}

int content_fields(struct filesystem *fs, const struct place *place, struct field_rows *ret)
{
	struct subject subject;
	int r = content_open(fs, place, &subject);

	if (r < 0)
		return r;
	*ret = (struct field_rows){.fields = place->fields,
				   .error = subject.object.fd < 0 ? subject.object.error : 0,
				   .st = subject.object.st};
	if (!place->fields)
		r = tree_fields(&fs->mirror, subject.layout, &ret->fields);
	content_close(fs, place, &subject);
	if (r == 0)
		find_rows(fs, place, ret);
	return r;
}

int content_object(struct filesystem *fs, const struct place *place, struct object *ret)
{
	int r;

	if (kept_take(kept_for(fs, place), place->slot->number, ret))
		return 0;
	r = stale(object_open(fs->mirror.source, place->slot->name, ret));
	if (r == 0 && !object_id_equal(ret->id, place->slot->id)) {
		object_close(ret);
		r = -ESTALE;
	}
	return r;
}

void content_object_done(struct filesystem *fs, const struct place *place, struct object *object)
{
	kept_give(kept_for(fs, place), place->slot->number, object);
	object_close(object);
}

int content_render(struct filesystem *fs, const struct place *place, char **ret, size_t *ret_size)
{
	struct subject subject;
	const struct node *node = place->node;
	int r = node->scan && !place->scan && !node->optional ? -ETIMEDOUT
							      : content_open(fs, place, &subject);

	if (r < 0)
		return r;
	r = tree_render(&subject, node, ret, ret_size);
	content_close(fs, place, &subject);
	if (r == 0)
		inodes_note_length(fs->inodes, place, *ret_size);
	return r;
}

int content_source(struct filesystem *fs, const struct place *place, struct statx *ret)
{
	struct object object;
	struct object_id id;
	int r;

	if (place->slot->number == 0)
		return statx(fs->mirror.source, "", AT_EMPTY_PATH, STATX_BASIC_STATS, ret) < 0
			       ? -errno
			       : 0;
	if (content_unlinked(place)) {
		r = content_held(fs, place->scan, place->slot->name, &object);
		if (r < 0)
			return r;
		*ret = object.st;
		object_close(&object);
		return 0;
	}
	if (kept_take(kept_for(fs, place), place->slot->number, &object)) {
		*ret = object.st;
		kept_give(kept_for(fs, place), place->slot->number, &object);
		return 0;
	}
	r = object_identify(fs->mirror.source, place->slot->name, ret, &id);
	if (r == -EXDEV && place->slot->id.ino == 0)
		return -EXDEV;
	if (r < 0)
		return stale(r);
	return object_id_equal(id, place->slot->id) ? 0 : -ESTALE;
}

static struct timespec timespec_of(struct statx_timestamp t)
{
	return (struct timespec){.tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec};
}

/* The mount's own files belong to who mounted it. */
static mode_t own_mode(const struct mirror *mirror, const struct node *node, struct stat *ret)
{
	ret->st_uid = mirror->user;
	ret->st_gid = getgid();
	return node->mode | (mirror->write && node->dir && node->dir->objects ? 0200 : 0);
}

/* `ls -l MNT` reads like `ls -l SOURCE`: x is added where r is set, since it is a directory. */
static mode_t object_mode(const struct mirror *mirror, const struct node *node,
			  const struct statx *st)
{
	if (S_ISDIR(node->mode))
		return S_IFDIR | (st->stx_mode & 0777) | (st->stx_mode & 0444) >> 2;
	if (!node_writable(mirror, node))
		return S_IFREG | (st->stx_mode & 0444);
	/* What changes the object needs its w; `layout` is its owner's, whatever the object. */
	return S_IFREG | (st->stx_mode & 0444) | (node->changes ? st->stx_mode & 0222 : 0200);
}

static void set_size(struct stat *ret, uint64_t size)
{
	ret->st_size = (off_t)size;
	ret->st_blocks = (blkcnt_t)((size + 511) / 512);
}

void content_attr_of(struct filesystem *fs, const struct place *place, const struct statx *st,
		     struct stat *ret)
{
	const struct node *node = place->node;

	*ret = (struct stat){
		.st_ino = inodes_number(place->slot, place->row),
		.st_nlink = 1, /* of a folder: nobody counts its subfolders (find -noleaf) */
		.st_blksize = 4096,
	};
	if (st) {
		ret->st_uid = st->stx_uid;
		ret->st_gid = st->stx_gid;
		ret->st_atim = timespec_of(st->stx_atime);
		ret->st_mtim = timespec_of(st->stx_mtime);
		ret->st_ctim = timespec_of(st->stx_ctime);
	}
	ret->st_mode = st && is_object(place) ? object_mode(&fs->mirror, node, st)
		       : place->slot->number  ? S_IFREG | 0444
					      : own_mode(&fs->mirror, node, ret);
	if (st && is_object(place) && (node->read || node == &object_node)) {
		ret->st_size = (off_t)st->stx_size;
		ret->st_blocks = node->read ? (blkcnt_t)st->stx_blocks : 0;
	}
}

/*
 * The size of what is rendered; where it cannot be, 0, and nobody can read it. GNU tar believes of
 * a file of size 0 that all may read that it is empty, without opening it (file_dumpable_p() in its
 * create.c): it would put an empty file into the archive, and say nothing.
 */
static void set_rendered_size(struct filesystem *fs, const struct place *place, pid_t pid,
			      struct stat *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	if (inodes_length(fs->inodes, place, pid, &size) ||
	    content_render(fs, place, &text, &size) == 0)
		set_size(ret, size);
	else
		ret->st_mode &= ~(mode_t)0444;
}

int content_attr(struct filesystem *fs, const struct place *place, pid_t pid, struct stat *ret)
{
	struct statx st;
	int r = content_source(fs, place, &st);

	if (r < 0 && r != -EXDEV)
		return r;
	content_attr_of(fs, place, r == 0 ? &st : NULL, ret);
	if (place->node->render)
		set_rendered_size(fs, place, pid, ret);
	return 0;
}
