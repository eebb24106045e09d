/* SPDX-License-Identifier: MIT */
/* Any paths in a mount, and any bytes written to what is there; by the tree, without a mount. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/poster.h"
#include "fusefs/buffer.h"
#include "fusefs/handle.h"
#include "fusefs/listing.h"
#include "fusefs/scan.h"
#include "fusefs/viewer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sandbox.h"

/* What there is before: of each way in which an object is shown. */
static const struct {
	const char *name;
	uint32_t words[24];
} objects[] = {
	{"count", {[0] = 1, [2] = 0x80, [8] = 7}},
	{"sem.lock", {[0] = 3, [2] = 0x80}},
	{"pshm_xfr", {[0] = 1, [2] = 0x80, [10] = 0x80, [16] = 5, [17] = 0x6c6c6568}},
	{"any", {1, 2, 3, 4, 5}},
};

enum { N_OBJECTS = sizeof(objects) / sizeof(objects[0]), SIZES = 96, OPERATIONS_MAX = 12 };

/* How many bytes each of them has. */
static const size_t sizes[N_OBJECTS] = {40, 32, SIZES, 20};

static struct filesystem fs = {.mirror = {
				       .source_path = "/dev/shm",
				       .options = "write",
				       .write = true,
				       .cgroupfd = -1,
				       .max_age = 100,
				       .callers = true,
			       }};
static struct place root;
static struct scan scan; /* of a machine in which nobody holds anything */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	sandbox_enter();
	signal(SIGIO, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	fs.mirror.source = open("/dev/shm", O_PATH | O_CLOEXEC);
	fs.mirror.procfd = open("/proc", O_PATH | O_CLOEXEC);
	fs.mirror.user = getuid();
	scan.looks.snapshot = &scan.looks.single;
	if (fs.mirror.source < 0 || layout_rules_create(&fs.mirror.rules) < 0 ||
	    poster_start(&fs.mirror.poster) < 0)
		abort();
	return 0;
}

static void begin(void)
{
	for (size_t i = 0; i < N_OBJECTS; i++) {
		int fd = openat(fs.mirror.source, objects[i].name,
				O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		if (fd < 0 || write(fd, objects[i].words, sizes[i]) != (ssize_t)sizes[i])
			abort();
		close(fd);
	}
	if (inodes_create(&fs.inodes) < 0 || viewers_create(-1, false, &fs.mirror.viewers) < 0 ||
	    inodes_get(fs.inodes, 1, &root) < 0)
		abort();
	root.viewer = viewers_own(fs.mirror.viewers);
	root.scan = &scan;
}

static void end(void)
{
	inodes_put(fs.inodes, &root);
	inodes_destroy(fs.inodes);
	viewers_destroy(fs.mirror.viewers);
}

/* As lookup of fusefs/ops.c: the place, which the caller gives back; or -errno. */
static int find_object(const struct place *parent, const char *name, struct place *ret)
{
	struct object_id id = {0};
	struct statx st;
	struct object object;
	int r;

	if (!parent->node->dir->unlinked) {
		r = object_identify(fs.mirror.source, name, &st, &id);
	} else {
		r = content_held(&fs, &scan, name, &object);
		if (r == 0)
			object_close(&object);
		return r < 0 ? r : -ENOENT; /* nobody holds anything */
	}
	if (r < 0 && r != -EXDEV)
		return r;
	r = inodes_object(fs.inodes, parent->node, name, r == 0 ? &st : NULL, &id, ret);
	ret->viewer = root.viewer;
	ret->scan = &scan;
	return r;
}

static int find_row(const struct place *parent, const char *name, struct place *ret)
{
	const struct dir *dir = parent->node->dir;
	struct field_rows rows;
	struct statx st;
	int r;

	*ret = *parent;
	ret->node = parent->fields ? NULL : tree_find(dir, name);
	if (ret->node) {
		ret->row = tree_row(parent->slot->top, ret->node);
		r = content_source(&fs, ret, &st);
	} else if (!dir->fields) {
		return -ENOENT;
	} else {
		r = content_fields(&fs, parent, &rows);
		ret->node = r == 0 ? tree_find(rows.dir, name) : NULL;
		if (!ret->node)
			return r < 0 ? r : -ENOENT;
		ret->fields = rows.fields;
		ret->row = rows.row + (unsigned)(ret->node - rows.dir->nodes);
	}
	if (r == 0)
		inodes_pin(fs.inodes, ret);
	return r;
}

static int find_child(const struct place *parent, const char *name, struct place *ret)
{
	const struct dir *dir = parent->node->dir;

	if (!dir)
		return -ENOTDIR;
	if ((parent->fields || !tree_find(dir, name)) && (dir->objects || dir->unlinked))
		return find_object(parent, name, ret);
	return find_row(parent, name, ret);
}

/* The kernel takes paths apart: no name is empty, or has a slash. */
static int find(char *path, struct place *ret)
{
	struct place at = root;
	char *name;
	int r = 0;

	inodes_pin(fs.inodes, &at);
	while (r == 0 && (name = strsep(&path, "/"))) {
		struct place child = at;

		if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		r = strlen(name) > NAME_MAX ? -ENAMETOOLONG : find_child(&at, name, &child);
		inodes_put(fs.inodes, &at);
		if (r == 0)
			at = child;
	}
	if (r == 0)
		*ret = at;
	return r;
}

static int each_name(const struct listed *listed, uint64_t index, void *data)
{
	(void)index;
	(void)data;
	if (!*listed->name || strchr(listed->name, '/') || strlen(listed->name) > NAME_MAX)
		abort();
	return 0;
}

static void list(const struct place *place)
{
	struct listing *listing;

	if (listing_open(&fs, place, &listing) < 0)
		return;
	listing_walk(listing, 0, each_name, NULL);
	listing_walk(listing, 3, each_name, NULL);
	listing_close(listing);
}

static void read_all(const struct place *place)
{
	struct handle *handle;
	struct stat st;

	if (content_attr(&fs, place, getpid(), &st) < 0)
		return;
	if (handle_open(&fs, place, getpid(), O_RDONLY, &handle) < 0)
		return;
	for (uint64_t offset = 0; offset < 100; offset += 60) {
		_cleanup_buffer_ char *text = NULL;

		handle_read(handle, &scan, offset, 60, &text);
	}
	handle_close(handle);
}

/* What is refused has changed nothing: the objects are no longer than that. */
static void write_all(const struct place *place, uint64_t offset, const char *text, size_t size)
{
	struct handle *handle;

	if (!node_writable(&fs.mirror, place->node) ||
	    handle_open(&fs, place, getpid(), O_WRONLY, &handle) < 0)
		return;
	handle_write(handle, getpid(), &scan, offset, text, size);
	handle_close(handle);
}

static void remove_object(const char *path)
{
	if (*path && !strchr(path, '/') && strcmp(path, ".") != 0 && strcmp(path, "..") != 0)
		object_remove(fs.mirror.source, path, true);
}

/* How, a path, a newline; to write: where, a text, a newline. */
static void operate(struct input *input)
{
	const unsigned how = (unsigned)input_number(input, 1);
	char *path = input_until(input, '\n');
	struct place place;

	if (!path)
		return;
	if (how % 4 == 3)
		remove_object(path);
	else if (find(path, &place) == 0) {
		if (place.node->dir)
			list(&place);
		else if (how % 4 > 0) {
			const uint64_t offset = input_number(input, 1);
			const uint8_t *end =
				input->left ? memchr(input->at, '\n', input->left) : NULL;
			const size_t n =
				end ? (size_t)(end - input->at) + how / 4 % 2 : input->left;

			write_all(&place, offset, (const char *)input->at, n);
			input->at += n;
			input->left -= n;
		}
		if (!place.node->dir)
			read_all(&place);
		inodes_put(fs.inodes, &place);
	}
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};

	begin();
	for (int i = 0; i < OPERATIONS_MAX && input.left > 0; i++)
		operate(&input);
	end();
	return 0;
}
