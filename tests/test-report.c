/* SPDX-License-Identifier: MIT */
/* The texts about a whole object: `fields`, the rows of `layout`, and health. */
#include <errno.h>
#include <string.h>

#include "tests/specimen.h"
#include "tests/support.h"

struct seqnum {
	sem_t sem;
	int seqnum;
};

struct xfr {
	sem_t wsem, rsem;
	int cnt;
	char buf[1024];
};

static struct seqnum a_seqnum(int seqnum)
{
	struct seqnum made;

	memset(&made, 0, sizeof(made));
	assert_int_equal(sem_init(&made.sem, 1, 1), 0);
	made.seqnum = seqnum;
	return made;
}

static struct xfr an_xfr(int cnt, const char *text, size_t size)
{
	struct xfr made;

	memset(&made, 0, sizeof(made));
	assert_int_equal(sem_init(&made.wsem, 1, 1), 0);
	assert_int_equal(sem_init(&made.rsem, 1, 0), 0);
	made.cnt = cnt;
	memcpy(made.buf, text, size);
	return made;
}

/* `fields` of an image of the first `want` bytes. */
static void fields_are(const char *layout, const void *bytes, size_t size, size_t want,
		       const char *wanted)
{
	struct specimen specimen;
	struct sink sink;

	sink_init(&sink);
	specimen_make_part(&specimen, bytes, size, want);
	assert_int_equal(layout_print_fields(layouts_find(layout), &specimen.image, sink.out), 0);
	sink_equals(&sink, wanted);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

static void test_fields(void **state)
{
	struct seqnum seqnum = a_seqnum(-7);

	(void)state;
	fields_are("seqnum", &seqnum, 40, 40,
		   "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\nseqnum\t-7\n");
	fields_are("seqnum", &seqnum, 33, 33,
		   "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\nseqnum\t!ENODATA\n");
	fields_are("seqnum", &seqnum, 0, 0,
		   "sem_value\t!ENODATA\nsem_nwaiters\t!ENODATA\nsem_pshared\t!ENODATA\n"
		   "seqnum\t!ENODATA\n");
	memset(&seqnum.sem, 0xff, sizeof(seqnum.sem));
	fields_are("seqnum", &seqnum, 40, 40,
		   "sem_value\t!EBADMSG\nsem_nwaiters\t4294967295\nsem_pshared\t!EBADMSG\n"
		   "seqnum\t-7\n");
}

#define XFR_HEAD                                                                                   \
	"wsem_value\t1\nwsem_nwaiters\t0\nwsem_pshared\t1\n"                                       \
	"rsem_value\t0\nrsem_nwaiters\t0\nrsem_pshared\t1\n"

static void xfr_buf_is(int cnt, const char *text, size_t size, const char *wanted)
{
	struct xfr xfr = an_xfr(cnt, text, size);
	struct sink sink;

	sink_init(&sink);
	fprintf(sink.out, XFR_HEAD "cnt\t%d\nbuf\t%s\nturn\twriter\n", cnt, wanted);
	fields_are("xfr", &xfr, sizeof(xfr), sizeof(xfr), sink_text(&sink));
	sink_deinit(&sink);
}

/* Columns and lines are kept whatever the bytes are, and errors are in their place. */
static void test_fields_bytes(void **state)
{
	(void)state;
	xfr_buf_is(0, "", 0, "");
	xfr_buf_is(5, "a\tb\nc", 5, "a\\tb\\nc");
	xfr_buf_is(4, "\0\\\xff\x1b", 4, "\\x00\\\\\\xff\\x1b");
	xfr_buf_is(-1, "x", 1, "!EBADMSG");
	xfr_buf_is(2000, "x", 1, "!EBADMSG");
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

/* What is cut says so, and no character is cut in two. */
static void test_fields_cut(void **state)
{
	struct xfr xfr = an_xfr(50, SIXTY, 60);

	(void)state;
	xfr_buf_is(60, SIXTY, 60, SIXTY);
	xfr_buf_is(61, SIXTY "x", 61, SIXTY "…");
	xfr_buf_is(1000, SIXTY, 60, SIXTY "…");
	xfr_buf_is(70, TEN TEN TEN TEN TEN "012345678é0123456789", 70,
		   TEN TEN TEN TEN TEN "012345678é…");
	/* Only 32 bytes of the buffer are in the image. */
	fields_are("xfr", &xfr, sizeof(xfr), 100,
		   XFR_HEAD "cnt\t50\nbuf\t" TEN TEN TEN "01…\nturn\twriter\n");
	/* None at all, although there are some. */
	fields_are("xfr", &xfr, sizeof(xfr), 68, XFR_HEAD "cnt\t50\nbuf\t…\nturn\twriter\n");
}

static void rows_are(const char *layout, const char *wanted)
{
	struct sink sink;

	sink_init(&sink);
	assert_int_equal(layout_print_rows(layouts_find(layout), sink.out), 0);
	sink_equals(&sink, wanted);
	sink_deinit(&sink);
}

static void test_rows(void **state)
{
	(void)state;
	rows_are("seqnum", "0\t32\tsem_t\tsem\n"
			   "0\t4\tunsigned int\tsem_value\n"
			   "4\t4\tunsigned int\tsem_nwaiters\n"
			   "8\t4\tint\tsem_pshared\n"
			   "32\t4\tint\tseqnum\n");
	rows_are("xfr", "0\t32\tsem_t\twsem\n"
			"0\t4\tunsigned int\twsem_value\n"
			"4\t4\tunsigned int\twsem_nwaiters\n"
			"8\t4\tint\twsem_pshared\n"
			"32\t32\tsem_t\trsem\n"
			"32\t4\tunsigned int\trsem_value\n"
			"36\t4\tunsigned int\trsem_nwaiters\n"
			"40\t4\tint\trsem_pshared\n"
			"64\t4\tint\tcnt\n"
			"68\tcnt\tbytes\tbuf\n"
			"-\t-\tcomputed\tturn\n");
}

/* The health line of an object of mode 0600 with these bytes. */
static void health_is(const char *layout, const void *bytes, size_t size, mode_t mode,
		      const char *wanted)
{
	struct specimen specimen;
	struct sink sink;
	struct findings findings;

	sink_init(&sink);
	findings = (struct findings){.out = sink.out};
	specimen_make(&specimen, bytes, size);
	specimen.object.st.stx_mode = (uint16_t)(S_IFREG | mode);
	layout_health(layouts_find(layout), &specimen.image, &findings);
	findings_end(&findings);
	sink_equals(&sink, wanted);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

static void test_health_size_and_count(void **state)
{
	struct seqnum seqnum = a_seqnum(1);
	struct xfr xfr = an_xfr(5, "hello", 5);

	(void)state;
	health_is("seqnum", &seqnum, 40, 0600, "ok\n");
	health_is("xfr", &xfr, sizeof(xfr), 0600, "ok\n");
	health_is("sem", &seqnum, 0, 0600, "32 bytes wanted, 0 present: not yet sized?\n");
	health_is("seqnum", &seqnum, 39, 0600, "40 bytes wanted, 39 present: not yet sized?\n");
	xfr.cnt = -1;
	health_is("xfr", &xfr, sizeof(xfr), 0600, "cnt: -1 is not within 0 to 1028\n");
	xfr.cnt = 1029;
	health_is("xfr", &xfr, sizeof(xfr), 0600, "cnt: 1029 is not within 0 to 1028\n");
}

#define PRIVATE                                                                                    \
	"sem: not shared (pshared 0): a post wakes no other process (unless it is musl's, and "    \
	"shared)\n"

static void test_health_semaphores(void **state)
{
	static const struct {
		uint32_t words[8];
		const char *wanted;
	} rows[] = {
		{{0, 0, 0x80}, "ok\n"},
		{{0, 3, 0x80}, "ok\n"},
		{{0}, "sem: all of it is zero (not yet initialised?)\n"},
		{{1, 0, 0x81}, "sem: its shared flag is neither 0 nor 0x80 but 0x81\n"},
		{{0x7fffffff, 0, 0x80}, "sem_value: at SEM_VALUE_MAX, the next post fails\n"},
		{{0x80000000, 0, 0x80},
		 "sem: 0x80000000 is above SEM_VALUE_MAX, so no value of glibc\n"},
		{{0xffffffff, 1, 0},
		 "sem: 0xffffffff is above SEM_VALUE_MAX, so no value of "
		 "glibc (musl's with a waiter?)\n"},
		{{1, 0, 0}, PRIVATE},
		{{0, 1, 0}, PRIVATE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		health_is("sem", rows[i].words, 32, 0600, rows[i].wanted);
}

/* Two findings are one line. */
static void test_health_of_both(void **state)
{
	struct xfr xfr = an_xfr(-5, "", 0);

	(void)state;
	memset(&xfr.rsem, 0xff, sizeof(xfr.rsem));
	health_is("xfr", &xfr, sizeof(xfr), 0600,
		  "rsem: its shared flag is neither 0 nor 0x80 but 0xffffffff; "
		  "cnt: -5 is not within 0 to 1028\n");
}

/* sem_open(3) needs read and write rights; a umask of 022 takes the write right away. */
static void test_health_modes(void **state)
{
	static const struct {
		mode_t mode;
		const char *whom;
	} rows[] = {
		{0644, "group and others"},
		{0640, "its group"},
		{0664, "others"},
		{0604, "others"},
		{0600, NULL},
		{0660, NULL},
		{0666, NULL},
		{0622, NULL},
	};
	static const uint32_t words[8] = {1, 0, 0x80};
	struct sink sink;

	(void)state;
	sink_init(&sink);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].whom)
			fprintf(sink.out,
				"readable but not writable for %s: sem_open by another user fails "
				"with EACCES\n",
				rows[i].whom);
		else
			fputs("ok\n", sink.out);
		health_is("sem", words, 32, rows[i].mode, sink_text(&sink));
	}
	sink_deinit(&sink);
}

static void test_health_magic(void **state)
{
	struct pshm_linkedlist list = {.magic = "PSHMLIST"};

	(void)state;
	sem_init(&list.sem, 1, 1);
	health_is("linkedlist", &list, sizeof(list), 0600, "ok\n");
	list.magic[7] = 't';
	health_is("linkedlist", &list, sizeof(list), 0600, "the magic word PSHMLIST is missing\n");
	health_is("linkedlist", &list, 7, 0600, "72 bytes wanted, 7 present: not yet sized?\n");
	health_is("linkedlist", &list, 8, 0600,
		  "72 bytes wanted, 8 present: not yet sized?; "
		  "the magic word PSHMLIST is missing\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_fields_bytes),
		cmocka_unit_test(test_fields_cut),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_health_size_and_count),
		cmocka_unit_test(test_health_semaphores),
		cmocka_unit_test(test_health_of_both),
		cmocka_unit_test(test_health_modes),
		cmocka_unit_test(test_health_magic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
