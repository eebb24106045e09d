/* SPDX-License-Identifier: MIT */
/* Structs of a layouts file against what the compiler of this test makes of the same text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/layout_file.h"
#include "tests/layout_c.h"
#include "tests/specimen.h"
#include "tests/support.h"

static void complain(void *data, unsigned line, const char *what)
{
	(void)data;
	fail_msg("layout_c.h:%u: %s", line, what);
}

/* All of layout_c.h. */
static struct layout_file file;

static int setup(void **state)
{
	static const struct layout_file_complaints complaints = {complain, NULL};
	_cleanup_fclose_ FILE *in = fopen(pathf("%s/layout_c.h", getenv("PSHM_TESTS")), "re");

	(void)state;
	return in ? layout_file_read(in, &complaints, &file) : -1;
}

static int teardown(void **state)
{
	(void)state;
	layout_file_deinit(&file);
	return 0;
}

static const struct field *find(const char *structure, const char *name)
{
	const struct layout *layout = layout_file_find(&file, structure);

	if (!layout)
		fail_msg("no %s", structure);
	for (size_t i = 0; i < layout->n_fields; i++)
		if (strcmp(layout->fields[i].name, name) == 0)
			return &layout->fields[i];
	fail_msg("no %s in %s", name, structure);
	return NULL;
}

static void field_is(const char *structure, const char *name, size_t offset, size_t size,
		     const char *type)
{
	const struct field *field = find(structure, name);

	if (field->offset != offset || field->size != size ||
	    (type && strcmp(field->type->name, type) != 0))
		fail_msg("%s.%s: %zu %zu %s, not %zu %zu %s", structure, name, field->offset,
			 field->size, field->type->name, offset, size, type);
}

#define ROW(structure, member, type)                                                               \
	field_is(#structure, #member, offsetof(structure, member),                                 \
		 sizeof(((structure *)0)->member), type)
#define PLACE(structure, member) ROW(structure, member, NULL)
#define SIZE(structure)                                                                            \
	assert_int_equal(layout_file_find(&file, #structure)->size, sizeof(structure))

static void test_numbers(void **state)
{
	(void)state;
	ROW(struct numbers, c, "char");
	ROW(struct numbers, sc, "signed char");
	ROW(struct numbers, uc, "unsigned char");
	ROW(struct numbers, s, "short");
	ROW(struct numbers, si, "short");
	ROW(struct numbers, us, "unsigned short");
	ROW(struct numbers, i, "int");
	ROW(struct numbers, si_only, "int");
	ROW(struct numbers, ui, "unsigned int");
	ROW(struct numbers, l, "long");
	ROW(struct numbers, lui, "unsigned long");
	ROW(struct numbers, ll, "long long");
	ROW(struct numbers, llu, "unsigned long long");
	ROW(struct numbers, f, "float");
	ROW(struct numbers, d, "double");
	ROW(struct numbers, ld, "long double");
	ROW(struct numbers, i128, "__int128");
	ROW(struct numbers, u128, "unsigned __int128");
	ROW(struct numbers, b, "_Bool");
	ROW(struct numbers, b2, "_Bool");
	ROW(struct numbers, cv, "int");
	ROW(struct numbers, pc, "int *");
	ROW(struct numbers, atomic, "int");
	ROW(struct numbers, atomic_of, "long");
	ROW(struct numbers, color, "enum color");
	ROW(struct numbers, big, "enum big");
	ROW(struct numbers, wide, "enum wide");
	ROW(struct numbers, small, "enum small");
	ROW(struct numbers, power, "enum");
	ROW(struct numbers, counter, "unsigned long long");
	SIZE(struct numbers);
}

static void test_fixed(void **state)
{
	(void)state;
	ROW(struct fixed, i8, "signed char");
	ROW(struct fixed, u8, "unsigned char");
	ROW(struct fixed, i16, "short");
	ROW(struct fixed, u16, "unsigned short");
	ROW(struct fixed, i32, "int");
	ROW(struct fixed, u32, "unsigned int");
	ROW(struct fixed, i64, "long");
	ROW(struct fixed, u64, "unsigned long");
	PLACE(struct fixed, ip);
	PLACE(struct fixed, up);
	PLACE(struct fixed, im);
	PLACE(struct fixed, um);
	PLACE(struct fixed, il);
	PLACE(struct fixed, uf);
	PLACE(struct fixed, if8);
	ROW(struct fixed, size, "unsigned long");
	PLACE(struct fixed, ssize);
	PLACE(struct fixed, off);
	PLACE(struct fixed, diff);
	ROW(struct fixed, pid, "int");
	PLACE(struct fixed, uid);
	PLACE(struct fixed, gid);
	PLACE(struct fixed, mode);
	ROW(struct fixed, time, "long");
	PLACE(struct fixed, clock);
	PLACE(struct fixed, dev);
	PLACE(struct fixed, ino);
	PLACE(struct fixed, nlink);
	PLACE(struct fixed, wide);
	PLACE(struct fixed, ai);
	PLACE(struct fixed, when.tv_sec);
	ROW(struct fixed, when.tv_nsec, "long");
	PLACE(struct fixed, was.tv_usec);
	SIZE(struct fixed);
}

static void test_arrays(void **state)
{
	(void)state;
	ROW(struct arrays, text, "char[]");
	ROW(struct arrays, bytes, "bytes");
	ROW(struct arrays, octets, "bytes");
	ROW(struct arrays, small, "signed char[3]");
	ROW(struct arrays, ints, "int[16]");
	ROW(struct arrays, matrix, "double[2][3]");
	ROW(struct arrays, names, "char[3][10]");
	ROW(struct arrays, pairs, "int[2][2]");
	ROW(struct arrays, colors, "enum color[13]");
	ROW(struct arrays, pointers, "void *[4]");
	ROW(struct arrays, points[0].x, "int");
	ROW(struct arrays, points[2].y, "short");
	ROW(struct arrays, grid[0][1].x, "int");
	ROW(struct arrays, grid[1][0].y, "short");
	ROW(struct arrays, sems[1], "sem_t");
	ROW(struct arrays, flags, "_Bool[7]");
	SIZE(struct arrays);
	ROW(struct many, slots[511].b, "int");
	PLACE(struct many, last);
	SIZE(struct many);
}

static void test_pointers(void **state)
{
	(void)state;
	ROW(struct node, value, "int");
	ROW(struct node, next, "struct node *");
	ROW(struct node, names, "char **");
	PLACE(struct node, function);
	PLACE(struct node, table);
	PLACE(struct node, row);
	ROW(struct node, any, "void *");
	SIZE(struct node);
}

static void test_nested(void **state)
{
	(void)state;
	ROW(struct nested, before, "int");
	ROW(struct nested, point.x, "int");
	ROW(struct nested, point.y, "int");
	ROW(struct nested, point.innermost.deep, "char");
	ROW(struct nested, again.innermost.deep, "char");
	ROW(struct nested, unnamed, "int");
	ROW(struct nested, also, "char");
	ROW(struct nested, as_float, "float");
	ROW(struct nested, as_word, "unsigned int");
	ROW(struct nested, as_double, "double");
	ROW(struct nested, choice.half, "short");
	ROW(struct nested, choice.whole, "int");
	ROW(struct nested, choice.text, "char[]");
	PLACE(struct nested, numbers.c);
	PLACE(struct nested, numbers.counter);
	PLACE(struct nested, end);
	SIZE(struct nested);
	SIZE(struct inner);
	SIZE(union choice);
	ROW(tagged_t, sem, "sem_t");
	ROW(tagged_t, number, "int");
	SIZE(tagged_t);
	PLACE(union any, odd.bytes);
	PLACE(union any, d);
	SIZE(union any);
}

static void test_locks(void **state)
{
	(void)state;
	ROW(struct locks, sem, "sem_t");
	ROW(struct locks, mutex, "pthread_mutex_t");
	ROW(struct locks, cond, "pthread_cond_t");
	ROW(struct locks, rwlock, "pthread_rwlock_t");
	ROW(struct locks, barrier, "pthread_barrier_t");
	ROW(struct locks, spinlock, "pthread_spinlock_t");
	PLACE(struct locks, c2);
	PLACE(struct locks, thread);
	PLACE(struct locks, once);
	PLACE(struct locks, key);
	SIZE(struct locks);
}

static void test_packed(void **state)
{
	(void)state;
	PLACE(struct packed, l);
	PLACE(struct packed, s);
	PLACE(struct packed, not_packed.i);
	SIZE(struct packed);
	PLACE(struct packed_behind, d);
	PLACE(struct packed_behind, i);
	SIZE(struct packed_behind);
	PLACE(struct partly, i);
	PLACE(struct partly, c2);
	PLACE(struct partly, l);
	SIZE(struct partly);
	PLACE(struct packed_aligned, l);
	PLACE(struct packed_aligned, at_two);
	SIZE(struct packed_aligned);
}

static void test_aligned(void **state)
{
	(void)state;
	PLACE(struct aligned, at_eight);
	PLACE(struct aligned, c2);
	PLACE(struct aligned, at_32);
	PLACE(struct aligned, c3);
	PLACE(struct aligned, like_double);
	PLACE(struct aligned, like_double_2);
	PLACE(struct aligned, c4);
	PLACE(struct aligned, far);
	PLACE(struct aligned, most);
	SIZE(struct aligned);
	PLACE(struct aligned_whole, s);
	SIZE(struct aligned_whole);
	PLACE(struct aligned_in, whole.s);
	PLACE(struct aligned_in, c2);
	SIZE(struct aligned_in);
	PLACE(struct atomic_struct, c2);
	SIZE(struct atomic_struct);
}

/* What a field of this struct shows is this. */
static void shows(const char *structure, const void *bytes, size_t size, const char *name,
		  const char *value)
{
	struct specimen specimen;
	struct sink sink;
	int r;

	sink_init(&sink);
	specimen_make(&specimen, bytes, size);
	r = render_named(layout_file_find(&file, structure), name, &specimen, sink.out);
	if (r != 0 || strcmp(sink_text(&sink), value) != 0)
		fail_msg("%s.%s: %d, %s", structure, name, r, sink.latest);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

#define BIT(structure, object, member, value)                                                      \
	do {                                                                                       \
		(object).member = value;                                                           \
		shows(#structure, &(object), sizeof(object), #member, #value "\n");                \
	} while (0)

/* Each is set, with all others at 0 or set before, and read out of the bytes again. */
static void test_bits(void **state)
{
	struct bits bits = {.a = 0};
	struct packed_bits packed = {.a = 0};
	struct bits_and_more more = {.c = 0};
	union bits_union all = {.b = 0};

	(void)state;
	BIT(struct bits, bits, a, 5);
	BIT(struct bits, bits, b, -7);
	BIT(struct bits, bits, c, 4097);
	BIT(struct bits, bits, d, BLUE);
	BIT(struct bits, bits, e, true);
	BIT(struct bits, bits, f, 78187493520);
	BIT(struct bits, bits, g, -1);
	BIT(struct bits, bits, h, -64);
	BIT(struct bits, bits, k, -129);
	BIT(struct bits, bits, l, -4294967296);
	SIZE(struct bits);
	PLACE(struct bits, tail);
	BIT(struct packed_bits, packed, a, 6);
	BIT(struct packed_bits, packed, b, 9223372036854775807);
	BIT(struct packed_bits, packed, d, -1073741824);
	BIT(struct packed_bits, packed, e, -2);
	PLACE(struct packed_bits, c);
	SIZE(struct packed_bits);
	BIT(struct bits_and_more, more, a, -3);
	BIT(struct bits_and_more, more, b, 500000);
	BIT(struct bits_and_more, more, f, -128);
	PLACE(struct bits_and_more, d);
	PLACE(struct bits_and_more, g);
	PLACE(struct bits_and_more, h);
	SIZE(struct bits_and_more);
	BIT(union bits_union, all, a, -4);
	BIT(union bits_union, all, b, 255);
	SIZE(union bits_union);
}

static void test_enumerations(void **state)
{
	struct numbers numbers = {.c = 'x'};
	char *value;

	(void)state;
	numbers.color = NEXT;
	numbers.big = HUGE_ONE;
	numbers.wide = WIDE;
	numbers.small = SMALL_LAST;
	numbers.power = ON;
	shows("struct numbers", &numbers, sizeof(numbers), "color", "NEXT\n");
	shows("struct numbers", &numbers, sizeof(numbers), "big", "HUGE_ONE\n");
	shows("struct numbers", &numbers, sizeof(numbers), "wide", "WIDE\n");
	shows("struct numbers", &numbers, sizeof(numbers), "small", "SMALL_LAST\n");
	shows("struct numbers", &numbers, sizeof(numbers), "power", "ON\n");
	numbers.color = MASK;
	shows("struct numbers", &numbers, sizeof(numbers), "color", "MASK\n");
	numbers.color = (enum color) - 8;
	shows("struct numbers", &numbers, sizeof(numbers), "color", "-8\n");
	numbers.pc = (void *)0x1234;
	assert_true(asprintf(&value, "%p\n", (void *)numbers.pc) > 0);
	shows("struct numbers", &numbers, sizeof(numbers), "pc", value);
	free(value);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_arrays),  cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_nested),  cmocka_unit_test(test_locks),
		cmocka_unit_test(test_packed),  cmocka_unit_test(test_aligned),
		cmocka_unit_test(test_bits),    cmocka_unit_test(test_enumerations),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
