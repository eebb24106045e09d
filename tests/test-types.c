/* SPDX-License-Identifier: MIT */
/* How the bytes of each C type are shown, and which bytes are refused. */
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/specimen.h"
#include "tests/support.h"

/* What type->print() says to exactly these bytes, in a buffer of that size (for ASan). */
static int print(const struct field_type *type, const void *bytes, size_t size, struct sink *sink)
{
	void *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	r = type->print(copy, size, sink->out);
	free(copy);
	return r;
}

static void prints(const struct field_type *type, const void *bytes, size_t size,
		   const char *wanted)
{
	struct sink sink;

	sink_init(&sink);
	assert_int_equal(print(type, bytes, size, &sink), 0);
	sink_equals(&sink, wanted);
	sink_deinit(&sink);
}

#define PRINTS(type, ctype, value, wanted)                                                         \
	prints(&type, &(const ctype){value}, sizeof(ctype), wanted)

static void refuses(const struct field_type *type, const void *bytes, size_t size)
{
	struct sink sink;

	sink_init(&sink);
	assert_int_equal(print(type, bytes, size, &sink), -EBADMSG);
	sink_equals(&sink, "");
	sink_deinit(&sink);
}

static void test_integers(void **state)
{
	(void)state;
	PRINTS(type_schar, signed char, SCHAR_MIN, "-128");
	PRINTS(type_schar, signed char, SCHAR_MAX, "127");
	PRINTS(type_uchar, unsigned char, UCHAR_MAX, "255");
	PRINTS(type_short, short, SHRT_MIN, "-32768");
	PRINTS(type_short, short, SHRT_MAX, "32767");
	PRINTS(type_ushort, unsigned short, USHRT_MAX, "65535");
	PRINTS(type_int, int, INT_MIN, "-2147483648");
	PRINTS(type_int, int, INT_MAX, "2147483647");
	PRINTS(type_int, int, 0, "0");
	PRINTS(type_uint, unsigned int, UINT_MAX, "4294967295");
	PRINTS(type_long, long, LONG_MIN, "-9223372036854775808");
	PRINTS(type_long, long, LONG_MAX, "9223372036854775807");
	PRINTS(type_ulong, unsigned long, ULONG_MAX, "18446744073709551615");
	PRINTS(type_llong, long long, LLONG_MIN, "-9223372036854775808");
	PRINTS(type_llong, long long, LLONG_MAX, "9223372036854775807");
	PRINTS(type_ullong, unsigned long long, ULLONG_MAX, "18446744073709551615");
}

static void test_characters(void **state)
{
	(void)state;
	PRINTS(type_char, char, 'x', "x");
	PRINTS(type_char, char, ' ', " ");
	PRINTS(type_char, char, '\0', "\\x00");
	PRINTS(type_char, char, '\n', "\\n");
	PRINTS(type_char, char, (char)0xff, "\\xff");
}

static void test_bool(void **state)
{
	(void)state;
	prints(&type_bool, "\0", 1, "false");
	prints(&type_bool, "\1", 1, "true");
	refuses(&type_bool, "\2", 1);
	refuses(&type_bool, "\xff", 1);
}

/* The shortest digits that give the same number back. */
static void test_floats(void **state)
{
	(void)state;
	PRINTS(type_double, double, 0.1, "0.1");
	PRINTS(type_double, double, 1.0 / 3, "0.3333333333333333");
	PRINTS(type_double, double, 0.1 + 0.2, "0.30000000000000004");
	PRINTS(type_double, double, 1e100, "1e+100");
	PRINTS(type_double, double, -0.0, "-0");
	PRINTS(type_double, double, DBL_MAX, "1.7976931348623157e+308");
	PRINTS(type_double, double, 5e-324, "4.94065645841247e-324");
	PRINTS(type_double, double, INFINITY, "inf");
	PRINTS(type_double, double, -INFINITY, "-inf");
	PRINTS(type_double, double, NAN, "nan");
	PRINTS(type_float, float, 0.1f, "0.1");
	PRINTS(type_float, float, 16777216.0f, "16777216");
	PRINTS(type_float, float, 1.0f / 3, "0.33333334");
	PRINTS(type_float, float, FLT_MAX, "3.4028235e+38");
	PRINTS(type_float, float, NAN, "nan");
}

/* Text ends at its first NUL, or where the array does. */
static void test_text_and_bytes(void **state)
{
	(void)state;
	prints(&type_text, "abc\0def", 7, "abc");
	prints(&type_text, "abcdefg", 7, "abcdefg");
	prints(&type_text, "", 0, "");
	prints(&type_bytes, "ab\ncd", 5, "ab\ncd");
	prints(&type_bytes, "", 0, "");
	assert_true(type_bytes.exact);
	assert_false(type_text.exact);
}

/* Rows made at run time (debug information) may have any size: a wrong one is no value. */
static void test_wrong_sizes(void **state)
{
	static const struct field_type *const types[] = {
		&type_bool,   &type_char,   &type_schar, &type_uchar, &type_short,
		&type_ushort, &type_int,    &type_uint,  &type_long,  &type_ulong,
		&type_llong,  &type_ullong, &type_float, &type_double};
	const char bytes[17] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		assert_true(types[i]->size > 0);
		for (size_t size = 1; size <= sizeof(bytes); size++)
			if (size != types[i]->size)
				refuses(types[i], bytes, size);
	}
}

/* The states of a sem_t that were measured, on both ABIs of glibc (facts of the world). */
static const struct sem_state {
	const char *what;
	const struct field_type *type;
	uint32_t words[8];
	const char *value, *nwaiters, *pshared; /* "!": -EBADMSG */
	bool plausible;
} sem_states[] = {
	{"value 1", &type_sem, {1, 0, 0x80}, "1", "0", "1", true},
	{"locked", &type_sem, {0, 0, 0x80}, "0", "0", "1", true},
	{"3 sleepers", &type_sem, {0, 3, 0x80}, "0", "3", "1", true},
	{"ghosts, then a post", &type_sem, {1, 3, 0x80}, "1", "3", "1", true},
	{"private, a sleeper", &type_sem, {0, 1, 0}, "0", "1", "0", true},
	{"private, value 1", &type_sem, {1, 0, 0}, "1", "0", "0", true},
	{"SEM_VALUE_MAX", &type_sem, {0x7fffffff, 0, 0x80}, "2147483647", "0", "1", true},
	{"one more", &type_sem, {0x80000000, 0, 0x80}, "!", "0", "1", false},
	{"musl, a sleeper", &type_sem, {0xffffffff, 1, 0}, "!", "1", "0", false},
	{"newer musl, a sleeper", &type_sem, {0x80000000, 1, 0}, "!", "1", "0", false},
	{"nothing yet", &type_sem, {0, 0, 0}, "0", "0", "0", false},
	{"a wrong flag", &type_sem, {1, 0, 1}, "1", "0", "!", false},
	{"the flag's other bits", &type_sem, {1, 0, 0x180}, "1", "0", "!", false},
	{"padding", &type_sem, {1, 0, 0x80, 1}, "1", "0", "1", false},
	{"the last padding", &type_sem, {1, 0, 0x80, [7] = 1}, "1", "0", "1", false},
	{"32-bit, value 1", &type_sem32, {2, 0x80}, "1", "0", "1", true},
	{"32-bit, locked", &type_sem32, {0, 0x80}, "0", "0", "1", true},
	{"32-bit, a sleeper", &type_sem32, {1, 0x80, 0, 1}, "0", "1", "1", true},
	{"32-bit, ghosts, a post", &type_sem32, {3, 0x80, 0, 3}, "1", "3", "1", true},
	{"32-bit, private", &type_sem32, {2, 0}, "1", "0", "0", true},
	{"32-bit, SEM_VALUE_MAX", &type_sem32, {0xfffffffe, 0x80}, "2147483647", "0", "1", true},
	{"32-bit, all ones", &type_sem32, {0xffffffff, 0x80}, "2147483647", "0", "1", true},
	{"32-bit, nothing yet", &type_sem32, {0}, "0", "0", "0", false},
	{"32-bit, a wrong flag", &type_sem32, {2, 0x81}, "1", "0", "!", false},
	{"32-bit, padding", &type_sem32, {2, 0x80, 1}, "1", "0", "1", false},
	{"musl, value 1", &type_sem_musl, {1, 0, 0}, "1", "0", "1", true},
	{"musl, locked", &type_sem_musl, {0, 0, 0}, "0", "0", "1", true},
	{"musl 1.2.3, a sleeper", &type_sem_musl, {0xffffffff, 1, 0}, "0", "1", "1", true},
	{"musl 1.2.3, killed, a post", &type_sem_musl, {1, 1, 0}, "1", "1", "1", true},
	{"musl 1.2.4, a sleeper", &type_sem_musl, {0x80000000, 1, 0}, "0", "1", "1", true},
	{"musl 1.2.4, 2 sleepers, a post", &type_sem_musl, {0x80000001, 2, 0}, "1", "2", "1", true},
	{"musl, private", &type_sem_musl, {1, 0, 0x80}, "1", "0", "0", true},
	{"musl, private, a sleeper", &type_sem_musl, {0xffffffff, 1, 0x80}, "0", "1", "0", true},
	{"musl, SEM_VALUE_MAX", &type_sem_musl, {0x7fffffff, 0, 0}, "2147483647", "0", "1", true},
	{"musl, a wrong flag", &type_sem_musl, {1, 0, 1}, "1", "0", "!", false},
	{"musl, padding", &type_sem_musl, {1, 0, 0, 1}, "1", "0", "1", false},
};

static void member_prints(const struct sem_state *row, size_t member, const char *wanted)
{
	const struct field *field = &row->type->members[member];
	const char *bytes = (const char *)row->words + field->offset;

	if (strcmp(wanted, "!") == 0)
		refuses(field->type, bytes, field->size);
	else
		prints(field->type, bytes, field->size, wanted);
}

static void test_semaphores(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sem_states) / sizeof(sem_states[0]); i++) {
		const struct sem_state *row = &sem_states[i];
		struct sink sink;

		assert_int_equal(row->type->n_members, 5); /* the last two are no values */
		member_prints(row, 0, row->value);
		member_prints(row, 1, row->nwaiters);
		member_prints(row, 2, row->pshared);
		sink_init(&sink);
		if (semaphore_plausible(row->type->abi, row->words, sink.out) != row->plausible)
			fail_msg("%s: plausible is %d", row->what, !row->plausible);
		/* The reason is given just where the answer is no. */
		assert_int_equal(*sink_text(&sink) == '\0', row->plausible);
		sink_deinit(&sink);
	}
}

static void test_semaphore_reasons(void **state)
{
	static const struct {
		uint32_t words[8];
		const char *why;
	} rows[] = {
		{{1, 0, 7}, "its shared flag is neither 0 nor 0x80 but 0x7"},
		{{1, 0, 0x80, 7}, "its padding is not zero"},
		{{1u << 31, 0, 0x80}, "0x80000000 is above SEM_VALUE_MAX, so no value of glibc"},
		{{UINT32_MAX, 1},
		 "0xffffffff is above SEM_VALUE_MAX, so no value of glibc (musl's "
		 "with a waiter?)"},
		{{1u << 31, 1},
		 "0x80000000 is above SEM_VALUE_MAX, so no value of glibc (musl's "
		 "with a waiter?)"},
		{{0}, "all of it is zero (not yet initialised?)"},
	};
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(semaphore_plausible(&semaphore_glibc64, rows[i].words, sink.out));
		sink_equals(&sink, rows[i].why);
		assert_false(semaphore_plausible(&semaphore_glibc64, rows[i].words, NULL));
	}
	sink_deinit(&sink);
}

/* What glibc itself makes, and what its functions say, is what is shown. */
static void test_native_semaphore(void **state)
{
	union {
		sem_t sem;
		uint32_t words[8];
	} made = {0};
	struct semaphore decoded;
	int value;

	(void)state;
	assert_int_equal(sem_init(&made.sem, 1, 5), 0);
	assert_int_equal(sem_wait(&made.sem), 0);
	assert_int_equal(sem_getvalue(&made.sem, &value), 0);
	decoded = semaphore_decode(&semaphore_glibc64, made.words);
	assert_int_equal(decoded.value, value);
	assert_int_equal(decoded.flag, SEMAPHORE_SHARED);
	assert_true(semaphore_plausible(&semaphore_glibc64, made.words, NULL));
	assert_int_equal(sem_init(&made.sem, 0, 5), 0);
	assert_int_equal(semaphore_decode(&semaphore_glibc64, made.words).flag, 0);
	assert_true(semaphore_plausible(&semaphore_glibc64, made.words, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_text_and_bytes),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_semaphores),
		cmocka_unit_test(test_semaphore_reasons),
		cmocka_unit_test(test_native_semaphore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
