/* SPDX-License-Identifier: MIT */
/* Values as JSON: every type, hostile bytes, and how much of them there may be. */
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/layout_json.h"
#include "tests/specimen.h"
#include "tests/support.h"

#define ROWS(rows) .fields = rows, .n_fields = sizeof(rows) / sizeof(rows[0])

/* The value is written as just this line; the value is given back. */
static void written(struct json_object *value, const char *wanted)
{
	struct sink sink;

	sink_init(&sink);
	assert_int_equal(json_write(value, sink.out), 0);
	sink_equals(&sink, wanted);
	json_object_put(value);
	sink_deinit(&sink);
}

/* type->json() of these bytes, in a buffer of that size (for ASan). */
static void shows(const struct field_type *type, const void *bytes, size_t size, int r,
		  const char *wanted)
{
	void *copy = malloc(size ? size : 1);
	struct json_object *value = NULL;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	assert_int_equal(type->json(copy, size, &value), r);
	if (r == 0)
		written(value, wanted);
	free(copy);
}

#define SHOWS(type, ctype, value, wanted)                                                          \
	shows(&type, &(const ctype){value}, sizeof(ctype), 0, wanted "\n")

static void test_integers(void **state)
{
	(void)state;
	SHOWS(type_schar, signed char, SCHAR_MIN, "-128");
	SHOWS(type_uchar, unsigned char, UCHAR_MAX, "255");
	SHOWS(type_short, short, SHRT_MIN, "-32768");
	SHOWS(type_ushort, unsigned short, USHRT_MAX, "65535");
	SHOWS(type_int, int, INT_MIN, "-2147483648");
	SHOWS(type_int, int, 0, "0");
	SHOWS(type_uint, unsigned int, UINT_MAX, "4294967295");
	SHOWS(type_long, long, LONG_MIN, "-9223372036854775808");
	SHOWS(type_long, long, LONG_MAX, "9223372036854775807");
	SHOWS(type_ulong, unsigned long, ULONG_MAX, "18446744073709551615");
	SHOWS(type_ulong, unsigned long, (1UL << 63), "9223372036854775808");
	SHOWS(type_llong, long long, LLONG_MIN, "-9223372036854775808");
	SHOWS(type_ullong, unsigned long long, ULLONG_MAX, "18446744073709551615");
	shows(&type_bool, "\0", 1, 0, "false\n");
	shows(&type_bool, "\1", 1, 0, "true\n");
	shows(&type_bool, "\2", 1, -EBADMSG, NULL);
	shows(&type_int, "12345", 5, -EBADMSG, NULL);
	shows(&type_ulong, "1234", 4, -EBADMSG, NULL);
}

/* A number that comes back as it was, and is seen to be no integer. */
static void test_floats(void **state)
{
	static const double none[] = {NAN, INFINITY, -INFINITY};

	(void)state;
	SHOWS(type_double, double, 0.1, "0.1");
	SHOWS(type_double, double, 0.1 + 0.2, "0.30000000000000004");
	SHOWS(type_double, double, -0.0, "-0.0");
	SHOWS(type_double, double, 1e100, "1e+100");
	SHOWS(type_double, double, DBL_MAX, "1.7976931348623157e+308");
	SHOWS(type_double, double, 5e-324, "4.94065645841247e-324");
	SHOWS(type_float, float, 0.1f, "0.1");
	SHOWS(type_float, float, 16777216.0f, "16777216.0");
	SHOWS(type_float, float, FLT_MAX, "3.4028235e+38");
	for (size_t i = 0; i < 3; i++) {
		const float single = (float)none[i];

		shows(&type_double, &none[i], sizeof(none[i]), -EDOM, NULL);
		shows(&type_float, &single, sizeof(single), -EDOM, NULL);
	}
	shows(&type_double, "1234", 4, -EBADMSG, NULL);
	shows(&type_float, "12345678", 8, -EBADMSG, NULL);
}

/* Strings hold any UTF-8; what a terminal would obey is escaped; other bytes are base64. */
static void test_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *wanted;
	} rows[] = {
		{"", 0, "\"\"\n"},
		{"abc", 3, "\"abc\"\n"},
		{"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"\n"},
		{"\n\t\0\x1b\x7f", 5, "\"\\n\\t\\u0000\\u001b\\u007f\"\n"},
		{"\xc2\x9b\xc2\x80\xc2\x9f\xc2\xa0", 8, "\"\\u009b\\u0080\\u009f\xc2\xa0\"\n"},
		{"\xe2\x80\xa6\xf0\x9f\x98\x80", 7, "\"\xe2\x80\xa6\xf0\x9f\x98\x80\"\n"},
		{"\xff", 1, "{\"base64\":\"/w==\"}\n"},
		{"\xff\xfe", 2, "{\"base64\":\"//4=\"}\n"},
		{"\xff\xfe\xfd", 3, "{\"base64\":\"//79\"}\n"},
		{"abc\xc2", 4, "{\"base64\":\"YWJjwg==\"}\n"},
		{"\xed\xa0\x80", 3, "{\"base64\":\"7aCA\"}\n"},     /* a surrogate */
		{"\xc0\x80\0\0", 4, "{\"base64\":\"wIAAAA==\"}\n"}, /* an overlong NUL */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		shows(&type_bytes, rows[i].bytes, rows[i].size, 0, rows[i].wanted);
	shows(&type_text, "abc\0\xff", 5, 0, "\"abc\"\n");
	shows(&type_text, "abc", 3, 0, "\"abc\"\n");
	shows(&type_text, "", 0, 0, "\"\"\n");
	shows(&type_text, "\xff\0", 2, 0, "{\"base64\":\"/w==\"}\n");
	shows(&type_char, "x", 1, 0, "\"x\"\n");
	shows(&type_char, "\0", 1, 0, "\"\\u0000\"\n");
	shows(&type_char, "\xe4", 1, 0, "{\"base64\":\"5A==\"}\n");
	shows(&type_char, "xy", 2, -EBADMSG, NULL);
}

/* The fields of a specimen's first bytes, after layout_json_load(). */
static void fields_are(const struct layout *layout, struct specimen *specimen, int error,
		       const char *wanted)
{
	struct json_object *top = json_object_new_object();
	struct json_object *fields = json_object_new_object(), *errors = json_object_new_object();

	assert_int_equal(json_add(top, "f", fields), 0);
	assert_int_equal(json_add(top, "e", errors), 0);
	assert_int_equal(layout_json_fields(layout, &specimen->image, error, fields, errors), 0);
	written(top, wanted);
}

static void specimen_is(const struct layout *layout, const void *bytes, size_t size,
			const char *wanted)
{
	struct specimen specimen;

	specimen_make(&specimen, bytes, size);
	assert_int_equal(layout_json_load(layout, &specimen.image), 0);
	fields_are(layout, &specimen, 0, wanted);
	specimen_deinit(&specimen);
}

#define XFR(w, r)                                                                                  \
	"{\"f\":{\"wsem_value\":" #w ",\"wsem_nwaiters\":0,\"wsem_pshared\":1,"                    \
	"\"rsem_value\":" #r ",\"rsem_nwaiters\":0,\"rsem_pshared\":1,"

static void test_fields(void **state)
{
	const struct layout *layout = layouts_find("xfr"), *seqnum = layouts_find("seqnum");
	uint32_t xfr[20] = {1, 0, 0x80, [10] = 0x80, [16] = 5, 0x6c6c6568, 0xff6f};
	struct specimen specimen;

	(void)state;
	specimen_is(layout, xfr, 73,
		    XFR(1, 0) "\"cnt\":5,\"buf\":\"hello\",\"turn\":\"writer\"},\"e\":{}}\n");
	xfr[16] = 6;
	specimen_is(layout, xfr, 74,
		    XFR(1, 0) "\"cnt\":6,\"buf\":{\"base64\":\"aGVsbG//\"},"
			      "\"turn\":\"writer\"},\"e\":{}}\n");
	xfr[16] = 0xffffffff;
	specimen_is(layout, xfr, 80,
		    XFR(1, 0) "\"cnt\":-1,\"buf\":null,\"turn\":\"writer\"},"
			      "\"e\":{\"buf\":\"EBADMSG\"}}\n");
	specimen_is(seqnum, xfr, 36,
		    "{\"f\":{\"sem_value\":1,\"sem_nwaiters\":0,\"sem_pshared\":1,\"seqnum\":0},"
		    "\"e\":{}}\n");
	specimen_is(seqnum, xfr, 8,
		    "{\"f\":{\"sem_value\":1,\"sem_nwaiters\":0,\"sem_pshared\":null,"
		    "\"seqnum\":null},\"e\":{\"sem_pshared\":\"ENODATA\","
		    "\"seqnum\":\"ENODATA\"}}\n");
	memset(xfr, 0xff, sizeof(xfr));
	specimen_make(&specimen, xfr, 0);
	fields_are(seqnum, &specimen, -EACCES,
		   "{\"f\":{\"sem_value\":null,\"sem_nwaiters\":null,\"sem_pshared\":null,"
		   "\"seqnum\":null},\"e\":{\"sem_value\":\"EACCES\",\"sem_nwaiters\":\"EACCES\","
		   "\"sem_pshared\":\"EACCES\",\"seqnum\":\"EACCES\"}}\n");
	specimen_deinit(&specimen);
	specimen_is(seqnum, xfr, 40,
		    "{\"f\":{\"sem_value\":null,\"sem_nwaiters\":4294967295,\"sem_pshared\":null,"
		    "\"seqnum\":-1},\"e\":{\"sem_value\":\"EBADMSG\","
		    "\"sem_pshared\":\"EBADMSG\"}}\n");
}

static void test_rows(void **state)
{
	struct json_object *rows = NULL;

	(void)state;
	assert_int_equal(layout_json_rows(layout_of_abi("xfr", "glibc 32-bit"), &rows), 0);
	written(rows,
		"[{\"offset\":0,\"size\":16,\"type\":\"sem_t (32-bit)\",\"name\":\"wsem\"},"
		"{\"offset\":0,\"size\":4,\"type\":\"unsigned int\",\"name\":\"wsem_value\"},"
		"{\"offset\":12,\"size\":4,\"type\":\"unsigned int\",\"name\":\"wsem_nwaiters\"},"
		"{\"offset\":4,\"size\":4,\"type\":\"int\",\"name\":\"wsem_pshared\"},"
		"{\"offset\":16,\"size\":16,\"type\":\"sem_t (32-bit)\",\"name\":\"rsem\"},"
		"{\"offset\":16,\"size\":4,\"type\":\"unsigned int\",\"name\":\"rsem_value\"},"
		"{\"offset\":28,\"size\":4,\"type\":\"unsigned int\",\"name\":\"rsem_nwaiters\"},"
		"{\"offset\":20,\"size\":4,\"type\":\"int\",\"name\":\"rsem_pshared\"},"
		"{\"offset\":32,\"size\":4,\"type\":\"int\",\"name\":\"cnt\"},"
		"{\"offset\":36,\"size\":\"cnt\",\"type\":\"bytes\",\"name\":\"buf\"},"
		"{\"offset\":null,\"size\":null,\"type\":\"computed\",\"name\":\"turn\"}]\n");
}

/* A counted field and one behind the count: small.n bytes of buf. */
struct small {
	int n;
	char buf[];
};

static const struct field small_fields[] = {
	FIELD(struct small, n, "x"),
	FIELD_COUNTED(struct small, buf, n, "x"),
};
static const struct layout small_layout = {
	.name = "small", .abi = "test", .size = 4, .open_ended = true, ROWS(small_fields)};

/* What lies outside of the image is loaded, and then all is of that image. */
static void test_one_image(void **state)
{
	static const char later[] = "\3\0\0\0xyz789";
	struct specimen specimen;

	(void)state;
	specimen_make_part(&specimen, "\6\0\0\0abcdef", 10, 4);
	fields_are(&small_layout, &specimen, 0,
		   "{\"f\":{\"n\":6,\"buf\":null},\"e\":{\"buf\":\"EBADMSG\"}}\n");
	assert_int_equal(layout_json_load(&small_layout, &specimen.image), 0);
	assert_int_equal(pwrite(specimen.object.fd, later, 10, 0), 10);
	fields_are(&small_layout, &specimen, 0, "{\"f\":{\"n\":6,\"buf\":\"abcdef\"},\"e\":{}}\n");
	specimen_deinit(&specimen);
	/* The count grows while it is loaded. */
	specimen_make_part(&specimen, "\2\0\0\0ab----", 10, 4);
	assert_int_equal(pwrite(specimen.object.fd, "\6\0\0\0abcdef", 10, 0), 10);
	assert_int_equal(layout_json_load(&small_layout, &specimen.image), 0);
	fields_are(&small_layout, &specimen, 0, "{\"f\":{\"n\":6,\"buf\":\"abcdef\"},\"e\":{}}\n");
	specimen_deinit(&specimen);
}

/* An object of this size, a hole but for the count. */
static void make_counted(struct specimen *ret, int n, uint64_t size)
{
	specimen_make(ret, &n, sizeof(n));
	assert_int_equal(ftruncate(ret->object.fd, (off_t)size), 0);
	ret->object.st.stx_size = size;
	assert_int_equal(image_load(&ret->object, 4, &ret->image), 0);
}

static void test_cap(void **state)
{
	const int rest = (int)LAYOUT_JSON_MAX - 4; /* for the count */
	static const struct {
		int over;
		bool shown;
	} rows[] = {{0, true}, {1, false}, {4, false}, {5, false}, {1 << 30, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *fields = json_object_new_object(), *value = NULL;
		struct json_object *errors = json_object_new_object();
		struct specimen specimen;

		make_counted(&specimen, rest + rows[i].over, (uint64_t)8 << 30);
		assert_int_equal(layout_json_load(&small_layout, &specimen.image), 0);
		assert_true(specimen.image.size <= LAYOUT_JSON_MAX + 4);
		assert_int_equal(
			layout_json_fields(&small_layout, &specimen.image, 0, fields, errors), 0);
		assert_true(json_object_object_get_ex(fields, "buf", &value));
		assert_int_equal(json_object_get_string_len(value), rows[i].shown ? rest : 0);
		assert_int_equal(json_object_object_length(errors), !rows[i].shown);
		json_object_put(fields);
		written(errors, rows[i].shown ? "{}\n" : "{\"buf\":\"EFBIG\"}\n");
		specimen_deinit(&specimen);
	}
}

static int render_long(const struct field *field, const struct image *image, FILE *out)
{
	(void)field;
	for (size_t i = 0; i < image->size; i++)
		fputs("0123456789abcdef", out);
	fputc('\n', out);
	return 0;
}

/* Computed texts are not made longer than they can be shown. */
static void test_cap_of_computed(void **state)
{
	static const struct field fields[] = {
		FIELD_COMPUTED(a, render_long, "x"),
		FIELD_COMPUTED(b, render_long, "x"),
	};
	static const struct layout layout = {.name = "long", ROWS(fields)};
	struct json_object *values = json_object_new_object();
	struct json_object *errors = json_object_new_object();
	unsigned char bytes[65536] = "";
	struct specimen specimen;

	(void)state;
	specimen_is(&layout, bytes, 1,
		    "{\"f\":{\"a\":\"0123456789abcdef\",\"b\":\"0123456789abcdef\"},\"e\":{}}\n");
	specimen_is(&layout, bytes, 0, "{\"f\":{\"a\":\"\",\"b\":\"\"},\"e\":{}}\n");
	/* 1 MiB and a newline. */
	specimen_is(&layout, bytes, sizeof(bytes),
		    "{\"f\":{\"a\":null,\"b\":null},\"e\":{\"a\":\"EFBIG\",\"b\":\"EFBIG\"}}\n");
	specimen_make(&specimen, bytes, 40000);
	/* What the first takes, the second has not. */
	assert_int_equal(layout_json_fields(&layout, &specimen.image, 0, values, errors), 0);
	json_object_put(values);
	written(errors, "{\"b\":\"EFBIG\"}\n");
	specimen_deinit(&specimen);
}

/* Nodes of `length` bytes each, one behind the other. */
static void list_is(size_t n, uint32_t length, const char *text, int r, const char *wanted)
{
	const size_t node_size = offsetof(struct pshm_listnode, text) + length;
	const size_t size = sizeof(struct pshm_linkedlist) + n * node_size;
	struct pshm_linkedlist list = {.magic = "PSHMLIST", .head = n ? sizeof(list) : 0};
	unsigned char *bytes = calloc(1, size);
	size_t left = LAYOUT_JSON_MAX;
	struct json_object *nodes = NULL;
	struct specimen specimen;

	assert_non_null(bytes);
	memcpy(bytes, &list, sizeof(list));
	for (size_t i = 0; i < n; i++) {
		const size_t at = sizeof(list) + i * node_size;
		struct pshm_listnode node = {.next = i + 1 < n ? at + node_size : 0,
					     .length = length};

		memcpy(bytes + at, &node, offsetof(struct pshm_listnode, text));
		memcpy(bytes + at + offsetof(struct pshm_listnode, text), text, strlen(text));
	}
	specimen_make(&specimen, bytes, size);
	assert_int_equal(linkedlist_json(NULL, &specimen.image, &left, &nodes), r);
	if (wanted)
		written(nodes, wanted);
	else
		json_object_put(nodes);
	specimen_deinit(&specimen);
	free(bytes);
}

static void test_list(void **state)
{
	size_t left = LAYOUT_JSON_MAX;
	struct json_object *nodes = NULL;
	struct specimen specimen;

	(void)state;
	list_is(0, 0, "", 0, "[]\n");
	list_is(2, 5, "a\tb\"c", 0,
		"[{\"offset\":72,\"next\":89,\"text\":\"a\\tb\\\"c\"},"
		"{\"offset\":89,\"next\":0,\"text\":\"a\\tb\\\"c\"}]\n");
	list_is(1, 1, "\xff", 0, "[{\"offset\":72,\"next\":0,\"text\":{\"base64\":\"/w==\"}}]\n");
	/* 64 bytes a node. */
	list_is(LAYOUT_JSON_MAX / 64, 0, "", 0, NULL);
	list_is(LAYOUT_JSON_MAX / 64 + 1, 0, "", -EFBIG, NULL);
	list_is(1, LAYOUT_JSON_MAX - 64, "", 0, NULL);
	list_is(1, LAYOUT_JSON_MAX - 63, "", -EFBIG, NULL);
	list_is(1, 3 * LAYOUT_JSON_MAX, "", -EFBIG, NULL);
	specimen_make(&specimen, "PSHMLIST", 8);
	assert_int_equal(linkedlist_json(NULL, &specimen.image, &left, &nodes), -ENODATA);
	assert_null(nodes);
	specimen_deinit(&specimen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers), cmocka_unit_test(test_floats),
		cmocka_unit_test(test_bytes),    cmocka_unit_test(test_fields),
		cmocka_unit_test(test_rows),     cmocka_unit_test(test_one_image),
		cmocka_unit_test(test_cap),      cmocka_unit_test(test_cap_of_computed),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
