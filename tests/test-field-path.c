/* SPDX-License-Identifier: MIT */
/* What fields of made layouts are called, and in which folders they are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/field_path.h"
#include "core/layout_made.h"
#include "core/leaf_names.h"
#include "tests/support.h"

static void test_names(void **state)
{
	static const char *const wanted[] = {"x", "x@8", "x@8.3", "raw.field", "raw@8", "x@8.6"};
	static const char *const asked[] = {"x", "x", "x", "raw", "raw", "x"};
	struct leaf_names names = {.reserved = true};
	char got[6][LEAF_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(leaf_names_take(&names, asked[i], 8, got[i]), 0);
		assert_string_equal(got[i], wanted[i]);
	}
	leaf_names_deinit(&names);
	/* In a directory below nothing is reserved. */
	names = (struct leaf_names){0};
	assert_int_equal(leaf_names_take(&names, "raw", 8, got[0]), 0);
	assert_string_equal(got[0], "raw");
	leaf_names_deinit(&names);
}

/* As long as a name may be, and as many that are called alike as there may be. */
static void test_names_alike(void **state)
{
	_cleanup_free_ char *got = calloc(4096, LEAF_NAME_SIZE);
	char name[LEAF_NAME_SIZE];
	struct leaf_names names = {0};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < 4096; i++)
		assert_int_equal(leaf_names_take(&names, name, 8, got + i * LEAF_NAME_SIZE), 0);
	assert_string_equal(got, name);
	assert_int_equal(strlen(got + LEAF_NAME_SIZE), LEAF_NAME_SIZE - 1);
	assert_string_equal(got + 2 * LEAF_NAME_SIZE - 1 - 6, "nnnn@8");
	assert_string_equal(got + 4096 * LEAF_NAME_SIZE - 1 - 7, "@8.4096");
	leaf_names_deinit(&names);
}

/* The path of the member or element in what is entered first. */
static void push(struct arena *arena, struct field_path *path, const char *member, uint64_t index)
{
	struct field_path own;

	assert_int_equal(field_path_enter(arena, path, 16), 0);
	if (member)
		field_path_member(path, member, &own);
	else
		field_path_index(path, index, &own);
	*path = own;
}

/* FOLDER/FOLDER/FILE and what C calls it. */
static void row_is(struct arena *arena, const struct field_path *path,
		   const struct field_type *type, const char *file, const char *name)
{
	struct field field = {.type = type, .offset = 24};
	const char *found;

	assert_int_equal(field_path_row(arena, path, &field), 0);
	found = field.file ? field.file : field.name;
	for (const struct field_folder *in = field.folder; in; in = in->in)
		found = pathf("%s/%s", in->name, found);
	assert_string_equal(found, file);
	assert_string_equal(field.name, name);
}

static void test_paths(void **state)
{
	struct arena arena = {.left = 1 << 20};
	struct field_path path = {0}, rest;

	(void)state;
	row_is(&arena, &path, &type_int, "@24", "@24");
	row_is(&arena, &path, &type_sem, "@24", "@24");
	push(&arena, &path, "slots", 0);
	row_is(&arena, &path, &type_int, "slots", "slots");
	push(&arena, &path, NULL, 3);
	row_is(&arena, &path, &type_int, "slots/3", "slots[3]");
	row_is(&arena, &path, &type_sem, "slots/3/", "slots[3]");
	push(&arena, &path, "key", 0);
	row_is(&arena, &path, &type_sem, "slots/3/key", "slots[3].key");
	/* A struct without a name in a struct. */
	push(&arena, &path, NULL, 7);
	push(&arena, &path, "", 0);
	row_is(&arena, &path, &type_int, "slots/3/key/7/@24", "slots[3].key[7]");
	push(&arena, &path, "in", 0);
	row_is(&arena, &path, &type_int, "slots/3/key/7/in", "slots[3].key[7].in");
	path = (struct field_path){0};
	push(&arena, &path, "a", 0);
	assert_int_equal(field_path_enter(&arena, &path, 0), 0);
	field_path_rest(&path, (const uint64_t[]){5000}, 1, 1024, &rest);
	row_is(&arena, &rest, &type_int, "a/1024-4999", "a[1024…4999]");
	field_path_rest(&path, (const uint64_t[]){100, 2, 3}, 3, 17, &rest);
	row_is(&arena, &rest, &type_int, "a/2,1,2-99,1,2", "a[2][1][2]…[99][1][2]");
	arena_free(&arena);
}

/* Names from debug information may be anything: what comes of them is one file each. */
static void test_hostile_names(void **state)
{
	static const char *const names[][2] = {
		{"../x", "..\\x2fx"}, {".", "\\x2e"},           {"..", "\\x2e."},
		{"...", "..."},       {"\n\xff", "\\x0a\\xff"}, {"/", "\\x2f"},
	};
	struct arena arena = {.left = 1 << 20};
	struct field_path path = {0}, own;
	struct field field = {.type = &type_int};
	char name[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		field_path_member(&path, names[i][0], &own);
		field = (struct field){.type = &type_int};
		assert_int_equal(field_path_row(&arena, &own, &field), 0);
		assert_string_equal(field.file ? field.file : field.name, names[i][1]);
	}
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < 3; i++)
		push(&arena, &path, name, 0);
	assert_int_equal(field_path_row(&arena, &path, &field), 0);
	assert_true(strlen(field.name) < DWARF_NAME_SIZE && strlen(field.file) < DWARF_NAME_SIZE);
	arena_free(&arena);
	/* There is no end to hostile ones: what there is room for is. */
	arena = (struct arena){.left = 64};
	assert_int_equal(field_path_enter(&arena, &path, 0), -EFBIG);
	assert_int_equal(field_path_row(&arena, &path, &field), -EFBIG);
	arena_free(&arena);
}

/* The same rows in other folders are another layout. */
static void test_same(void **state)
{
	static const struct field_folder a = {NULL, "a", 0}, b = {NULL, "b", 0},
					 a_too = {NULL, "a", 0}, in_a = {&a, "x", 0},
					 in_a_too = {&a_too, "x", 0}, in_b = {&b, "x", 0};
	struct field fields[2] = {{"x", &type_int, 0, 4, .folder = &in_a, .file = "y"},
				  {"x", &type_int, 0, 4, .folder = &in_a_too, .file = "y"}};
	const struct layout one = {.name = "x", .fields = &fields[0], .n_fields = 1},
			    other = {.name = "x", .fields = &fields[1], .n_fields = 1};

	(void)state;
	assert_true(layout_same(&one, &other));
	fields[1].folder = &in_b;
	assert_false(layout_same(&one, &other));
	fields[1].folder = &a;
	assert_false(layout_same(&one, &other));
	fields[1].folder = &in_a;
	fields[1].file = "z";
	assert_false(layout_same(&one, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_names_alike),
		cmocka_unit_test(test_paths), cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
