/* SPDX-License-Identifier: MIT */
/* Values as users write them: whole, in range, or refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/layout_change.h"
#include "core/layouts.h"
#include "core/parse.h"
#include "tests/specimen.h"
#include "tests/support.h"

/* What the type makes of the text: 0 and these bytes, or -errno and nothing. */
static void parses(const struct field_type *type, const char *text, int wanted, const void *bytes)
{
	unsigned char made[16], untouched[16];
	size_t size = type->size ? type->size : 8;
	int r;

	memset(made, 0xa5, sizeof(made));
	memset(untouched, 0xa5, sizeof(untouched));
	assert_non_null(type->parse);
	r = type->parse(text, made, size);
	if (r != wanted)
		fail_msg("%s \"%s\": %d, wanted %d", type->name, text, r, wanted);
	assert_memory_equal(made, wanted == 0 ? bytes : untouched, size);
	assert_memory_equal(made + size, untouched, sizeof(made) - size);
}

#define PARSES(name, ctype, text, value) parses(&type_##name, text, 0, &(ctype){value})
#define REFUSES(name, text, error) parses(&type_##name, text, -(error), NULL)

static void test_integers(void **state)
{
	(void)state;
	PARSES(int, int, "7", 7);
	PARSES(int, int, "-2147483648", INT32_MIN);
	PARSES(int, int, "2147483647", INT32_MAX);
	PARSES(int, int, "+5", 5);
	PARSES(int, int, "010", 10);
	PARSES(int, int, "0x10", 16);
	PARSES(int, int, "-0XfF", -255);
	PARSES(schar, signed char, "-128", -128);
	PARSES(uchar, unsigned char, "255", 255);
	PARSES(short, short, "-32768", -32768);
	PARSES(ushort, unsigned short, "65535", 65535);
	PARSES(uint, unsigned, "4294967295", UINT32_MAX);
	PARSES(uint, unsigned, "-0", 0);
	PARSES(long, long, "-9223372036854775808", INT64_MIN);
	PARSES(llong, long long, "9223372036854775807", INT64_MAX);
	PARSES(ulong, unsigned long, "18446744073709551615", UINT64_MAX);
	PARSES(ullong, unsigned long long, "0xffffffffffffffff", UINT64_MAX);
}

static void test_refused_integers(void **state)
{
	static const char *const no_numbers[] = {"",    "x", "12x", "1 2", " 7",  "7 ", "\t7",
						 "--1", "+", "0x",  "0xg", "1e3", "1.", "- 1"};

	(void)state;
	for (size_t i = 0; i < sizeof(no_numbers) / sizeof(no_numbers[0]); i++) {
		REFUSES(int, no_numbers[i], EINVAL);
		REFUSES(ullong, no_numbers[i], EINVAL);
	}
	REFUSES(int, "2147483648", ERANGE);
	REFUSES(int, "-2147483649", ERANGE);
	REFUSES(schar, "128", ERANGE);
	REFUSES(schar, "-129", ERANGE);
	REFUSES(uchar, "256", ERANGE);
	REFUSES(uint, "-1", ERANGE);
	REFUSES(uint, "4294967296", ERANGE);
	REFUSES(long, "9223372036854775808", ERANGE);
	REFUSES(long, "-9223372036854775809", ERANGE);
	REFUSES(ulong, "18446744073709551616", ERANGE);
	REFUSES(ulong, "-18446744073709551615", ERANGE);
}

static void test_others(void **state)
{
	(void)state;
	PARSES(bool, bool, "true", true);
	PARSES(bool, bool, "1", true);
	PARSES(bool, bool, "false", false);
	PARSES(bool, bool, "0", false);
	REFUSES(bool, "2", EINVAL);
	REFUSES(bool, "", EINVAL);
	PARSES(double, double, "0.1", 0.1);
	PARSES(double, double, "-1e300", -1e300);
	PARSES(double, double, "1e-400", 0);
	REFUSES(double, "1e400", ERANGE);
	REFUSES(double, " 1", EINVAL);
	REFUSES(double, "", EINVAL);
	REFUSES(double, "1x", EINVAL);
	PARSES(float, float, "0.5", 0.5f);
	REFUSES(float, "1e39", ERANGE);
	PARSES(char, char, "x", 'x');
	REFUSES(char, "xy", EINVAL);
	REFUSES(char, "", EINVAL);
	parses(&type_text, "abc", 0, "abc\0\0\0\0");
	parses(&type_text, "", 0, "\0\0\0\0\0\0\0");
	parses(&type_text, "12345678", 0, "12345678");
	REFUSES(text, "123456789", EFBIG);
}

/* leaf_parse() of the leaf called `name`: its return value; the change lands in *ret. */
static int change_of(const struct layout *layout, const char *name, struct specimen *specimen,
		     const char *text, size_t size, struct change *ret)
{
	struct leaf *leaves;
	size_t n = 0, i = 0;
	int r;

	assert_int_equal(layout_leaves(layout, &leaves, &n), 0);
	while (i < n && strcmp(leaves[i].name, name) != 0)
		i++;
	assert_true(i < n && leaf_writable(&leaves[i]));
	r = leaf_parse(layout, &leaves[i], &specimen->image, text, size, ret);
	free(leaves);
	return r;
}

static void changes(const struct layout *layout, const char *name, struct specimen *specimen,
		    const char *text, int wanted)
{
	struct change change = {0};
	int r = change_of(layout, name, specimen, text, strlen(text), &change);

	if (r != wanted)
		fail_msg("%s \"%s\": %d, wanted %d", name, text, r, wanted);
	if (r < 0)
		assert_null(change.bytes);
	change_deinit(&change);
}

static void test_change(void **state)
{
	const struct layout *seqnum = layouts_find("seqnum");
	struct specimen whole, shorter;
	struct change change;
	int value = 7;

	(void)state;
	specimen_make(&whole, (const char[40]){0}, 40);
	specimen_make(&shorter, (const char[35]){0}, 35);
	assert_int_equal(change_of(seqnum, "seqnum", &whole, "7\n", 2, &change), 0);
	assert_int_equal(change.offset, 32);
	assert_int_equal(change.size, sizeof(value));
	assert_memory_equal(change.bytes, &value, sizeof(value));
	change_deinit(&change);
	changes(seqnum, "seqnum", &whole, "7\n\n", -EINVAL);
	changes(seqnum, "seqnum", &whole, "\n", -EINVAL);
	changes(seqnum, "seqnum", &shorter, "7", -ENODATA);
	assert_int_equal(change_of(seqnum, "seqnum", &whole, "7\0", 2, &change), -EINVAL);
	specimen_deinit(&whole);
	specimen_deinit(&shorter);
}

/* A count is one that the object has room for, as when it is read. */
static void test_counts(void **state)
{
	const struct layout *xfr = layouts_find("xfr");
	struct specimen specimen;

	(void)state;
	specimen_make(&specimen, (const char[78]){0}, 78);
	changes(xfr, "cnt", &specimen, "10", 0);
	changes(xfr, "cnt", &specimen, "0", 0);
	changes(xfr, "cnt", &specimen, "11", -ERANGE);
	changes(xfr, "cnt", &specimen, "-1", -ERANGE);
	specimen_deinit(&specimen);
}

/* The words of a lock are its programs'; what is counted or computed has no value to set. */
static void test_never_written(void **state)
{
	(void)state;
	for (size_t l = 0; l < n_layouts; l++) {
		struct leaf *leaves;
		size_t n = 0;

		assert_int_equal(layout_leaves(&layouts[l], &leaves, &n), 0);
		for (size_t i = 0; i < n; i++)
			if (leaves[i].field->type->members || leaves[i].field->length ||
			    leaves[i].field->render)
				assert_false(leaf_writable(&leaves[i]));
		free(leaves);
	}
}

int main(void)
{
	static const struct CMUnitTest cases[] = {
		SANDBOXED(test_integers), SANDBOXED(test_refused_integers),
		SANDBOXED(test_others),   SANDBOXED(test_change),
		SANDBOXED(test_counts),   SANDBOXED(test_never_written),
	};

	sandbox_enter();
	return cmocka_run_group_tests(cases, NULL, NULL);
}
