/* SPDX-License-Identifier: MIT */
/* Inode numbers, listings and handles without a mount: what is the same, what is stale. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "fusefs/buffer.h"
#include "fusefs/handle.h"
#include "fusefs/listing.h"
#include "tests/bare_tree.h"
#include "tests/support.h"

/* The place of an object's directory, pinned as LOOKUP pins it. */
static struct place find(const char *name)
{
	struct place place;
	struct object_id id;
	struct statx st;

	assert_int_equal(object_identify(fs.mirror.source, name, &st, &id), 0);
	assert_int_equal(inodes_object(fs.inodes, &root_node, name, &st, &id, &place), 0);
	by_us(&place);
	return place;
}

static uint64_t number_of(const struct place *place)
{
	return inodes_number(place->slot, place->row);
}

/* The place of a field of the object, as the object's bytes are now. */
static struct place find_field(const struct place *object, const char *name)
{
	const struct field_nodes *fields;
	struct place place = *object;
	struct subject subject;

	assert_int_equal(content_open(&fs, object, &subject), 0);
	assert_int_equal(tree_fields(&fs.mirror, subject.layout, &fields), 0);
	subject_close(&subject);
	place.node = tree_find(&fields->top, name);
	assert_non_null(place.node);
	place.fields = fields;
	place.row = inodes_fields(fs.inodes, object->slot, object->viewer, fields) +
		    (unsigned)(place.node - fields->nodes);
	return place;
}

static int number_works(uint64_t number)
{
	struct place place;
	int r = inodes_get(fs.inodes, number, &place);

	if (r == 0)
		inodes_put(fs.inodes, &place);
	return r;
}

static int place_works(const struct place *place)
{
	char *text = NULL;
	size_t size;
	int r = content_render(&fs, place, &text, &size);

	free(text);
	return r;
}

static void test_same_object(void **state)
{
	struct place first, second;

	(void)state;
	put_seqnum("a", 1);
	first = find("a");
	second = find("a");
	assert_ptr_equal(first.slot, second.slot);
	assert_int_equal(first.row, 1);
	inodes_put(fs.inodes, &first);
	assert_int_equal(number_works(number_of(&second)), 0);
	inodes_put(fs.inodes, &second);
}

/* Two names of one object are two slots: each has to answer for its own name. */
static void test_two_names(void **state)
{
	struct place a, b;

	(void)state;
	put_seqnum("a", 1);
	assert_int_equal(link("/dev/shm/a", "/dev/shm/b"), 0);
	a = find("a");
	b = find("b");
	assert_ptr_not_equal(a.slot, b.slot);
	inodes_put(fs.inodes, &a);
	inodes_put(fs.inodes, &b);
}

static void test_recreated(void **state)
{
	struct place old, new, field;
	struct subject subject;
	struct stat st;

	(void)state;
	put_seqnum("a", 1);
	old = find("a");
	field = find_field(&old, "seqnum");
	assert_int_equal(place_works(&field), 0);
	put_seqnum("a", 2);
	assert_int_equal(content_open(&fs, &old, &subject), -ESTALE);
	assert_int_equal(place_works(&field), -ESTALE);
	assert_int_equal(content_attr(&fs, &old, 0, &st), -ESTALE);
	new = find("a");
	assert_int_not_equal(number_of(&new), number_of(&old));
	field = find_field(&new, "seqnum");
	assert_int_equal(place_works(&field), 0);
	inodes_put(fs.inodes, &old);
	inodes_put(fs.inodes, &new);
}

static void test_gone(void **state)
{
	struct place place, again;
	struct stat st;

	(void)state;
	put_seqnum("a", 1);
	place = find("a");
	assert_int_equal(unlink("/dev/shm/a"), 0);
	assert_int_equal(content_attr(&fs, &place, 0, &st), -ESTALE);
	assert_int_equal(mkdir("/dev/shm/a", 0755), 0);
	assert_int_equal(content_attr(&fs, &place, 0, &st), -ESTALE);
	again = find("a");
	assert_ptr_equal(again.node, &odd_node);
	assert_int_equal(rmdir("/dev/shm/a"), 0);
	assert_int_equal(place_works(&again), -ESTALE);
	inodes_put(fs.inodes, &place);
	inodes_put(fs.inodes, &again);
}

static void test_layout_change(void **state)
{
	struct place object, field, back;

	(void)state;
	put_seqnum("a", 1);
	object = find("a");
	field = find_field(&object, "sem_value");
	assert_in_range(field.row, ROW_FIELDS, UINT32_MAX);
	assert_int_equal(layout_rules_set(fs.mirror.rules, "a", "sem", AT_FDCWD), 0);
	assert_int_equal(place_works(&field), -ESTALE);
	assert_int_equal(number_works(number_of(&field)), 0);
	assert_int_not_equal(find_field(&object, "sem_value").row, field.row);
	assert_int_equal(number_works(number_of(&field)), -ESTALE);
	assert_int_equal(layout_rules_set(fs.mirror.rules, "a", "", AT_FDCWD), 0);
	back = find_field(&object, "sem_value");
	assert_int_not_equal(back.row, field.row);
	assert_int_equal(number_works(number_of(&field)), -ESTALE);
	assert_int_equal(place_works(&back), 0);
	inodes_put(fs.inodes, &object);
}

/* Two who know different things of it do not take each other's numbers away. */
static void test_two_viewers(void **state)
{
	const struct credentials other = {.uid = 12345, .gid = 12345};
	struct place object, theirs, field;

	(void)state;
	put_seqnum("a", 1);
	object = theirs = find("a");
	assert_int_equal(viewers_get(fs.mirror.viewers, &other, &theirs.viewer), 0);
	field = find_field(&object, "seqnum");
	assert_int_equal(layout_rules_set(fs.mirror.rules, "a", "sem", AT_FDCWD), 0);
	for (size_t i = 0; i < 100; i++)
		find_field(&theirs, "sem_value");
	assert_int_equal(number_works(number_of(&field)), 0);
	assert_int_equal(layout_rules_set(fs.mirror.rules, "a", "", AT_FDCWD), 0);
	assert_int_equal(place_works(&field), 0);
	assert_int_equal(find_field(&theirs, "seqnum").row, field.row);
	viewer_put(theirs.viewer);
	inodes_put(fs.inodes, &object);
}

static void test_forget(void **state)
{
	struct place place;
	uint64_t number;

	(void)state;
	put_seqnum("a", 1);
	place = find("a");
	number = number_of(&place);
	inodes_pin(fs.inodes, &place);
	inodes_pin(fs.inodes, &place);
	inodes_forget(fs.inodes, number, 2);
	assert_int_equal(number_works(number), 0);
	inodes_forget(fs.inodes, number, 1);
	assert_int_equal(number_works(number), -ESTALE);
	inodes_forget(fs.inodes, number, 1);
	inodes_forget(fs.inodes, 1, 1000);
	assert_int_equal(number_works(1), 0);
	place = find("a");
	assert_int_not_equal(number_of(&place), number);
	inodes_put(fs.inodes, &place);
}

static void test_numbers_of_nothing(void **state)
{
	struct place place;

	(void)state;
	put_seqnum("a", 1);
	place = find("a");
	assert_int_equal(number_works(0), -ESTALE);
	assert_int_equal(number_works(inodes_number(place.slot, 0)), -ESTALE);
	assert_int_equal(number_works(inodes_number(place.slot, ROW_FIELDS - 1)), -ESTALE);
	assert_int_equal(number_works(inodes_number(place.slot, ROW_FIELDS)), -ESTALE);
	assert_int_equal(number_works(UINT64_MAX), -ESTALE);
	inodes_put(fs.inodes, &place);
}

/* A handle keeps its slot, whatever the kernel forgets. */
static void test_handle_pins(void **state)
{
	struct handle *handle;
	struct place place, field;
	uint64_t number;
	char *text;

	(void)state;
	put_seqnum("a", 41);
	place = find("a");
	number = number_of(&place);
	field = find_field(&place, "seqnum");
	assert_int_equal(handle_open(&fs, &field, 1, O_RDONLY, &handle), 0);
	inodes_put(fs.inodes, &place);
	assert_int_equal(number_works(number), 0);
	assert_int_equal(handle_read(handle, NULL, 0, 100, &text), 3);
	assert_memory_equal(text, "41\n", 3);
	buffer_give(text);
	handle_close(handle);
	assert_int_equal(number_works(number), -ESTALE);
}

/* A writer overwrites the number in place: the object stays the same. */
static void set_seqnum(int value)
{
	_cleanup_close_ int fd = open("/dev/shm/a", O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, &value, sizeof(value), 32), sizeof(value));
}

static void handle_gives(struct handle *handle, uint64_t offset, const char *wanted)
{
	_cleanup_buffer_ char *text = NULL;

	assert_int_equal(handle_read(handle, NULL, offset, 100, &text), strlen(wanted));
	assert_memory_equal(text, wanted, strlen(wanted));
}

static void test_handle_reads(void **state)
{
	struct handle *handle;
	struct place place, field;

	(void)state;
	put_seqnum("a", 99);
	place = find("a");
	field = find_field(&place, "seqnum");
	assert_int_equal(handle_open(&fs, &field, 1, O_RDONLY, &handle), 0);
	set_seqnum(100);
	handle_gives(handle, 0, "99\n");
	handle_gives(handle, 1, "9\n");
	handle_gives(handle, 3, "");
	handle_gives(handle, UINT64_MAX / 2, "");
	handle_gives(handle, 0, "100\n");
	put_seqnum("a", 3);
	handle_gives(handle, 2, "0\n");
	assert_int_equal(handle_read(handle, NULL, 0, 100, &(char *){NULL}), -ESTALE);
	handle_close(handle);
	inodes_put(fs.inodes, &place);
}

/* The length is that of the handle of who asks, then of a young rendering, then unknown. */
static void test_lengths(void **state)
{
	struct viewer *us = viewers_own(fs.mirror.viewers);
	struct opened old = {.pid = 5, .viewer = us, .length = 10},
		      new = {.pid = 5, .viewer = us, .length = 11};
	struct place place, field;
	size_t length;

	(void)state;
	put_seqnum("a", 1);
	place = find("a");
	field = find_field(&place, "seqnum");
	old.row = new.row = field.row;
	assert_false(inodes_length(fs.inodes, &field, 5, &length));
	inodes_opened(fs.inodes, place.slot, &old);
	inodes_opened(fs.inodes, place.slot, &new);
	assert_true(inodes_length(fs.inodes, &field, 5, &length));
	assert_int_equal(length, 11);
	assert_false(inodes_length(fs.inodes, &field, 6, &length));
	assert_false(inodes_length(fs.inodes, &place, 5, &length));
	inodes_reread(fs.inodes, &new, 12);
	assert_true(inodes_length(fs.inodes, &field, 5, &length));
	assert_int_equal(length, 12);
	inodes_closed(fs.inodes, place.slot, &new);
	assert_true(inodes_length(fs.inodes, &field, 5, &length));
	assert_int_equal(length, 10);
	inodes_closed(fs.inodes, place.slot, &old);
	assert_false(inodes_length(fs.inodes, &field, 5, &length));
	inodes_put(fs.inodes, &place);
}

static int append(const struct listed *listed, uint64_t index, void *data)
{
	(void)index;
	fprintf(data, "%s ", listed->name);
	return 0;
}

/* The names in a directory at the top, each with a space behind it. */
static char *names_of(const struct place *place)
{
	struct listing *listing;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(listing_open(&fs, place, &listing), 0);
	assert_int_equal(listing_walk(listing, 0, append, out), 0);
	listing_close(listing);
	fclose(out);
	return text;
}

/* Walking the whole tree meets each object once: .pshmfs/named lists what MNT cannot show. */
static void test_named(void **state)
{
	struct place root, named;
	const struct node *pshmfs;
	char *names;

	(void)state;
	put_seqnum("a", 1);
	put_seqnum(".pshmfs", 1);
	assert_int_equal(inodes_get(fs.inodes, 1, &root), 0);
	by_us(&root);
	names = names_of(&root);
	assert_string_equal(names, ".pshmfs a ");
	free(names);
	pshmfs = tree_find(root_node.dir, ".pshmfs");
	named = root;
	named.node = tree_find(pshmfs->dir, "named");
	assert_true(named.node->dir->objects);
	names = names_of(&named);
	assert_string_equal(names, ".pshmfs ");
	free(names);
	inodes_put(fs.inodes, &root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_same_object),
		WITH_TREE(test_two_names),
		WITH_TREE(test_recreated),
		WITH_TREE(test_gone),
		WITH_TREE(test_layout_change),
		WITH_TREE(test_two_viewers),
		WITH_TREE(test_forget),
		WITH_TREE(test_handle_pins),
		WITH_TREE(test_numbers_of_nothing),
		WITH_TREE(test_handle_reads),
		WITH_TREE(test_lengths),
		WITH_TREE(test_named),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
