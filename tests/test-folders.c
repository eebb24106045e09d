/* SPDX-License-Identifier: MIT */
/* Fields in directories: what they are called, which is where, and what is stale; without a mount.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "fusefs/listing.h"
#include "tests/bare_tree.h"
#include "tests/support.h"

/* What the directory has, in order: "NAME NAME/ ", and of each directory in it the same. */
static void print_dir(const struct field_nodes *fields, const struct dir *dir, FILE *out)
{
	assert_true(dir->fields);
	for (size_t i = 0; i < dir->n_nodes; i++) {
		const struct node *node = &dir->nodes[i];

		assert_in_range(node - fields->nodes, 0, fields->count - 1);
		assert_ptr_equal(tree_find(dir, node->name), node);
		assert_int_equal(S_ISDIR(node->mode), node->dir != NULL);
		assert_int_equal(S_ISREG(node->mode), node->render != NULL);
		fprintf(out, "%s%s ", node->name, node->dir ? "/" : "");
		if (node->dir) {
			fprintf(out, "{ ");
			print_dir(fields, node->dir, out);
			fprintf(out, "} ");
		}
	}
	assert_null(tree_find(dir, "none"));
	assert_null(tree_find(dir, ""));
}

static void tree_is(const struct mirror *mirror, const struct layout *layout, const char *wanted)
{
	const struct field_nodes *fields;
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(tree_fields(mirror, layout, &fields), 0);
	assert_ptr_equal(fields->top.nodes, fields->nodes);
	print_dir(fields, &fields->top, out);
	fclose(out);
	assert_string_equal(text, wanted);
}

static void test_tree(void **state)
{
	static const struct field_folder raw = {NULL, "raw", 0}, inner = {&raw, "raw", 4},
					 twice = {NULL, "raw", 16}, locks = {NULL, "locks", 32},
					 first = {&locks, "0", 32}, second = {&locks, "1", 64};
	static const struct field fields[] = {
		{"raw.raw.x", &type_int, 4, 4, .folder = &inner, .file = "x"},
		{"raw.json", &type_int, 8, 4, .folder = &raw, .file = "json"},
		{"before", &type_int, 12, 4},
		{"raw.x", &type_int, 16, 4, .folder = &twice, .file = "x"},
		{"raw.x", &type_int, 20, 4, .folder = &twice, .file = "x"},
		/* Seen once more, it is the same one. */
		{"raw.late", &type_int, 24, 4, .folder = &raw, .file = "late"},
		{"locks", &type_int, 28, 4},
		{"locks[0]", &type_sem, 32, 32, .folder = &first, .file = ""},
		{"locks[1]", &type_sem, 64, 32, .folder = &second, .file = ""},
		{"raw.sem", &type_sem, 96, 32, .folder = &raw, .file = "sem"},
	};
	static const struct layout layout = {.name = "tree", .fields = fields, .n_fields = 10};
	static const struct mirror reading, writing = {.write = true};

	(void)state;
	tree_is(&reading, &layout,
		"raw.field/ { raw/ { x } json late sem_value sem_nwaiters sem_pshared sem_waiters "
		"} "
		"before raw@16/ { x x@20 } locks "
		"locks@32/ { 0/ { value nwaiters pshared waiters } "
		"1/ { value nwaiters pshared waiters } } ");
	tree_is(&writing, &layout,
		"raw.field/ { raw/ { x } json late sem_value sem_nwaiters sem_pshared sem_waiters "
		"sem_post } before raw@16/ { x x@20 } locks "
		"locks@32/ { 0/ { value nwaiters pshared waiters post } "
		"1/ { value nwaiters pshared waiters post } } ");
}

static void set_layout(const char *structure)
{
	const char *name =
		*structure ? pathf("%s/dwarf-gcc-5:%s", getenv("PSHM_PLAIN"), structure) : "";

	assert_int_equal(layout_rules_set(fs.mirror.rules, "a", name, AT_FDCWD), 0);
}

static struct place find_object(void)
{
	struct place place;
	struct object_id id;
	struct statx st;

	assert_int_equal(object_identify(fs.mirror.source, "a", &st, &id), 0);
	assert_int_equal(inodes_object(fs.inodes, &root_node, "a", &st, &id, &place), 0);
	by_us(&place);
	return place;
}

/* As LOOKUP finds it. */
static struct place find_in(const struct place *dir, const char *name)
{
	struct place place = *dir;
	struct field_rows rows;

	assert_int_equal(content_fields(&fs, dir, &rows), 0);
	assert_int_equal(rows.error, 0);
	place.node = tree_find(rows.dir, name);
	if (!place.node)
		fail_msg("no %s", name);
	place.fields = rows.fields;
	place.row = rows.row + (unsigned)(place.node - rows.dir->nodes);
	return place;
}

/* All that is listed is what its number says, and is found by its name; files are counted. */
struct walk {
	const struct place *dir;
	size_t n;
};

static size_t count_files(const struct place *dir);

static int check_listed(const struct listed *listed, uint64_t index, void *data)
{
	struct walk *walk = data;
	struct place place, found;
	struct stat st, dir_st;

	(void)index;
	if (!listed->fields)
		return 0;
	found = find_in(walk->dir, listed->name);
	assert_int_equal(inodes_get(fs.inodes, inodes_number(walk->dir->slot, listed->row), &place),
			 0);
	by_us(&place);
	assert_ptr_equal(place.node, listed->node);
	assert_ptr_equal(place.fields, listed->fields);
	assert_ptr_equal(place.node, found.node);
	assert_int_equal(place.row, found.row);
	if (place.node->dir) {
		walk->n += count_files(&place);
		assert_int_equal(content_attr(&fs, &place, 0, &st), 0);
		assert_int_equal(content_attr(&fs, walk->dir, 0, &dir_st), 0);
		assert_int_equal(st.st_mode, dir_st.st_mode);
		assert_int_equal(st.st_uid, dir_st.st_uid);
		assert_int_equal(st.st_nlink, dir_st.st_nlink);
		assert_memory_equal(&st.st_mtim, &dir_st.st_mtim, sizeof(st.st_mtim));
	} else {
		walk->n++;
	}
	inodes_put(fs.inodes, &place);
	return 0;
}

static size_t count_files(const struct place *dir)
{
	struct walk walk = {.dir = dir};
	struct listing *listing;

	assert_int_equal(listing_open(&fs, dir, &listing), 0);
	assert_int_equal(listing_walk(listing, 0, check_listed, &walk), 0);
	listing_close(listing);
	return walk.n;
}

#define OBJECT_SIZE 300000

static void test_listed(void **state)
{
	struct place object, slots, key;
	char *text;
	size_t size;

	(void)state;
	make_object("a", NULL, OBJECT_SIZE);
	set_layout("folders");
	object = find_object();
	/* raw 2, choice 3, slots and grid 9, rest 512 and table 1024 with what is left, stat, few
	 * 2, sems 2; a semaphore is 4. */
	assert_int_equal(count_files(&object), 2 + 3 + 9 * 5 + 512 * 5 + 1 + 1024 + 1 + 1 + 2 + 8);
	slots = find_in(&object, "slots");
	slots = find_in(&slots, "2");
	key = find_in(&slots, "key");
	assert_int_equal(content_render(&fs, &key, &text, &size), 0);
	assert_memory_equal(text, "0\n", 2);
	free(text);
	inodes_put(fs.inodes, &object);
}

static int ignore(const struct listed *listed, uint64_t index, void *data)
{
	(void)listed;
	(void)index;
	(void)data;
	return 0;
}

static int number_works(const struct place *place)
{
	struct place again;
	int r = inodes_get(fs.inodes, inodes_number(place->slot, place->row), &again);

	if (r == 0)
		inodes_put(fs.inodes, &again);
	return r;
}

/* With the layout its directories go, and never mean those of another one. */
static void test_stale(void **state)
{
	struct place object, folder, point;
	struct field_rows rows;
	struct listing *listing, *before;

	(void)state;
	make_object("a", NULL, OBJECT_SIZE);
	set_layout("folders");
	object = find_object();
	folder = find_in(&object, "slots");
	assert_int_equal(listing_open(&fs, &folder, &before), 0);
	assert_int_equal(number_works(&folder), 0);
	set_layout("nested");
	/* Nobody has seen the new one yet, so that the number is known; but what it says is not so.
	 */
	assert_int_equal(number_works(&folder), 0);
	assert_int_equal(content_fields(&fs, &folder, &rows), -ESTALE);
	assert_int_equal(listing_open(&fs, &folder, &listing), -ESTALE);
	point = find_in(&object, "point");
	assert_true(point.row != folder.row);
	assert_int_equal(number_works(&folder), -ESTALE);
	assert_int_equal(number_works(&point), 0);
	/* What was opened before is still what it was; from its start there is nothing any more. */
	assert_int_equal(listing_walk(before, 0, ignore, NULL), 0);
	assert_int_equal(listing_walk(before, 0, ignore, NULL), -ESTALE);
	listing_close(before);
	set_layout("");
	assert_int_equal(content_fields(&fs, &point, &rows), -ESTALE);
	inodes_put(fs.inodes, &object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		WITH_TREE(test_listed),
		WITH_TREE(test_stale),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
