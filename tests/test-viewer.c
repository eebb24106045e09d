/* SPDX-License-Identifier: MIT */
/* What a viewer keeps in memory by what he has open: counted, a share for each user. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "fusefs/buffer.h"
#include "fusefs/handle.h"
#include "fusefs/listing.h"
#include "tests/bare_tree.h"

#define MIB ((size_t)1024 * 1024)
#define SHARE (128 * MIB)

static struct viewer *viewer_of(uid_t uid, gid_t gid)
{
	const struct credentials who = {.uid = uid, .gid = gid};
	struct viewer *viewer;

	assert_int_equal(viewers_get(fs.mirror.viewers, &who, &viewer), 0);
	return viewer;
}

/* A user is all whom he is, by whatever groups; and all users together are bounded, too. */
static void test_shares(void **state)
{
	struct viewer *own = viewers_own(fs.mirror.viewers), *first = viewer_of(1001, 1001),
		      *again = viewer_of(1001, 2002), *users[4];

	(void)state;
	assert_int_equal(viewer_keeps(first, 0, SHARE - 10), 0);
	assert_int_equal(viewer_keeps(again, 0, 11), -ENOMEM);
	assert_int_equal(viewer_keeps(again, 0, 10), 0);
	assert_int_equal(viewer_keeps(first, SHARE - 10, SHARE - 9), -ENOMEM);
	assert_int_equal(viewer_keeps(first, SHARE - 10, SHARE - 11), 0);
	assert_int_equal(viewer_keeps(first, 0, SIZE_MAX), -ENOMEM);
	for (uid_t i = 0; i < 4; i++)
		users[i] = viewer_of(3001 + i, 3001);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(viewer_keeps(users[i], 0, SHARE), 0);
	assert_int_equal(viewer_keeps(users[3], 0, 2), -ENOMEM);
	assert_int_equal(viewer_keeps(users[3], 0, 1), 0);
	/* Who has mounted is not counted. */
	assert_int_equal(viewer_keeps(own, 0, 8 * SHARE), 0);
	for (size_t i = 0; i < 4; i++)
		viewer_put(users[i]);
	viewer_put(again);
	viewer_put(first);
}

/* The place of the file in .pshmfs; of the root with "". */
static struct place place_of(const char *name, struct viewer *viewer)
{
	const struct node *node = &root_node;
	struct place place;

	if (*name) {
		node = tree_find(tree_find(root_node.dir, ".pshmfs")->dir, name);
		assert_non_null(node);
	}
	assert_int_equal(inodes_get(fs.inodes, tree_row(&root_node, node), &place), 0);
	place.viewer = viewer;
	return place;
}

/* A handle's text, also when it is read anew; and nothing is left of one that is closed. */
static void test_texts(void **state)
{
	struct viewer *viewer = viewer_of(getuid(), getgid());
	struct place about = place_of("about", viewer);
	_cleanup_buffer_ char *text = NULL;
	struct handle *handle;
	size_t kept;

	(void)state;
	assert_int_equal(handle_open(&fs, &about, 1, O_RDONLY, &handle), 0);
	assert_true(handle_read(handle, NULL, 0, 1, &text) == 1);
	kept = viewer->bytes;
	assert_true(kept > 0);
	/* `about` says that, too: it is longer when it is read anew. */
	strcpy(viewer->refused, "a layout");
	assert_int_equal(viewer_keeps(viewer, 0, SHARE - kept), 0);
	assert_int_equal(handle_read(handle, NULL, 0, 1, &text), -ENOMEM);
	assert_int_equal(viewer_keeps(viewer, SHARE - kept, 0), 0);
	buffer_give(text);
	assert_true(handle_read(handle, NULL, 0, 1, &text) == 1);
	assert_true(viewer->bytes > kept);
	handle_close(handle);
	assert_int_equal(viewer->bytes, 0);
	inodes_put(fs.inodes, &about);
	viewer_put(viewer);
}

static int pass(const struct listed *listed, uint64_t index, void *data)
{
	(void)listed;
	(void)index;
	(void)data;
	return 0;
}

static void test_listings(void **state)
{
	struct viewer *viewer = viewer_of(getuid(), getgid());
	struct place root = place_of("", viewer);
	struct listing *listing, *another;
	size_t kept;

	(void)state;
	assert_int_equal(listing_open(&fs, &root, &listing), 0);
	kept = viewer->bytes;
	assert_true(kept > 0);
	for (unsigned i = 0; i < 100; i++)
		put_seqnum(pathf("n%u", i), 1);
	assert_int_equal(viewer_keeps(viewer, 0, SHARE - kept), 0);
	assert_int_equal(listing_walk(listing, 0, pass, NULL), 0);
	assert_int_equal(listing_walk(listing, 0, pass, NULL), -ENOMEM);
	assert_int_equal(listing_open(&fs, &root, &another), -ENOMEM);
	assert_int_equal(viewer_keeps(viewer, SHARE - kept, 0), 0);
	assert_int_equal(listing_walk(listing, 0, pass, NULL), 0);
	assert_true(viewer->bytes > kept);
	listing_close(listing);
	assert_int_equal(viewer->bytes, 0);
	inodes_put(fs.inodes, &root);
	viewer_put(viewer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {WITH_TREE(test_shares), WITH_TREE(test_texts),
					   WITH_TREE(test_listings)};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
