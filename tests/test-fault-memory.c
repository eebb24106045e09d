/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of each request fails in turn, in the tree without a mount: the answer is right,
 * or says that it is for want of memory, and nothing is lost. Every row of the tree is found by
 * walking it. PSHM_FAULTS=all: each single allocation; else, behind the first ones, some of them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "fusefs/buffer.h"
#include "fusefs/handle.h"
#include "fusefs/listing.h"
#include "fusefs/scan.h"
#include "tests/bare_tree.h"
#include "tests/fault_objects.h"
#include "tests/preload.h"
#include "tests/reliability.h"

/* A request: 0 and what it says, to be freed; or -errno. */
struct request {
	const char *name;
	int (*answer)(const struct place *place, char **ret);
};

static unsigned long n_requests, n_failures;
static bool lasting;

static int run_read(const struct place *place, char **ret)
{
	_cleanup_buffer_ char *bytes = NULL;
	struct handle *handle;
	ssize_t n;
	int r = handle_open(&fs, place, getpid(), O_RDONLY, &handle);

	if (r < 0)
		return r;
	n = handle_read(handle, place->scan, 0, 1 << 20, &bytes);
	handle_close(handle);
	if (n < 0)
		return (int)n;
	failing->what = FAILING_NOTHING;
	*ret = malloc((size_t)n + 1);
	assert_non_null(*ret);
	for (ssize_t i = 0; i < n; i++)
		(*ret)[i] = bytes[i] ? bytes[i] : 'N';
	(*ret)[n] = '\0';
	return 0;
}

/* "MODE SIZE". */
static int run_attr(const struct place *place, char **ret)
{
	struct stat st;
	int r = content_attr(&fs, place, getpid(), &st);

	failing->what = FAILING_NOTHING;
	if (r == 0)
		assert_true(asprintf(ret, "%o %ld", st.st_mode, (long)st.st_size) > 0);
	return r;
}

static int add_name(const struct listed *listed, uint64_t index, void *data)
{
	const int armed = failing->what;
	FILE *out = data;

	(void)index;
	failing->what = FAILING_NOTHING;
	fprintf(out, "%s\n", listed->name);
	failing->what = armed;
	return 0;
}

static int run_list(const struct place *place, char **ret)
{
	const int armed = failing->what;
	struct listing *listing;
	size_t size;
	FILE *out;
	int r;

	failing->what = FAILING_NOTHING;
	out = open_memstream(ret, &size);
	failing->what = armed;
	r = listing_open(&fs, place, &listing);
	if (r == 0) {
		r = listing_walk(listing, 0, add_name, out);
		/* From the start again: the names are taken anew. */
		if (r == 0)
			r = listing_walk(listing, 0, add_name, out);
		listing_close(listing);
	}
	failing->what = FAILING_NOTHING;
	fclose(out);
	if (r < 0)
		free(*ret);
	return r;
}

/* With a look at processes of its own, and verdicts. */
static struct verdict_question question;

static int run_look(const struct place *place, char **ret)
{
	struct place looked = *place;
	int r;

	question.look.ino = place->slot->id.ino;
	r = scan_take(&question, NULL, true, &looked.scan);
	if (r < 0)
		return r;
	r = run_read(&looked, ret);
	scan_put(looked.scan);
	return r;
}

static int ask(const struct request *request, const struct place *place, unsigned long nth,
	       char **ret)
{
	int r;

	failing_arm(failing, nth ? FAILING_ALLOCATION : FAILING_NOTHING, nth, lasting);
	r = request->answer(place, ret);
	failing_disarm(failing);
	return r;
}

/* What cannot be rendered has no size, and nobody may read it: "100000 0". */
static bool right(const struct request *request, const char *text, const char *wanted)
{
	return failing_same(text, wanted) || failing_said(text) ||
	       (request->answer == run_attr && strcmp(text, "100000 0") == 0);
}

/* The nth allocation fails, and all later ones if `lasting`. How many have failed. */
static unsigned long fail_nth(const struct request *request, const struct place *place,
			      unsigned long nth, const char *wanted)
{
	char *text = NULL;
	int r = ask(request, place, nth, &text);

	if (r < 0 ? r != -ENOMEM : !right(request, text, wanted)) {
		fprintf(stderr, "%s/%s: %s, allocation %lu%s: %s\nnot %s\n", place->slot->name,
			place->node->name, request->name, nth, lasting ? " and all after it" : "",
			r < 0 ? strerrorname_np(-r) : text, wanted);
		fail();
	}
	if (r == 0)
		free(text);
	return failing->failed;
}

/* json-c 0.16 does not free the key of a member for which its table cannot grow. */
static bool may_leak(const struct place *place)
{
	return strcmp(getenv("PSHM_INSTRUMENTED"), "1") == 0 ||
	       strcmp(place->node->name, "json") == 0;
}

static void fail_each(const struct request *request, const struct place *place)
{
	char *wanted = NULL, *again = NULL;
	long blocks;
	int r;

	/* Once, so that all is there that is made for good. */
	r = ask(request, place, 0, &wanted);
	if (r < 0)
		fail_msg("%s/%s: %s", place->slot->name, place->node->name, strerror(-r));
	blocks = failing->blocks;
	n_requests++;
	for (int i = 0; i < 2; i++) {
		lasting = i;
		for (unsigned long nth = 1; fail_nth(request, place, nth, wanted);
		     nth = failing_after(nth))
			n_failures++;
	}
	assert_int_equal(ask(request, place, 0, &again), 0);
	assert_true(failing_same(again, wanted));
	free(again);
	free(wanted);
	if (!may_leak(place) && failing->blocks != blocks - 1)
		fail_msg("%s/%s: %s: %ld blocks are left", place->slot->name, place->node->name,
			 request->name, failing->blocks - blocks + 1);
}

static const struct request reading = {"open and read", run_read};
static const struct request looking = {"open and read, with a look", run_look};
static const struct request stating = {"getattr", run_attr};
static const struct request list = {"readdir", run_list};

static void fail_below(const struct place *dir);

static int fail_listed(const struct listed *listed, uint64_t index, void *data)
{
	const struct place *dir = data;
	struct place place;

	(void)index;
	if (!listed->node)
		return 0;
	assert_int_equal(inodes_get(fs.inodes, inodes_number(dir->slot, listed->row), &place), 0);
	place.viewer = dir->viewer;
	place.scan = dir->scan;
	fail_each(&stating, &place);
	if (listed->node->dir)
		fail_below(&place);
	else if (listed->node->scan != SCAN_NONE)
		fail_each(&looking, &place);
	else
		fail_each(&reading, &place);
	inodes_put(fs.inodes, &place);
	return 0;
}

static void fail_below(const struct place *dir)
{
	struct listing *rows;

	fail_each(&list, dir);
	assert_int_equal(listing_open(&fs, dir, &rows), 0);
	assert_int_equal(listing_walk(rows, 0, fail_listed, (void *)dir), 0);
	listing_close(rows);
}

static void object_place(const char *name, struct place *ret)
{
	struct object_id id = {0};
	struct statx st;
	const int r = object_identify(fs.mirror.source, name, &st, &id);

	assert_true(r == 0 || r == -EXDEV);
	assert_int_equal(inodes_object(fs.inodes, &root_node, name, r == 0 ? &st : NULL, &id, ret),
			 0);
	by_us(ret);
}

static void fail_object(const char *name, struct scan *scan)
{
	struct place place;

	object_place(name, &place);
	place.scan = scan;
	fail_each(&stating, &place);
	if (place.node->dir)
		fail_below(&place);
	else
		fail_each(&reading, &place);
	inodes_put(fs.inodes, &place);
}

static int open_proc(void **state)
{
	static pid_t own_pid;
	int r = setup(state);

	own_pid = getpid();
	question = (struct verdict_question){
		.look = question_open(), .dirfd = fs.mirror.source, .rules = fs.mirror.rules};
	question.look.except = &own_pid;
	question.look.n_except = 1;
	fs.mirror.procfd = question.look.procfd;
	fs.mirror.whole = true;
	return r;
}

static int close_proc(void **state)
{
	question_close(&question.look);
	return teardown(state);
}

static void row(const char *what)
{
	reliability_row(
		"faults", what, failing_times(),
		"the right answer, or an error that says so; no descriptor, no memory is lost",
		"as it should be, of %lu requests, %lu times", n_requests, n_failures);
}

static void test_objects(void **state)
{
	struct scan *scan;
	const int fds = fds_count(getpid());

	(void)state;
	n_requests = n_failures = 0;
	fault_objects_make(fs.mirror.rules);
	assert_int_equal(scan_take(&question, NULL, true, &scan), 0);
	for (size_t i = 0; i < n_fault_objects; i++)
		fail_object(fault_objects[i], scan);
	scan_put(scan);
	assert_int_equal(fds_count(getpid()), fds);
	row("an allocation fails in a request about an object");
}

static void test_root(void **state)
{
	const int fds = fds_count(getpid());
	struct place root, own;
	struct actor sleepers;

	(void)state;
	n_requests = n_failures = 0;
	fault_objects_make(fs.mirror.rules);
	actor_start(&sleepers, "sem-wait", "jobs", "2");
	assert_int_equal(inodes_get(fs.inodes, 1, &root), 0);
	by_us(&root);
	assert_int_equal(scan_take(&question, NULL, true, &root.scan), 0);
	fail_each(&list, &root);
	own = root;
	own.node = tree_find(root_node.dir, ".pshmfs");
	own.row = tree_row(&root_node, own.node);
	fail_below(&own);
	fail_object("sem.jobs", root.scan);
	scan_put(root.scan);
	inodes_put(fs.inodes, &root);
	actor_stop(&sleepers);
	assert_int_equal(fds_count(getpid()), fds);
	row("an allocation fails in a request about who sleeps");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_objects, open_proc, close_proc),
		cmocka_unit_test_setup_teardown(test_root, open_proc, close_proc),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
