/* SPDX-License-Identifier: MIT */
/* Choosing a layout: rules, the extended attribute, the name, the bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layout_choice.h"
#include "tests/specimen.h"
#include "tests/support.h"

/* The choice for an object called `name` that has the bytes of this file in /dev/shm. */
static void file_is(const char *file, const char *name, const char *wanted, const char *how)
{
	struct specimen specimen;

	specimen_open(&specimen, file);
	choice_is(NULL, name, &specimen, wanted, how);
	specimen_deinit(&specimen);
}

static void test_bytes_of_programs(void **state)
{
	(void)state;
	put_seqnum("a", 7);
	file_is("a", "a", "seqnum (glibc 64-bit)",
		"its bytes, a guess: 40 bytes, a shared sem_t at +0 (glibc 64-bit)");
	put_seqnum32("b", 7);
	file_is("b", "b", "seqnum (glibc 32-bit)",
		"its bytes, a guess: 20 bytes, a shared sem_t at +0 (glibc 32-bit)");
	put_xfr("c", 0, 1, 5, "hello");
	file_is("c", "c", "xfr (glibc 64-bit)",
		"its bytes, a guess: 1096 bytes, a shared sem_t at +0, a shared sem_t at +32, "
		"cnt 5 is within 0 to 1028 (glibc 64-bit)");
	put_xfr32("d", 1, 0, 5, "hello");
	file_is("d", "d", "xfr (glibc 32-bit)",
		"its bytes, a guess: 1060 bytes, a shared sem_t at +0, a shared sem_t at +16, "
		"cnt 5 is within 0 to 1024 (glibc 32-bit)");
	put_sem("e", 3);
	file_is("sem.e", "sem.e", "sem (glibc 64-bit)",
		"its name sem.* and its bytes: 32 bytes, a shared sem_t at +0 (glibc 64-bit)");
	put_sem32("f", 3);
	file_is("sem.f", "sem.f", "sem (glibc 32-bit)",
		"its name sem.* and its bytes: 16 bytes, a shared sem_t at +0 (glibc 32-bit)");
	/* A nameless object of such bytes, or one of another name. */
	file_is("sem.e", "other", "sem (glibc 64-bit)",
		"its bytes, a guess: 32 bytes, a shared sem_t at +0 (glibc 64-bit)");
	file_is("sem.f", "other", "sem (glibc 32-bit)", NULL);
	/* A name proves nothing: an object of a program may be called sem.x (shm_open). */
	file_is("a", "sem.a", "seqnum (glibc 64-bit)", NULL);
	put_xfr("g", 1, 0, 0, "");
	file_is("g", "sem.g", "xfr (glibc 64-bit)", NULL);
}

/* Sizes of which there is a layout: then it is said why the bytes are not of it. */
static bool has_layout(size_t size)
{
	return size == 16 || size == 20 || size == 32 || size == 36 || size == 40;
}

static void test_bytes_of_nothing(void **state)
{
	static const char zeros[4096] = "", ones[64] = {[0 ... 63] = '\xff'};
	static const size_t sizes[] = {1, 4, 15, 16, 20, 31, 32, 36, 40, 68, 72, 100, 1096, 4096};
	static const char *const none = "nothing: no built-in layout has this size and such bytes";

	(void)state;
	bytes_are("x", "", 0, "unknown", "nothing: 0 bytes present: not yet sized?");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bytes_are("x", zeros, sizes[i], "unknown", has_layout(sizes[i]) ? NULL : none);
	for (size_t size = 1; size <= sizeof(ones); size++)
		bytes_are("x", ones, size, "unknown", has_layout(size) ? NULL : none);
}

/* What a student forgets: to share the semaphore, or to initialise it. */
static void test_nearly(void **state)
{
	static const uint32_t private[10] = {1}, zero[10] = {[8] = 42};

	(void)state;
	bytes_are("x", private, 40, "unknown",
		  "nothing: no seqnum, but nearly: 40 bytes, a sem_t at +0 that is musl "
		  "shared or glibc private");
	bytes_are("x", private, 32, "unknown",
		  "nothing: no sem, but nearly: 32 bytes, a sem_t at +0 that is musl shared or "
		  "glibc private");
	bytes_are("x", zero, 40, "unknown",
		  "nothing: no built-in layout has this size and such bytes; as seqnum: 40 bytes, "
		  "but no sem_t at +0: all of it is zero (not yet initialised?)");
}

/* An image that has only a part of the struct decides nothing, and is not read behind its end. */
static void test_part_of_an_image(void **state)
{
	static const uint32_t bytes[10] = {1, 0, 0x80};
	struct specimen specimen;

	(void)state;
	for (size_t want = 0; want <= sizeof(bytes); want++) {
		specimen_make_part(&specimen, bytes, sizeof(bytes), want);
		choice_is(NULL, "x", &specimen,
			  want < sizeof(bytes) ? "unknown" : "seqnum (glibc 64-bit)", NULL);
		specimen_deinit(&specimen);
	}
}

/* An object that is called like a semaphore, but has other bytes. */
static void test_misnomer(void **state)
{
	static const uint32_t locked[8] = {0, 0, 0x80}, private[8] = {1}, musl[8] = {0xffffffff, 1},
			      padding[8] = {1, 0, 0x80, 1};
	static const char zeros[32] = "";

	(void)state;
	bytes_are("sem.x", locked, 32, "sem (glibc 64-bit)", NULL);
	bytes_are("sem.x", private, 32, "sem (glibc 64-bit)",
		  "its name sem.* and its bytes: 32 bytes, a sem_t that is not shared at +0 "
		  "(glibc 64-bit)");
	bytes_are("x", private, 32, "unknown", NULL);
	bytes_are("sem.x", locked, 31, "unknown",
		  "nothing: named sem.* but no sem: 32 bytes wanted, 31 "
		  "present: not yet sized?");
	bytes_are("sem.x", "", 0, "unknown",
		  "nothing: named sem.* but no sem: 32 bytes wanted, 0 "
		  "present: not yet sized?");
	bytes_are("sem.x", zeros, 32, "unknown",
		  "nothing: named sem.* but no sem: 32 bytes, but no sem_t at "
		  "+0: all of it is zero (not yet initialised?)");
	bytes_are("sem.x", musl, 32, "sem-musl (musl 64-bit)", NULL);
	bytes_are("sem.x", padding, 32, "unknown",
		  "nothing: named sem.* but no sem: 32 bytes, but no sem_t at "
		  "+0: its padding is not zero");
}

/* Sizes of transfer objects other than the course's: BUF_SIZE is the user's. */
static void test_xfr_sizes(void **state)
{
	static const struct {
		size_t size;
		int cnt;
		bool fits;
	} rows[] = {
		{72, 4, true},       {72, 5, false}, {1092, 1024, true}, {1096, 1028, true},
		{1096, 1029, false}, {72, 0, true},  {1096, -1, false},  {67, 0, false},
		{8192, 8124, true},  {68, 0, true},  {68, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_xfr("x", 1, 0, rows[i].cnt, "");
		assert_int_equal(truncate(shm_path("x"), (off_t)rows[i].size), 0);
		file_is("x", "x", rows[i].fits ? "xfr (glibc 64-bit)" : "unknown", NULL);
	}
}

static void test_magic(void **state)
{
	struct pshm_linkedlist list = {.magic = "PSHMLIST"};

	(void)state;
	bytes_are("x", &list, sizeof(list), "linkedlist (glibc 64-bit)",
		  "its bytes: 72 bytes, the magic word PSHMLIST (glibc 64-bit)");
	bytes_are("x", &list, sizeof(list) - 1, "unknown", NULL);
	assert_int_equal(sem_init(&list.sem, 1, 0x80), 0);
	bytes_are("x", &list, sizeof(list), "linkedlist (glibc 64-bit)", NULL);
	list.magic[0] = 'p';
	bytes_are("x", &list, sizeof(list), "unknown", NULL);
}

/* Bytes that may not be read say nothing; a rule still does. */
static void test_unreadable(void **state)
{
	struct specimen specimen = {.object = {.fd = -1, .error = -EACCES}};
	struct layout_rules *rules;

	(void)state;
	choice_is(NULL, "x", &specimen, "unknown",
		  "nothing: its bytes cannot be read: Permission denied");
	choice_is(NULL, "sem.x", &specimen, "unknown",
		  "nothing: its bytes cannot be read: Permission denied");
	assert_int_equal(layout_rules_create(&rules), 0);
	assert_int_equal(layout_rules_set(rules, "x", "seqnum", AT_FDCWD), 0);
	choice_is(rules, "x", &specimen, "seqnum (glibc 64-bit)",
		  "this file, written by a user (glibc 64-bit)");
	layout_rules_destroy(rules);
}

static void test_rules(void **state)
{
	struct specimen specimen;
	struct layout_rules *rules;

	(void)state;
	assert_int_equal(layout_rules_create(&rules), 0);
	put_seqnum("jobs", 1);
	specimen_open(&specimen, "jobs");
	assert_int_equal(layout_rules_add(rules, "/j*", "xfr"), 0); /* the slash is dropped */
	choice_is(rules, "jobs", &specimen, "xfr (glibc 32-bit)",   /* 40 bytes: too few for 64 */
		  "the mount option layout=j*=xfr (glibc 32-bit)");
	assert_int_equal(layout_rules_add(rules, "jobs", "sem"), 0); /* newer: goes first */
	choice_is(rules, "jobs", &specimen, "sem (glibc 64-bit)", NULL);
	choice_is(rules, "jokes", &specimen, "xfr (glibc 32-bit)", NULL);
	choice_is(rules, "x", &specimen, "seqnum (glibc 64-bit)", NULL);
	assert_int_equal(layout_rules_set(rules, "jobs", "linkedlist", AT_FDCWD), 0);
	choice_is(rules, "jobs", &specimen, "linkedlist (glibc 64-bit)",
		  "this file, written by a user (glibc 64-bit)");
	assert_int_equal(layout_rules_set(rules, "jobs", "nonsense", AT_FDCWD), -EINVAL);
	assert_int_equal(layout_rules_add(rules, "*", "nonsense"), -EINVAL);
	assert_int_equal(layout_rules_add(rules, "*", ""), -EINVAL);
	choice_is(rules, "jobs", &specimen, "linkedlist (glibc 64-bit)", NULL);
	/* "" takes back what was set for the name, not what the mount's options say. */
	assert_int_equal(layout_rules_set(rules, "jobs", "", AT_FDCWD), 0);
	choice_is(rules, "jobs", &specimen, "sem (glibc 64-bit)", NULL);
	specimen_deinit(&specimen);
	layout_rules_destroy(rules);
	layout_rules_destroy(NULL);
}

/* A name that is written to `layout` is a name, not a glob; a rule's name is shown escaped. */
static void test_rules_to_the_letter(void **state)
{
	struct layout_rules *rules;
	struct sink sink;

	(void)state;
	sink_init(&sink);
	assert_int_equal(layout_rules_create(&rules), 0);
	assert_int_equal(layout_rules_set(rules, "a*", "sem", AT_FDCWD), 0);
	assert_non_null(layout_rules_get(rules, "a*", NULL));
	assert_null(layout_rules_get(rules, "abc", NULL));
	assert_int_equal(layout_rules_set(rules, "[x", "sem", AT_FDCWD), 0);
	assert_non_null(layout_rules_get(rules, "[x", NULL));
	assert_int_equal(layout_rules_add(rules, "b\n?", "xfr"), 0);
	assert_string_equal(layout_rules_get(rules, "b\nc", sink.out)->name, "xfr");
	sink_equals(&sink, "the mount option layout=b\\n?=xfr");
	assert_null(layout_rules_get(rules, "none", sink.out));
	sink_equals(&sink, "");
	layout_rules_destroy(rules);
	sink_deinit(&sink);
}

/* Whoever may write `layout` can not fill the memory; setting the same again takes no room. */
static void test_rules_are_bounded(void **state)
{
	struct layout_rules *rules;

	(void)state;
	assert_int_equal(layout_rules_create(&rules), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(layout_rules_set(rules, pathf("%d", i), "sem", AT_FDCWD), 0);
	assert_int_equal(layout_rules_set(rules, "more", "sem", AT_FDCWD),
			 0); /* the oldest has gone */
	assert_int_equal(layout_rules_set(rules, "more", "", AT_FDCWD), 0);
	assert_int_equal(layout_rules_set(rules, "yet one", "sem", AT_FDCWD), 0);
	assert_int_equal(layout_rules_add(rules, "*", "sem"), -ENOSPC);
	assert_int_equal(layout_rules_set(rules, "500", "xfr", AT_FDCWD), 0);
	assert_string_equal(layout_rules_get(rules, "500", NULL)->name, "xfr");
	assert_int_equal(layout_rules_set(rules, "7", "", AT_FDCWD), 0);
	assert_int_equal(layout_rules_set(rules, "more", "sem", AT_FDCWD), 0);
	layout_rules_destroy(rules);
}

/* The variant of a layout is the one that the bytes are of, else the one of that size. */
static void test_variants(void **state)
{
	static const char zeros[20] = "";
	struct layout_rules *rules;
	struct specimen specimen;

	(void)state;
	assert_int_equal(layout_rules_create(&rules), 0);
	assert_int_equal(layout_rules_add(rules, "*", "seqnum"), 0);
	put_seqnum32("a", 1);
	specimen_open(&specimen, "a");
	choice_is(rules, "a", &specimen, "seqnum (glibc 32-bit)", NULL);
	specimen_deinit(&specimen);
	specimen_make(&specimen, zeros, 20);
	choice_is(rules, "a", &specimen, "seqnum (glibc 32-bit)", NULL);
	specimen_deinit(&specimen);
	specimen_make(&specimen, zeros, 19);
	choice_is(rules, "a", &specimen, "seqnum (glibc 64-bit)", NULL);
	specimen_deinit(&specimen);
	layout_rules_destroy(rules);
}

/* A file with that attribute: in /dev/shm from Linux 6.6 on, else wherever it is taken. */
static void open_tagged(struct specimen *ret, const char *value, size_t size)
{
	static const char *const folders[] = {"/dev/shm", ".", "/var/tmp", "/tmp"};

	*ret = (struct specimen){.object = {.fd = -1}};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

		if (fd >= 0 && fsetxattr(fd, LAYOUT_XATTR, value, size, 0) == 0) {
			ret->object.fd = fd;
			break;
		}
		close_fdp(&fd);
	}
	if (ret->object.fd < 0)
		fail_msg("no filesystem takes extended attributes");
	assert_int_equal(ftruncate(ret->object.fd, 40), 0);
	ret->object.st.stx_size = 40;
	assert_int_equal(image_load(&ret->object, 40, &ret->image), 0);
}

static void test_xattr(void **state)
{
	static const char long_value[200] = {[0 ... 199] = 'x'};
	struct layout_rules *rules;
	struct specimen specimen;

	(void)state;
	open_tagged(&specimen, "seqnum", 6);
	choice_is(NULL, "x", &specimen, "seqnum (glibc 64-bit)",
		  "the object's attribute user.pshmfs.layout (glibc 64-bit)");
	/* A rule of the mount goes before, the name and the bytes come after. */
	choice_is(NULL, "sem.x", &specimen, "seqnum (glibc 64-bit)", NULL);
	assert_int_equal(layout_rules_create(&rules), 0);
	assert_int_equal(layout_rules_add(rules, "x", "xfr"), 0);
	choice_is(rules, "x", &specimen, "xfr (glibc 32-bit)", NULL);
	layout_rules_destroy(rules);
	specimen_deinit(&specimen);
	open_tagged(&specimen, "seqnum", 7); /* with its NUL */
	choice_is(NULL, "x", &specimen, "seqnum (glibc 64-bit)", NULL);
	specimen_deinit(&specimen);
	open_tagged(&specimen, "nonsense", 8);
	choice_is(NULL, "x", &specimen, "unknown", NULL);
	specimen_deinit(&specimen);
	open_tagged(&specimen, "", 0);
	choice_is(NULL, "x", &specimen, "unknown", NULL);
	specimen_deinit(&specimen);
	open_tagged(&specimen, long_value, sizeof(long_value));
	choice_is(NULL, "x", &specimen, "unknown", NULL);
	specimen_deinit(&specimen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_bytes_of_programs),
		SANDBOXED(test_bytes_of_nothing),
		SANDBOXED(test_nearly),
		SANDBOXED(test_part_of_an_image),
		SANDBOXED(test_misnomer),
		SANDBOXED(test_xfr_sizes),
		SANDBOXED(test_magic),
		SANDBOXED(test_unreadable),
		SANDBOXED(test_rules),
		SANDBOXED(test_rules_to_the_letter),
		SANDBOXED(test_rules_are_bounded),
		SANDBOXED(test_variants),
		SANDBOXED(test_xattr),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
