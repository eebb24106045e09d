/* SPDX-License-Identifier: MIT */
/* From rows to files: names, counted fields, and errors where there is no value. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/specimen.h"
#include "tests/support.h"

#define ROWS(rows) .fields = rows, .n_fields = sizeof(rows) / sizeof(rows[0])

/* One member of each type that FIELD() knows. */
struct every {
	_Bool a;
	char b;
	signed char c;
	unsigned char d;
	short e;
	unsigned short f;
	int g;
	unsigned int h;
	long i;
	unsigned long j;
	long long k;
	unsigned long long l;
	float m;
	double n;
	char o[8];
	unsigned char p[4];
	sem_t q;
	struct pshm_sem32 r;
};

static const struct field every_fields[] = {
	FIELD(struct every, a, "x"), FIELD(struct every, b, "x"), FIELD(struct every, c, "x"),
	FIELD(struct every, d, "x"), FIELD(struct every, e, "x"), FIELD(struct every, f, "x"),
	FIELD(struct every, g, "x"), FIELD(struct every, h, "x"), FIELD(struct every, i, "x"),
	FIELD(struct every, j, "x"), FIELD(struct every, k, "x"), FIELD(struct every, l, "x"),
	FIELD(struct every, m, "x"), FIELD(struct every, n, "x"), FIELD(struct every, o, "x"),
	FIELD(struct every, p, "x"), FIELD(struct every, q, "x"), FIELD(struct every, r, "x"),
};
static const struct layout every_layout = {
	.name = "every", .abi = "test", .size = sizeof(struct every), ROWS(every_fields)};

static const struct every every_value = {
	.a = 1,
	.b = 'b',
	.c = -3,
	.d = 4,
	.e = -5,
	.f = 6,
	.g = -7,
	.h = 8,
	.i = -9,
	.j = 10,
	.k = -11,
	.l = 12,
	.m = 0.5f,
	.n = -0.25,
	.o = "text",
	.p = {'\1', '\n', 0xff, 0},
	.r = {{6, 0x80}},
};

static void test_every_type(void **state)
{
	struct specimen specimen;
	struct sink sink;

	(void)state;
	sink_init(&sink);
	specimen_make(&specimen, &every_value, sizeof(every_value));
	assert_int_equal(layout_print_fields(&every_layout, &specimen.image, sink.out), 0);
	sink_equals(&sink,
		    "a\ttrue\nb\tb\nc\t-3\nd\t4\ne\t-5\nf\t6\ng\t-7\nh\t8\ni\t-9\nj\t10\nk\t-11\n"
		    "l\t12\nm\t0.5\nn\t-0.25\no\ttext\np\t\\x01\\n\\xff\\x00\n"
		    "q_value\t0\nq_nwaiters\t0\nq_pshared\t0\nr_value\t3\nr_nwaiters\t0\n"
		    "r_pshared\t1\n");
	/* A value has a newline behind it; bytes are the very bytes. */
	assert_int_equal(render_named(&every_layout, "o", &specimen, sink.out), 0);
	sink_equals(&sink, "text\n");
	assert_int_equal(render_named(&every_layout, "p", &specimen, sink.out), 0);
	assert_memory_equal(sink_text(&sink), "\1\n\xff", 4);
	assert_int_equal(sink.latest_size, 4);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

/* The names of a layout's files, each with a newline. */
static void names_are(const struct layout *layout, const char *wanted)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	struct sink sink;
	size_t n;

	sink_init(&sink);
	assert_int_equal(layout_leaves(layout, &leaves, &n), 0);
	for (size_t i = 0; i < n; i++)
		fprintf(sink.out, "%s\n", leaves[i].name);
	sink_equals(&sink, wanted);
	sink_deinit(&sink);
}

static void test_flattening(void **state)
{
	(void)state;
	names_are(layouts_find("sem"), "sem_value\nsem_nwaiters\nsem_pshared\n");
	names_are(layouts_find("seqnum"), "sem_value\nsem_nwaiters\nsem_pshared\nseqnum\n");
	names_are(layouts_find("xfr"), "wsem_value\nwsem_nwaiters\nwsem_pshared\n"
				       "rsem_value\nrsem_nwaiters\nrsem_pshared\ncnt\nbuf\nturn\n");
	names_are(&(const struct layout){.name = "empty"}, "");
}

static void test_reserved_and_duplicate_names(void **state)
{
	static const struct field fields[] = {
		{"raw", &type_int, 0, 4},
		{"raw", &type_int, 4, 4},
		{"x", &type_int, 8, 4},
		{"x", &type_int, 12, 4},
		{"x", &type_int, 16, 4},
		{"sem", &type_sem, 24, 32}, /* sem_value and so on */
		{"sem_value", &type_int, 56, 4},
		{"stat", &type_int, 60, 4},
	};

	(void)state;
	names_are(&(const struct layout){.name = "names", ROWS(fields)},
		  "raw.field\nraw@4\nx\nx@12\nx@16\nsem_value\nsem_nwaiters\nsem_pshared\n"
		  "sem_value@56\nstat.field\n");
	assert_true(layout_name_reserved("json"));
	assert_false(layout_name_reserved("seqnum"));
	assert_false(layout_name_reserved(""));
}

/* The bytes of a course's pshm_xfr, 1096 of them. */
struct course_xfr {
	sem_t wsem, rsem;
	int cnt;
	char buf[1024];
};

static struct course_xfr an_xfr(int cnt)
{
	struct course_xfr xfr;

	memset(&xfr, 0, sizeof(xfr));
	assert_int_equal(sem_init(&xfr.wsem, 1, 0), 0);
	assert_int_equal(sem_init(&xfr.rsem, 1, 1), 0);
	xfr.cnt = cnt;
	for (size_t i = 0; i < sizeof(xfr.buf); i++)
		xfr.buf[i] = (char)('a' + i % 26);
	return xfr;
}

/* 1096 - 68 = 1028 bytes lie behind the count: 1024 of buf, and the padding of the struct. */
static void test_counted(void **state)
{
	static const struct {
		int cnt, r;
	} rows[] = {
		{0, 0},           {1, 0},
		{1024, 0},        {1028, 0},
		{1029, -EBADMSG}, {INT_MAX, -EBADMSG},
		{-1, -EBADMSG},   {INT_MIN, -EBADMSG},
	};
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct course_xfr xfr = an_xfr(rows[i].cnt);
		struct specimen specimen;
		int r;

		specimen_make(&specimen, &xfr, sizeof(xfr));
		r = render_named(layouts_find("xfr"), "buf", &specimen, sink.out);
		assert_int_equal(r, rows[i].r);
		sink_text(&sink);
		assert_int_equal(sink.latest_size, r ? 0 : rows[i].cnt);
		assert_memory_equal(sink.latest, (char *)&xfr + 68, sink.latest_size);
		specimen_deinit(&specimen);
	}
	sink_deinit(&sink);
}

/* The image has not all that the count speaks of: it is loaded anew, and looked at anew. */
static void test_counted_reload(void **state)
{
	const struct layout *layout = layouts_find("xfr");
	struct course_xfr xfr = an_xfr(500), later = an_xfr(900);
	struct specimen specimen;
	struct sink sink;

	(void)state;
	sink_init(&sink);
	specimen_make_part(&specimen, &xfr, sizeof(xfr), 80);
	assert_int_equal(render_named(layout, "buf", &specimen, sink.out), 0);
	sink_text(&sink);
	assert_int_equal(sink.latest_size, 500);
	assert_memory_equal(sink.latest, xfr.buf, 500);
	specimen_deinit(&specimen);

	/* Meanwhile the count has grown: what is shown is what is there now. */
	specimen_make_part(&specimen, &xfr, sizeof(xfr), 80);
	assert_int_equal(pwrite(specimen.object.fd, &later, sizeof(later), 0), sizeof(later));
	assert_int_equal(render_named(layout, "buf", &specimen, sink.out), 0);
	sink_text(&sink);
	assert_int_equal(sink.latest_size, 900);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

/* Meanwhile the count has become nonsense, or the object shorter. */
static void test_counted_reload_broken(void **state)
{
	static const struct {
		int cnt;
		off_t size;
		int r;
	} rows[] = {
		{-1, 1096, -EBADMSG}, {500, 100, -EBADMSG}, {500, 70, -EBADMSG},
		{500, 60, -ENODATA},  {500, 0, -ENODATA},
	};
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct course_xfr xfr = an_xfr(500);
		struct specimen specimen;

		specimen_make_part(&specimen, &xfr, sizeof(xfr), 80);
		xfr.cnt = rows[i].cnt;
		assert_int_equal(pwrite(specimen.object.fd, &xfr, sizeof(xfr), 0), sizeof(xfr));
		assert_int_equal(ftruncate(specimen.object.fd, rows[i].size), 0);
		assert_int_equal(render_named(layouts_find("xfr"), "buf", &specimen, sink.out),
				 rows[i].r);
		sink_equals(&sink, "");
		specimen_deinit(&specimen);
	}
	sink_deinit(&sink);
}

struct gap {
	int n;
	int other[3];
	char buf[];
};

static const struct field gap_fields[] = {
	FIELD(struct gap, n, "x"),
	FIELD_COUNTED(struct gap, buf, n, "x"),
};

/* The count is there, but the buffer's place is not. */
static void test_counted_behind_a_gap(void **state)
{
	static const struct layout layout = {.name = "gap", .size = 16, ROWS(gap_fields)};
	static const int words[5] = {4, 0, 0, 0, 0x64636261};
	struct specimen specimen;
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (size_t size = 4; size <= sizeof(words); size++) {
		int r = size < 16 ? -ENODATA : size < sizeof(words) ? -EBADMSG : 0;

		specimen_make(&specimen, words, size);
		assert_int_equal(render_named(&layout, "buf", &specimen, sink.out), r);
		sink_equals(&sink, r ? "" : "abcd");
		specimen_deinit(&specimen);
	}
	sink_deinit(&sink);
}

/* More than an image may have is refused, and not loaded. */
static void test_counted_too_big(void **state)
{
	struct course_xfr xfr = an_xfr(INT_MAX);
	struct specimen specimen = {0};
	struct sink sink;

	(void)state;
	make_object("big", NULL, (size_t)8 << 30);
	sink_init(&sink);
	assert_int_equal(errno_of_open(shm_path("big"), O_RDONLY), 0);
	specimen.object.fd = open(shm_path("big"), O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(specimen.object.fd, &xfr, sizeof(xfr), 0), sizeof(xfr));
	specimen.object.st.stx_size = (uint64_t)8 << 30;
	assert_int_equal(image_load(&specimen.object, 4096, &specimen.image), 0);
	assert_int_equal(render_named(layouts_find("xfr"), "buf", &specimen, sink.out), -EFBIG);
	assert_int_equal(render_named(layouts_find("xfr"), "cnt", &specimen, sink.out), 0);
	sink_equals(&sink, "2147483647\n");
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

/* Every field of every layout, in objects that end before, in, and behind it. */
static void test_too_short(void **state)
{
	static const char zeros[256] = "";
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (size_t l = 0; l < n_layouts; l++) {
		_cleanup_free_ struct leaf *leaves = NULL;
		size_t n;

		assert_int_equal(layout_leaves(&layouts[l], &leaves, &n), 0);
		for (size_t i = 0; i < n; i++) {
			/* A member that is made of all of its compound takes all of that. */
			const struct field *part = leaves[i].member && !leaf_type(&leaves[i])->whole
							   ? leaves[i].member
							   : leaves[i].field;
			size_t end = leaf_offset(&leaves[i]) + part->size;
			/* Zeros are a value of everything but a barrier. */
			const int value = leaves[i].field->type == &type_barrier ? -EBADMSG : 0;

			for (size_t size = 0; part->size && size <= end; size++) {
				struct specimen specimen;
				int r;

				specimen_make(&specimen, zeros, size);
				r = leaf_render(&leaves[i], &specimen.image, sink.out);
				assert_int_equal(r, size < end ? -ENODATA : value);
				specimen_deinit(&specimen);
			}
		}
	}
	sink_deinit(&sink);
}

static void test_turn(void **state)
{
	static const char *const turns[] = {"none\n", "writer\n", "reader\n", "both\n"};
	struct course_xfr xfr = an_xfr(0);
	struct specimen specimen;
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (unsigned i = 0; i < 4; i++) {
		sem_init(&xfr.wsem, 1, i & 1 ? 1 : 0);
		sem_init(&xfr.rsem, 1, i & 2 ? 5 : 0);
		specimen_make(&specimen, &xfr, sizeof(xfr));
		assert_int_equal(render_named(layouts_find("xfr"), "turn", &specimen, sink.out), 0);
		sink_equals(&sink, turns[i]);
		specimen_deinit(&specimen);
	}
	memset(&xfr.rsem, 0xff, sizeof(xfr.rsem));
	specimen_make(&specimen, &xfr, sizeof(xfr));
	assert_int_equal(render_named(layouts_find("xfr"), "turn", &specimen, sink.out), -EBADMSG);
	specimen_deinit(&specimen);
	specimen_make(&specimen, &xfr, 63);
	assert_int_equal(render_named(layouts_find("xfr"), "turn", &specimen, sink.out), -ENODATA);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_every_type),
		SANDBOXED(test_flattening),
		SANDBOXED(test_reserved_and_duplicate_names),
		SANDBOXED(test_counted),
		SANDBOXED(test_counted_reload),
		SANDBOXED(test_counted_reload_broken),
		SANDBOXED(test_counted_behind_a_gap),
		SANDBOXED(test_counted_too_big),
		SANDBOXED(test_too_short),
		SANDBOXED(test_turn),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
