/* SPDX-License-Identifier: MIT */
/* The tables themselves: rows that are whole, legal, unique, and in the manual. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/layout_choice.h"
#include "tests/specimen.h"
#include "tests/support.h"

/* As a C identifier: a word for shells, awk and people. */
static bool legal(const char *name)
{
	if (!isalpha((unsigned char)name[0]))
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* A layout's may have a hyphen. */
static bool legal_layout(const char *name)
{
	char word[LAYOUT_NAME_SIZE];

	snprintf(word, sizeof(word), "%s", name);
	for (char *hyphen = word; (hyphen = strchr(hyphen, '-'));)
		*hyphen = '_';
	return legal(word) && name[strlen(name) - 1] != '-';
}

static bool is_text(const char *help)
{
	return help && *help && !strpbrk(help, "\n\t");
}

static void test_layout_rows(void **state)
{
	(void)state;
	assert_true(n_layouts > 0);
	for (size_t i = 0; i < n_layouts; i++) {
		const struct layout *layout = &layouts[i];

		assert_true(legal_layout(layout->name));
		assert_true(strlen(layout->name) < LAYOUT_NAME_SIZE);
		assert_string_not_equal(layout->name, "unknown"); /* what the file `layout` says */
		assert_true(is_text(layout->help));
		assert_true(is_text(layout->abi));
		assert_true(layout->n_fields > 0);
		for (size_t j = 0; j < i; j++)
			assert_false(strcmp(layouts[j].name, layout->name) == 0 &&
				     strcmp(layouts[j].abi, layout->abi) == 0);
	}
	assert_null(layouts_find(""));
	assert_null(layouts_find("unknown"));
}

/* The rows of one name stand together; layouts_find() gives the first. */
static void test_layouts_of_one_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct layout *first = layouts_find(layouts[i].name);

		for (const struct layout *layout = first; layout <= &layouts[i]; layout++)
			assert_string_equal(layout->name, layouts[i].name);
	}
}

/* What is in memory lies in the struct, in order, and nothing lies upon another thing. */
static void test_fields_lie_in_the_struct(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct layout *layout = &layouts[i];
		size_t end = 0;

		for (size_t f = 0; f < layout->n_fields; f++) {
			const struct field *field = &layout->fields[f];

			if (field->render)
				continue;
			assert_true(field->offset >= end);
			assert_true(field->offset + field->size <= layout->size);
			end = field->offset + field->size;
			/* Only a counted buffer at the very end has no size of its own. */
			assert_true(field->size > 0 || (field->length && layout->open_ended));
		}
	}
}

static void test_field_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		for (size_t f = 0; f < layouts[i].n_fields; f++) {
			const struct field *field = &layouts[i].fields[f];
			const struct field_type *type = field->type;

			assert_true(legal(field->name));
			assert_true(is_text(field->help));
			assert_true(is_text(type->name));
			/* There is one way to show it. */
			assert_int_equal(!!field->render + !!type->print + !!type->members, 1);
			assert_int_equal(!!type->json, !!type->print);
			if (type->size && !field->render)
				assert_int_equal(field->size, type->size);
		}
	}
}

static void test_members(void **state)
{
	static const struct field_type *const compounds[] = {
		&type_sem,  &type_sem32,  &type_sem_musl, &type_mutex,
		&type_cond, &type_rwlock, &type_barrier,  &type_spinlock};

	(void)state;
	for (size_t i = 0; i < sizeof(compounds) / sizeof(compounds[0]); i++) {
		const struct field_type *type = compounds[i];

		assert_true(type->n_members > 0);
		/* A semaphore or another lock; where threads sleep lies in it. */
		assert_int_equal(!!type->abi + !!type->plausible, 1);
		if (type->abi)
			assert_int_equal(type->abi->size, type->size);
		for (size_t w = 0; w < type->n_words; w++)
			assert_true(type->words[w] + sizeof(uint32_t) <= type->size);
		for (size_t m = 0; m < type->n_members; m++) {
			const struct field *member = &type->members[m];

			assert_true(legal(member->name));
			assert_true(is_text(member->help));
			if (member->kind != FIELD_MEMORY)
				continue;
			assert_non_null(member->type->print);
			assert_non_null(member->type->json);
			assert_int_equal(member->size, member->type->size);
			assert_true(member->offset + member->size <= type->size);
			/* One level: a member is no compound. */
			assert_null(member->type->members);
		}
	}
}

/* A counted field is counted by an integer of the same layout. */
static void test_counters(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		for (size_t f = 0; f < layouts[i].n_fields; f++) {
			const struct field *field = &layouts[i].fields[f];
			size_t found = 0;

			if (!field->length)
				continue;
			for (size_t c = 0; c < layouts[i].n_fields; c++)
				found += strcmp(layouts[i].fields[c].name, field->length) == 0 &&
					 layouts[i].fields[c].type == field->length_type &&
					 layouts[i].fields[c].offset == field->length_at;
			assert_int_equal(found, 1);
			assert_int_not_equal(field->length_type->number, NUMBER_NONE);
			assert_true(field->element > 0);
		}
	}
}

/* The files' names are unique and none is bent; every ABI of a layout has the same. */
static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_layouts; i++) {
		_cleanup_free_ struct leaf *leaves = NULL, *first = NULL;
		size_t n, n_first;

		assert_int_equal(layout_leaves(&layouts[i], &leaves, &n), 0);
		assert_int_equal(layout_leaves(layouts_find(layouts[i].name), &first, &n_first), 0);
		assert_int_equal(n, n_first);
		for (size_t a = 0; a < n; a++) {
			assert_true(legal(leaves[a].name));
			assert_false(layout_name_reserved(leaves[a].name));
			assert_string_equal(leaves[a].name, first[a].name);
			for (size_t b = 0; b < a; b++)
				assert_string_not_equal(leaves[a].name, leaves[b].name);
		}
	}
}

/* Is `word` in the text as a word? An underscore ends one: wsem is in wsem_value. */
static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++)
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[n]))
			return true;
	return false;
}

/* A minus sign is \\- in the source of a manual page (groff_char(7)). */
static void unescape_minus(char *text)
{
	for (char *at = text; (at = strstr(at, "\\-"));)
		memmove(at, at + 1, strlen(at));
}

static void test_manual(void **state)
{
	const char *folder = getenv("PSHM_DOCS");
	_cleanup_free_ char *page = NULL;
	unsigned missing = 0;

	(void)state;
	assert_non_null(folder);
	assert_int_equal(read_file(pathf("%s/pshmfs.1", folder), &page, NULL), 0);
	unescape_minus(page);
	for (size_t i = 0; i < n_layouts; i++) {
		_cleanup_free_ struct leaf *leaves = NULL;
		size_t n;

		assert_int_equal(layout_leaves(&layouts[i], &leaves, &n), 0);
		if (!has_word(page, layouts[i].name) && ++missing)
			fprintf(stderr, "pshmfs.1 lacks the layout %s\n", layouts[i].name);
		for (size_t f = 0; f < n; f++)
			if ((!has_word(page, leaves[f].field->name) ||
			     (leaves[f].member && !has_word(page, leaves[f].member->name))) &&
			    ++missing)
				fprintf(stderr, "pshmfs.1 lacks the field %s\n", leaves[f].name);
	}
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_rows),
		cmocka_unit_test(test_layouts_of_one_name),
		cmocka_unit_test(test_fields_lie_in_the_struct),
		cmocka_unit_test(test_field_rows),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
