/* SPDX-License-Identifier: MIT */
/* A daemon that may have few descriptors, or little memory. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/fault_objects.h"
#include "tests/preload.h"
#include "tests/reliability.h"
#include "tests/support.h"

static struct mount mount_here;
static unsigned n_read, n_refused;

#define AT(...) mount_path(&mount_here, __VA_ARGS__)
#define LIMITED SANDBOX_WORK "/limited"

/* The mount of a daemon with this limit, as ulimit(1) of sh has it; none can be raised. */
static void mount_limited(const char *limit, const char *options)
{
	const char *before = pshmfs_path();
	FILE *script = fopen(LIMITED, "we");

	assert_non_null(script);
	fprintf(script, "#!/bin/sh\nulimit -%s && exec \"%s\" \"$@\"\n", limit, before);
	assert_int_equal(fclose(script), 0);
	assert_int_equal(chmod(LIMITED, 0755), 0);
	before = strdup(before);
	setenv("PSHMFS", LIMITED, 1);
	mount_start(&mount_here, NULL, options);
	setenv("PSHMFS", before, 1);
	free((char *)before);
}

static bool is_short(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}

/* What the files were when nothing was short. */
static struct known {
	char *path, *text;
} known[1500];
static size_t n_known;

static bool says_why(const char *text)
{
	return failing_said(text) || strstr(text, "EMFILE") || strstr(text, strerror(EMFILE));
}

/* The file has the content that it had, or it says what is missing. */
static void check_known(const char *path, const char *text)
{
	size_t i = 0;

	while (i < n_known && strcmp(known[i].path, path) != 0)
		i++;
	if (i == n_known) {
		assert_true(n_known < sizeof(known) / sizeof(known[0]));
		known[n_known++] = (struct known){strdup(path), strdup(text)};
	}
	if (!failing_same(text, known[i].text) && !says_why(text)) {
		fprintf(stderr, "\"%s\", not \"%s\"\n", text, known[i].text);
		fail_msg("%s", path);
	}
}

static void forget_all(void)
{
	while (n_known > 0) {
		free(known[--n_known].path);
		free(known[n_known].text);
	}
}

/* What there is no descriptor for is an error, which says so. */
static int read_any(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	_cleanup_free_ char *text = NULL;
	int r;

	(void)st;
	(void)ftw;
	if (kind == FTW_DNR || kind == FTW_NS)
		assert_true(is_short(errno));
	if (kind != FTW_F)
		return 0;
	r = read_file(path, &text, NULL);
	if (r < 0 && !is_short(-r))
		fail_msg("%s: %s", path, strerror(-r));
	if (r == 0)
		check_known(path, text);
	n_read += r == 0;
	n_refused += r < 0;
	return 0;
}

static void read_all(void)
{
	n_read = n_refused = 0;
	for (size_t i = 0; i < n_fault_objects; i++)
		nftw(AT("%s", fault_objects[i]), read_any, 4, FTW_PHYS);
	nftw(AT(".pshmfs"), read_any, 4, FTW_PHYS);
}

#define HELD 40

static void test_descriptors(void **state)
{
	int fds[HELD], refused = 0;
	unsigned whole, refused_meanwhile;

	(void)state;
	fault_objects_make(NULL);
	for (int i = 0; i < HELD; i++)
		put_seqnum(pathf("held%d", i), i);
	mount_limited("n 32", pathf("max_age=2000,%s", fault_objects_option()));
	read_all();
	forget_all(); /* which says that nobody had looked */
	read_all();
	whole = n_read;
	assert_int_equal(n_refused, 0);
	for (int i = 0; i < HELD; i++) {
		fds[i] = open(AT("held%d/raw", i), O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0 && !is_short(errno))
			fail_msg("held%d: %s", i, strerror(errno));
		refused += fds[i] < 0;
	}
	read_all();
	refused_meanwhile = n_refused;
	for (int i = 0; i < HELD; i++) {
		char bytes[64];

		if (fds[i] < 0)
			continue;
		assert_int_equal(read(fds[i], bytes, sizeof(bytes)), 40);
		close(fds[i]);
	}
	for (int i = 0; i < HELD; i++)
		cat_equals(AT("held%d/seqnum", i), pathf("%d\n", i));
	read_all();
	assert_int_equal(n_read, whole);
	assert_int_equal(n_refused, 0);
	mount_stop_short(&mount_here);
	forget_all();
	reliability_row(
		"faults", "the daemon may have 32 descriptors (RLIMIT_NOFILE)",
		"40 files held open, then none",
		"it starts; an error where there is no descriptor, and all is read afterwards",
		"%d of 40 not opened, of %u others %u; then all", refused, whole,
		refused_meanwhile);
}

#define LARGE (8 << 20)

static unsigned n_short; /* reads that were told that there is no memory */

/* Reads it as fast as it can, beside two others. */
static void compare_large(unsigned n)
{
	struct child readers[8];

	for (unsigned i = 0; i < n; i++)
		child_start(&readers[i],
			    (const char *const[]){"cmp", AT("large/raw"), shm_path("large"), NULL},
			    NULL);
	for (unsigned i = 0; i < n; i++) {
		struct result result;

		child_finish(&readers[i], &result);
		n_short += result.status == 2 && strstr(result.err, strerror(ENOMEM));
		if (result.status && !strstr(result.err, strerror(ENOMEM)))
			fail_msg("%s", result.err);
		result_deinit(&result);
	}
}

static void put_large(void)
{
	char *bytes = malloc(LARGE);

	assert_non_null(bytes);
	for (size_t i = 0; i < LARGE; i++)
		bytes[i] = (char)(i * 31 + i / 4096);
	make_object("large", bytes, LARGE);
	free(bytes);
}

static void test_memory(void **state)
{
	(void)state;
	/* Sanitizers need terabytes. */
	if (strcmp(getenv("PSHM_INSTRUMENTED"), "1") == 0)
		return;
	fault_objects_make(NULL);
	put_large();
	mount_limited("v 98304", pathf("max_age=2000,%s", fault_objects_option()));
	compare_large(3);
	read_all();
	assert_true(n_read > 0);
	compare_large(5);
	assert_true(n_short < 5);
	assert_false(child_ended(&mount_here.daemon));
	mount_stop_short(&mount_here);
	forget_all();
	reliability_row("faults", "the daemon may have 96 MiB of addresses (RLIMIT_AS)",
			"3, then 5 readers of 8 MiB at once",
			"all their bytes are right, or ENOMEM; so are other files; it goes on",
			"right, but %u ENOMEM; of %u other files %u ENOMEM", n_short,
			n_read + n_refused, n_refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_descriptors),
		SANDBOXED(test_memory),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
