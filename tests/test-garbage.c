/* SPDX-License-Identifier: MIT */
/* Any bytes of any size as any layout: no crash, and no number where there is none to show. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/layout_choice.h"
#include "core/layout_json.h"
#include "tests/specimen.h"
#include "tests/support.h"

static uint32_t word_at(const struct specimen *specimen, size_t offset)
{
	uint32_t word;

	memcpy(&word, specimen->image.bytes + offset, sizeof(word));
	return word;
}

/* The kinds that pthread_mutexattr_init(3) and the calls after it can make: so many. */
static bool is_mutex_kind(uint32_t kind)
{
	static const uint32_t more[] = {0, 0x10, 0x20, 0x30};

	for (uint32_t type = 0; type < 4; type++)
		for (size_t i = 0; i < 4; i++)
			if ((kind & ~0x380u) == (type | more[i]))
				return true;
	return false;
}

static bool is_mutex(const struct specimen *specimen)
{
	const uint32_t lock = word_at(specimen, 0), owner = word_at(specimen, 8);
	const uint32_t kind = word_at(specimen, 16);
	uint32_t list = 0;

	for (size_t at = 24; at < 40; at += 4)
		list |= word_at(specimen, at);
	if (!is_mutex_kind(kind))
		return false;
	if (owner > 1 << 22 && !(kind & 0x10 && owner >= 0x7ffffffe && owner <= 0x7fffffff))
		return false;
	return kind & 0x30 ? (lock & 0x3fffffff) <= 1 << 22 : lock <= 2 && !list;
}

static bool is_rwlock(const struct specimen *specimen)
{
	uint32_t padding = 0;

	for (size_t i = 0; i < 4; i++)
		padding |= word_at(specimen, (const size_t[]){16, 20, 40, 44}[i]);
	return word_at(specimen, 0) < 0x80000000 &&
	       (word_at(specimen, 4) & 0x7fffffff) <= 1 << 22 && word_at(specimen, 8) < 4 &&
	       word_at(specimen, 12) < 4 && word_at(specimen, 24) <= 1 << 22 &&
	       word_at(specimen, 28) < 2 && word_at(specimen, 48) < 3 && !padding;
}

static bool is_spinlock(const struct specimen *specimen)
{
	const int value = (int)word_at(specimen, 0);

	return value <= 1 && value >= -(1 << 22);
}

/* Of a lock all members are shown, or none; a cond's counters are left to test-pthreads. */
static int expected_of_lock(const struct leaf *leaf, const struct specimen *specimen, int r)
{
	const struct field_type *type = leaf->field->type;

	if (specimen->image.size < type->size)
		return -ENODATA;
	if (type == &type_mutex)
		return is_mutex(specimen) ? 0 : -EBADMSG;
	if (type == &type_rwlock)
		return is_rwlock(specimen) ? 0 : -EBADMSG;
	if (type == &type_spinlock)
		return is_spinlock(specimen) ? 0 : -EBADMSG;
	if (type == &type_barrier && (word_at(specimen, 8) == 0 || word_at(specimen, 8) >> 31 ||
				      word_at(specimen, 12) & ~0x80u))
		return -EBADMSG;
	if (type == &type_cond && (word_at(specimen, 28) & word_at(specimen, 36)) >> 31)
		return -EBADMSG;
	return r == 0 ? 0 : -EBADMSG;
}

/* What a file may answer, worked out in another way than core does. */
static int expected(const struct leaf *leaf, const struct specimen *specimen)
{
	const struct field *part = leaf->member ? leaf->member : leaf->field;
	size_t offset = leaf_offset(leaf), size = specimen->image.size;

	if (leaf->field->length) {
		int count;

		if (size < leaf->field->length_at + 4)
			return -ENODATA;
		count = (int)word_at(specimen, leaf->field->length_at);
		if (size < offset)
			return -ENODATA;
		return count < 0 || offset + (size_t)count > size ? -EBADMSG : 0;
	}
	if (offset + part->size > size)
		return -ENODATA;
	if (strstr(leaf->name, "_pshared"))
		return (word_at(specimen, offset) & ~0x80u) ? -EBADMSG : 0;
	/* Of the others each word is a value. */
	if (strstr(leaf->name, "_value") && leaf->field->type->abi == &semaphore_glibc64)
		return word_at(specimen, offset) > INT_MAX ? -EBADMSG : 0;
	return 0;
}

/* JSON has a value where the file has one, and else the file's error. */
static void check_json(const struct leaf *leaf, int r, struct json_object *fields,
		       struct json_object *errors)
{
	struct json_object *value = NULL, *error = NULL;

	assert_true(json_object_object_get_ex(fields, leaf->name, &value));
	json_object_object_get_ex(errors, leaf->name, &error);
	assert_int_equal(value != NULL, r == 0);
	assert_int_equal(error != NULL, r != 0);
	if (error)
		assert_string_equal(json_object_get_string(error), strerrorname_np(-r));
}

static int check_leaf(const struct leaf *leaf, struct specimen *specimen, FILE *out)
{
	int r = leaf_render(leaf, &specimen->image, out);

	if (leaf->field->render)
		assert_true(r == 0 || r == -EBADMSG || r == -ENODATA);
	else if (leaf->field->type->plausible)
		assert_int_equal(r, expected_of_lock(leaf, specimen, r));
	else if (r != expected(leaf, specimen))
		fail_msg("%s of %zu bytes: %d, not %d", leaf->name, specimen->image.size, r,
			 expected(leaf, specimen));
	return r;
}

static void check_layout(const struct layout *layout, struct specimen *specimen)
{
	struct json_object *fields = json_object_new_object(), *errors = json_object_new_object();
	_cleanup_free_ struct leaf *leaves = NULL;
	struct sink sink;
	struct findings findings;
	size_t n, lines = 0;

	sink_init(&sink);
	findings = (struct findings){.out = sink.out};
	assert_int_equal(layout_leaves(layout, &leaves, &n), 0);
	assert_int_equal(layout_json_load(layout, &specimen->image), 0);
	assert_int_equal(layout_json_fields(layout, &specimen->image, 0, fields, errors), 0);
	for (size_t i = 0; i < n; i++)
		check_json(&leaves[i], check_leaf(&leaves[i], specimen, sink.out), fields, errors);
	json_object_put(fields);
	json_object_put(errors);
	layout_health(layout, &specimen->image, &findings);
	layout_match(layout, &specimen->image, true, sink.out);
	layout_match(layout, &specimen->image, false, sink.out);
	sink_text(&sink);
	/* Whatever the bytes are: a line a field, and one TAB a line. */
	assert_int_equal(layout_print_fields(layout, &specimen->image, sink.out), 0);
	for (const char *line = sink_text(&sink); *line; line = strchr(line, '\n') + 1, lines++)
		assert_ptr_equal(strchr(line, '\t'), line + strlen(leaves[lines].name));
	assert_int_equal(lines, n);
	sink_deinit(&sink);
}

static void test_garbage(void **state)
{
	unsigned char bytes[GARBAGE_MAX];

	(void)state;
	for (size_t size = 0; size <= GARBAGE_MAX; size++) {
		for (unsigned pattern = 0; pattern < GARBAGE_PATTERNS; pattern++) {
			struct specimen specimen;

			garbage_fill(bytes, size, pattern);
			specimen_make(&specimen, bytes, size);
			for (size_t i = 0; i < n_layouts; i++)
				check_layout(&layouts[i], &specimen);
			specimen_deinit(&specimen);
		}
	}
}

/* What is chosen by its bytes has a value in every file that the choice rests on. */
static void test_choice_of_garbage(void **state)
{
	static const char *const names[] = {"x", "sem.x"};
	unsigned char bytes[GARBAGE_MAX];
	size_t chosen = 0;
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (size_t size = 0; size <= GARBAGE_MAX; size++) {
		for (unsigned pattern = 0; pattern < 200; pattern++) {
			const struct layout *layout;
			struct layout_question question = {.name = names[pattern % 4 == 0]};
			struct specimen specimen;

			garbage_fill(bytes, size, pattern);
			specimen_make(&specimen, bytes, size);
			question.object = &specimen.object;
			question.image = &specimen.image;
			layout = layout_choose(&question);
			layout_explain(&question, sink.out);
			assert_null(strchr(sink_text(&sink), '\n'));
			specimen_deinit(&specimen);
			if (!layout || layout->magic)
				continue;
			chosen++;
			assert_true(layout_size_fits(layout, size));
			specimen_make(&specimen, bytes, size);
			assert_int_equal(layout_print_fields(layout, &specimen.image, sink.out), 0);
			assert_null(strstr(sink_text(&sink), "\t!"));
			specimen_deinit(&specimen);
		}
	}
	assert_true(chosen > 0);
	sink_deinit(&sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_choice_of_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
