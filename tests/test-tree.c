/* SPDX-License-Identifier: MIT */
/* The tree without a mount: its tables, and what each of their rows renders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "fusefs/buffer.h"
#include "fusefs/handle.h"
#include "fusefs/listing.h"
#include "fusefs/viewer.h"
#include "fusefs/scanner.h"
#include "tests/support.h"

/* Calls `fn` with each fixed row at and below `top`, and with the directory that has it. */
static void each_row(const struct node *top, void (*fn)(const struct node *, const struct node *))
{
	for (size_t i = 0; top->dir && i < top->dir->n_nodes; i++) {
		fn(top, &top->dir->nodes[i]);
		each_row(&top->dir->nodes[i], fn);
	}
}

static bool legal(const char *name)
{
	return *name && strlen(name) < LEAF_NAME_SIZE && !strchr(name, '/') &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void lint_row(const struct node *parent, const struct node *node)
{
	const int contents = !!node->render + !!node->read + !!node->dir;

	if (!legal(node->name) || contents != 1 || !node->help || !*node->help)
		fail_msg("row \"%s\": name, content or help", node->name);
	assert_int_equal(S_ISDIR(node->mode), node->dir != NULL);
	assert_int_equal(S_ISREG(node->mode), node->dir == NULL);
	assert_int_equal((node->mode & 0222) != 0, node->write || node->write_at);
	assert_int_equal(node->truncate != NULL, node->write_at != NULL);
	assert_true(!node->write_at || node->changes);
	assert_ptr_equal(tree_find(parent->dir, node->name), node);
}

static void lint_reserved(const struct node *parent, const struct node *node)
{
	(void)parent;
	if (!layout_name_reserved(node->name))
		fail_msg("\"%s\" is missing in the reserved names of layout.c", node->name);
}

static void test_rows(void **state)
{
	static const struct node *const tops[] = {&root_node, &object_node, &odd_node};

	(void)state;
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		each_row(tops[i], lint_row);
	each_row(&object_node, lint_reserved);
	assert_non_null(odd_node.render);
	assert_null(tree_find(object_node.dir, "none"));
}

/* The top that check_number() is about. */
static const struct node *numbered;

static void check_number(const struct node *parent, const struct node *node)
{
	const unsigned row = tree_row(numbered, node);

	(void)parent;
	assert_in_range(row, 2, ROW_FIELDS - 1);
	assert_ptr_equal(tree_node(numbered, row), node);
}

static void test_row_numbers(void **state)
{
	static const struct node *const tops[] = {&root_node, &object_node, &odd_node};

	(void)state;
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		numbered = tops[i];
		each_row(numbered, check_number);
		assert_int_equal(tree_row(numbered, numbered), 1);
		assert_ptr_equal(tree_node(numbered, 1), numbered);
		assert_null(tree_node(numbered, 0));
		assert_null(tree_node(numbered, ROW_FIELDS));
	}
	assert_int_equal(tree_row(&root_node, &odd_node), 0);
}

/* Returns how many there are. */
static size_t check_fields(const struct mirror *mirror, const struct layout *layout)
{
	const struct field_nodes *fields, *again;

	assert_int_equal(tree_fields(mirror, layout, &fields), 0);
	assert_true(fields->count > 0);
	assert_int_equal(tree_fields(mirror, layout, &again), 0);
	assert_ptr_equal(fields, again);
	for (size_t f = 0; f < fields->count; f++) {
		const struct node *node = &fields->nodes[f];

		if (!legal(node->name) || layout_name_reserved(node->name) || !node->help)
			fail_msg("%s: field %s", layout->name, node->name);
		assert_ptr_equal(tree_find(&fields->top, node->name), node);
		assert_non_null(node->render);
		assert_int_equal((node->mode & 0222) != 0, node->write != NULL);
		assert_int_equal(node->changes, node->write != NULL);
		assert_int_equal(node_writable(mirror, node), mirror->write && node->write);
	}
	return fields->count;
}

/* Where objects may be changed, each semaphore has one file more, to post it. */
static void test_field_rows(void **state)
{
	static const struct mirror reading, writing = {.write = true};
	const struct field_nodes *fields;

	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		size_t semaphores = 0;

		for (size_t f = 0; f < layouts[i].n_fields; f++)
			semaphores += layouts[i].fields[f].type->abi != NULL;
		assert_int_equal(check_fields(&writing, &layouts[i]),
				 check_fields(&reading, &layouts[i]) + semaphores);
	}
	assert_int_equal(tree_fields(&reading, NULL, &fields), 0);
	assert_int_equal(fields->count, 0);
	assert_int_equal(tree_fields(&writing, NULL, &fields), 0);
	assert_int_equal(fields->count, 0);
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The text of the man page in which check_documented() looks. */
static const char *page;

static void check_documented(const struct node *parent, const struct node *node)
{
	const char *word = node->name + (node->name[0] == '.');
	const size_t n = strlen(word);

	(void)parent;
	for (const char *at = page; (at = strstr(at, word)); at++)
		if ((at == page || !is_word_byte(at[-1])) && !is_word_byte(at[n]))
			return;
	fail_msg("docs/pshmfs.1 does not speak of \"%s\"", node->name);
}

static void test_documented(void **state)
{
	const char *docs = getenv("PSHM_DOCS");
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_non_null(docs);
	assert_int_equal(read_file(pathf("%s/pshmfs.1", docs), &text, NULL), 0);
	page = text;
	each_row(&root_node, check_documented);
	each_row(&object_node, check_documented);
}

/* A mirror of /dev/shm, and the place of its root. */
struct fixture {
	struct filesystem fs;
	struct place root;
	struct scan scan; /* of a machine in which nobody holds anything */
};

static void setup(struct fixture *ret)
{
	*ret = (struct fixture){.fs.mirror = {
					.source = open("/dev/shm", O_PATH | O_CLOEXEC),
					.source_path = "/dev/shm",
					.options = "strict",
					.user = getuid(),
					.procfd = open("/proc", O_PATH | O_CLOEXEC),
				}};
	ret->scan.looks.snapshot = &ret->scan.looks.single;
	assert_true(ret->fs.mirror.source >= 0);
	assert_int_equal(layout_rules_create(&ret->fs.mirror.rules), 0);
	assert_int_equal(inodes_create(&ret->fs.inodes), 0);
	assert_int_equal(viewers_create(-1, false, &ret->fs.mirror.viewers), 0);
	assert_int_equal(inodes_get(ret->fs.inodes, 1, &ret->root), 0);
	ret->root.viewer = viewers_own(ret->fs.mirror.viewers);
}

static void teardown(struct fixture *fixture)
{
	inodes_put(fixture->fs.inodes, &fixture->root);
	inodes_destroy(fixture->fs.inodes);
	viewers_destroy(fixture->fs.mirror.viewers);
	layout_rules_destroy(fixture->fs.mirror.rules);
	close(fixture->fs.mirror.procfd);
	close(fixture->fs.mirror.source);
}

static void object_place(struct fixture *fixture, const char *name, struct place *ret)
{
	struct object_id id = {0};
	struct statx st;
	int r = object_identify(fixture->fs.mirror.source, name, &st, &id);

	assert_true(r == 0 || r == -EXDEV);
	assert_int_equal(
		inodes_object(fixture->fs.inodes, &root_node, name, r == 0 ? &st : NULL, &id, ret),
		0);
	ret->viewer = fixture->root.viewer;
}

/* The file has content, stat(2) tells its length, and a handle gives just that. */
static void check_file(struct filesystem *fs, const struct place *place)
{
	struct scan *scan = place->scan;
	_cleanup_buffer_ char *text = NULL;
	struct handle *handle;
	struct stat st;
	ssize_t n;

	assert_int_equal(handle_open(fs, place, getpid(), O_RDONLY, &handle), 0);
	n = handle_read(handle, scan, 0, 65536, &text);
	assert_true(n > 0 || (n == 0 && strcmp(place->node->name, "stuck") == 0));
	assert_int_equal(content_attr(fs, place, getpid(), &st), 0);
	assert_int_equal(st.st_size, n);
	assert_int_equal(st.st_ino, inodes_number(place->slot, place->row));
	handle_close(handle);
}

/* Where check_listed() is. */
struct walk {
	struct filesystem *fs;
	const struct place *dir;
	unsigned rows;
};

static int check_listed(const struct listed *listed, uint64_t index, void *data)
{
	struct walk *walk = data;
	struct place place;

	(void)index;
	if (!listed->node)
		return 0;
	assert_int_equal(
		inodes_get(walk->fs->inodes, inodes_number(walk->dir->slot, listed->row), &place),
		0);
	assert_ptr_equal(place.node, listed->node);
	assert_ptr_equal(place.fields, listed->fields);
	place.scan = walk->dir->scan;
	place.viewer = walk->dir->viewer;
	if (!listed->node->dir)
		check_file(walk->fs, &place);
	inodes_put(walk->fs->inodes, &place);
	walk->rows++;
	return 0;
}

/* How many rows the directory lists, each of which was rendered. */
static unsigned check_dir(struct filesystem *fs, const struct place *dir)
{
	struct walk walk = {fs, dir, 0};
	struct listing *listing;

	assert_int_equal(listing_open(fs, dir, &listing), 0);
	assert_int_equal(listing_walk(listing, 0, check_listed, &walk), 0);
	listing_close(listing);
	return walk.rows;
}

static void test_render_objects(void **state)
{
	struct fixture fixture;
	const struct {
		const char *name;
		unsigned files;
	} objects[] = {{"count", 14}, {"pshm_xfr", 20}, {"sem.lock", 13}};

	(void)state;
	setup(&fixture);
	put_seqnum("count", 7);
	put_xfr("pshm_xfr", 0, 1, 5, "hello");
	put_sem("lock", 1);
	for (size_t i = 0; i < 3; i++) {
		struct place place;

		object_place(&fixture, objects[i].name, &place);
		place.scan = &fixture.scan;
		assert_int_equal(check_dir(&fixture.fs, &place), objects[i].files);
		inodes_put(fixture.fs.inodes, &place);
	}
	teardown(&fixture);
}

static void test_render_root(void **state)
{
	struct fixture fixture;
	struct place place;

	(void)state;
	setup(&fixture);
	assert_int_equal(check_dir(&fixture.fs, &fixture.root), 1);
	place = fixture.root;
	place.node = tree_find(root_node.dir, ".pshmfs");
	place.scan = &fixture.scan;
	assert_int_equal(check_dir(&fixture.fs, &place), 7);
	teardown(&fixture);
}

static void test_render_odd(void **state)
{
	static const char *const names[] = {"odd.dir",  "odd.link",   "odd.dangling",
					    "odd.fifo", "odd.socket", "odd.mount"};
	struct fixture fixture;
	struct actor odd;

	(void)state;
	setup(&fixture);
	actor_start(&odd, "odd");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct place place;

		object_place(&fixture, names[i], &place);
		assert_ptr_equal(place.node, &odd_node);
		check_file(&fixture.fs, &place);
		inodes_put(fixture.fs.inodes, &place);
	}
	actor_stop(&odd);
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_rows),        SANDBOXED(test_row_numbers),
		SANDBOXED(test_field_rows),  SANDBOXED(test_documented),
		SANDBOXED(test_render_root), SANDBOXED(test_render_objects),
		SANDBOXED(test_render_odd),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
