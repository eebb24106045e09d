/* SPDX-License-Identifier: MIT */
/* The files of an object's fields: one a row of its layout, by what kind of row it is. */
#include "fusefs/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/holders.h"
#include "core/layout_change.h"
#include "core/parse.h"
#include "core/poster.h"
#include "core/verdict_unseen.h"
#include "fusefs/nodes_folders.h"
#include "fusefs/nodes_pointer.h"
#include "fusefs/scanner.h"

static int render_field(struct subject *subject, const void *arg, FILE *out)
{
	if (subject->object.fd < 0)
		return subject->object.error;
	return leaf_render(arg, &subject->image, out);
}

/* The object once more, to change it; the caller closes it. */
static int open_writable(struct subject *subject)
{
	return subject->mirror->poster ? object_open_writable(&subject->object, 0) : -EROFS;
}

static int write_field(struct subject *subject, const void *arg, const char *text, size_t size)
{
	_cleanup_close_ int fd = open_writable(subject);
	struct change change = {0};
	int r;

	if (fd < 0)
		return fd;
	r = leaf_parse(subject->layout, arg, &subject->image, text, size, &change);
	if (r < 0)
		return r;
	r = poster_store(subject->mirror->poster, fd, change.offset, change.bytes, change.size);
	change_deinit(&change);
	return r;
}

/*
 * Where the words that a holder's threads sleep on may not be read, somebody may sleep there who
 * may not be looked at, or the scan was not finished, the number is not known.
 */
static int render_waiters(struct subject *subject, const void *arg, FILE *out)
{
	const struct leaf *leaf = arg;
	const struct snapshot *snapshot = subject->scan->looks.snapshot;
	const uint64_t ino = subject->object.id.ino;

	if (snapshot_unfinished(snapshot, ino))
		return -ETIMEDOUT;
	if (waiters_hidden(snapshot, ino) || verdict_unseen(snapshot, &subject->object))
		return -EACCES;
	fprintf(out, "%zu\n", waiters_count(snapshot, ino, leaf->field->offset, leaf->field->type));
	return 0;
}

static int render_nothing(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	(void)out;
	return subject->object.fd < 0 ? subject->object.error : 0;
}

/* How often to post: 1 to SEM_VALUE_MAX. */
static int parse_posts(const char *text, size_t size, uint32_t *ret)
{
	_cleanup_free_ char *line = NULL;
	int r = text_line(text, size, &line);

	if (r == 0)
		r = parse_unsigned(line, ret, sizeof(*ret));
	if (r < 0)
		return r;
	return *ret == 0 || *ret > SEMAPHORE_VALUE_MAX ? -ERANGE : 0;
}

/* What cannot be posted is found out before it is mapped: a hole would get a page by that. */
static int write_post(struct subject *subject, const void *arg, const char *text, size_t size)
{
	_cleanup_close_ int fd = open_writable(subject);
	const struct leaf *leaf = arg;
	const struct semaphore_abi *abi = leaf->field->type->abi;
	const struct image *image = &subject->image;
	uint32_t posts = 0;
	int r = fd < 0 ? fd : parse_posts(text, size, &posts);

	if (r < 0)
		return r;
	if (leaf->field->offset + abi->size > image->size)
		return -ENODATA;
	if (!semaphore_plausible(abi, image->bytes + leaf->field->offset, NULL))
		return -EBADMSG;
	return poster_post(subject->mirror->poster, fd, abi, leaf->field->offset, posts);
}

/* What the file of a leaf does, by its kind. */
static const struct field_file {
	int (*render)(struct subject *subject, const void *arg, FILE *out);
	int (*write)(struct subject *subject, const void *arg, const char *text, size_t size);
	enum scan_scope scan;
	bool optional;   /* without that look it says less */
	bool only_write; /* it is there only where objects may be changed */
} field_files[] = {
	[FIELD_MEMORY] = {render_field, write_field},
	[FIELD_POINTER] = {render_pointer, write_field, .scan = SCAN_ALL, .optional = true},
	[FIELD_WAITERS] = {render_waiters, .scan = SCAN_OBJECT},
	[FIELD_POST] = {render_nothing, write_post, .only_write = true},
};

/* Without render where there is no such file in this mirror. */
static struct node field_node(const struct leaf *leaf, bool write)
{
	const struct field_file *file = &field_files[leaf_kind(leaf)];
	bool writable = file->write && (!leaf_in_memory(leaf) || leaf_writable(leaf));

	return (struct node){
		.mode = S_IFREG | (writable ? 0666 : 0444),
		.render = write || !file->only_write ? file->render : NULL,
		.write = writable ? file->write : NULL,
		.changes = writable,
		.scan = file->scan,
		.optional = file->optional,
		.arg = leaf,
		.help = leaf->member ? leaf->member->help : leaf->field->help,
	};
}

static int add_files(struct field_nodes *fields, const struct leaf *leaves, size_t n)
{
	_cleanup_free_ struct node *files = calloc(n + 1, sizeof(*files));

	if (!files)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		files[i] = field_node(&leaves[i], fields->write);
	return folders_arrange(files, n, fields);
}

/* The leaves stay where they are: the nodes point to them. */
static int fields_create(const struct layout *layout, bool write, struct field_nodes *next,
			 struct field_nodes **ret)
{
	struct field_nodes *fields = calloc(1, sizeof(*fields));
	struct leaf *leaves = NULL;
	size_t n = 0;
	int r = fields ? layout_files(layout, &leaves, &n) : -ENOMEM;

	if (r == 0) {
		*fields = (struct field_nodes){
			.next = next, .layout = layout, .write = write, .arena.left = SIZE_MAX};
		r = add_files(fields, leaves, n);
	}
	if (r < 0) {
		if (fields)
			arena_free(&fields->arena);
		free(leaves);
		free(fields);
		return -ENOMEM;
	}
	*ret = fields;
	return 0;
}

int tree_fields(const struct mirror *mirror, const struct layout *layout,
		const struct field_nodes **ret)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct field_nodes none; /* the head of the list: of no layout */
	struct field_nodes *fields;
	int r = 0;

	pthread_mutex_lock(&lock);
	fields = layout ? none.next : &none;
	while (fields && (fields->layout != layout || (layout && fields->write != mirror->write)))
		fields = fields->next;
	if (!fields) {
		r = fields_create(layout, mirror->write, none.next, &fields);
		if (r == 0)
			none.next = fields;
	}
	pthread_mutex_unlock(&lock);
	*ret = fields;
	return r;
}
