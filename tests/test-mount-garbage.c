/* SPDX-License-Identifier: MIT */
/* Any bytes of any size, in each layout, set by hand: the mount says just what core says of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/specimen.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* The object of a test, and what core makes of the same bytes. */
static struct {
	int fd;
	struct layout_rules *rules;
	struct specimen specimen;
	struct sink sink;
} garbage;

/* The same object with other bytes: its name and its inode are as they were. */
static void garbage_put(size_t size, unsigned pattern)
{
	unsigned char bytes[GARBAGE_MAX];

	garbage_fill(bytes, size, pattern);
	assert_int_equal(ftruncate(garbage.fd, (off_t)size), 0);
	assert_int_equal(pwrite(garbage.fd, bytes, size, 0), size);
	specimen_make(&garbage.specimen, bytes, size);
}

static const struct layout *layout_here(void)
{
	const struct layout_question question = {garbage.rules, "x", &garbage.specimen.object,
						 &garbage.specimen.image};

	return layout_choose(&question);
}

/* The file has what core has printed, or fails as core did. */
static void file_agrees(const char *name, int r)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	const char *wanted = sink_text(&garbage.sink);
	int error = read_file(AT("x/%s", name), &text, &size);

	if (error != r ||
	    (r == 0 && (size != garbage.sink.latest_size || memcmp(text, wanted, size) != 0)))
		fail_msg("%s of %zu bytes: %s, not %s", name, garbage.specimen.image.size,
			 error ? strerrorname_np(-error) : text, r ? strerrorname_np(-r) : wanted);
}

static void check_leaves(const struct layout *layout)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	size_t n;

	assert_int_equal(layout_leaves(layout, &leaves, &n), 0);
	for (size_t i = 0; i < n; i++)
		file_agrees(leaves[i].name,
			    leaf_render(&leaves[i], &garbage.specimen.image, garbage.sink.out));
}

static void check_health(const struct layout *layout)
{
	struct findings findings = {.out = garbage.sink.out};
	_cleanup_free_ char *text = NULL;

	garbage.specimen.object.st.stx_mode = S_IFREG | 0600;
	layout_health(layout, &garbage.specimen.image, &findings);
	findings_end(&findings);
	assert_int_equal(read_file(AT("x/stat"), &text, NULL), 0);
	assert_non_null(strstr(text, "\nhealth\t"));
	assert_string_equal(strstr(text, "\nhealth\t") + strlen("\nhealth\t"),
			    sink_text(&garbage.sink));
}

/* All files of one pattern, and of the others what is in one file. */
static void check_size(size_t size, unsigned pattern)
{
	const struct layout *layout;
	_cleanup_free_ char *json = NULL;

	garbage_put(size, pattern);
	layout = layout_here();
	check_leaves(layout);
	check_health(layout);
	assert_int_equal(read_file(AT("x/json"), &json, NULL), 0);
	specimen_deinit(&garbage.specimen);
	for (unsigned other = 1; other < 3; other++) {
		garbage_put(size, (pattern + other * 4) % GARBAGE_PATTERNS);
		layout = layout_here();
		assert_int_equal(
			layout_print_fields(layout, &garbage.specimen.image, garbage.sink.out), 0);
		file_agrees("fields", 0);
		specimen_deinit(&garbage.specimen);
	}
}

static void set_layout(const char *name)
{
	assert_int_equal(layout_rules_set(garbage.rules, "x", name, AT_FDCWD), 0);
	assert_int_equal(write_file(AT("x/layout"), name), 0);
}

static void test_garbage(void **state)
{
	(void)state;
	make_object("x", "", 0);
	assert_int_equal(chmod(shm_path("x"), 0600), 0);
	garbage.fd = open(shm_path("x"), O_RDWR | O_CLOEXEC);
	assert_int_equal(layout_rules_create(&garbage.rules), 0);
	sink_init(&garbage.sink);
	mount_start(&mount, NULL, NULL);
	for (size_t i = 0; i < n_layouts; i++) {
		if (&layouts[i] != layouts_find(layouts[i].name))
			continue;
		set_layout(layouts[i].name);
		for (size_t size = 0; size <= GARBAGE_MAX; size++)
			check_size(size, (unsigned)(size + i) % GARBAGE_PATTERNS);
	}
	mount_stop(&mount);
	sink_deinit(&garbage.sink);
	layout_rules_destroy(garbage.rules);
	close(garbage.fd);
}

/* The choice by the bytes changes with them: each file is of a layout that the bytes have. */
static void test_automatic(void **state)
{
	(void)state;
	make_object("x", "", 0);
	garbage.fd = open(shm_path("x"), O_RDWR | O_CLOEXEC);
	garbage.rules = NULL;
	sink_init(&garbage.sink);
	mount_start(&mount, NULL, NULL);
	for (size_t size = 0; size <= GARBAGE_MAX; size++) {
		for (unsigned pattern = 0; pattern < GARBAGE_PATTERNS; pattern++) {
			const struct layout *layout;

			garbage_put(size, pattern);
			layout = layout_here();
			if (layout)
				layout_print_fields(layout, &garbage.specimen.image,
						    garbage.sink.out);
			file_agrees("fields", 0);
			if (layout)
				check_leaves(layout);
			specimen_deinit(&garbage.specimen);
		}
	}
	mount_stop(&mount);
	sink_deinit(&garbage.sink);
	close(garbage.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_garbage),
		SANDBOXED(test_automatic),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
