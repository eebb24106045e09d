/* SPDX-License-Identifier: MIT */
/* Counts, links and sizes that change while they are read: each answer is of one moment, and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* A look that takes longer than this hangs, as far as a user is concerned. */
#define LOOK_MS slow_ms(10000)

/* read_file(), in time. */
static int read_now(const char *path, char **ret, size_t *ret_size)
{
	const uint64_t start = now_ms();
	int r = read_file(path, ret, ret_size);

	assert_in_range(now_ms() - start, 0, LOOK_MS);
	return r;
}

static bool count_is_valid(long count)
{
	return count == 0 || count == 5 || count == 60 || count == 1028;
}

/* Returns 1 for a block of a size that it may have, 0 for the error. */
static int check_buf(void)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = read_now(AT("x/buf"), &text, &size);

	assert_true(r == 0 || r == -EBADMSG);
	if (r < 0)
		return 0;
	assert_true(count_is_valid((long)size));
	assert_int_equal(strspn(text, "x"), size);
	return 1;
}

/* The count and the block of one snapshot agree. */
static void check_fields(void)
{
	_cleanup_free_ char *text = NULL;
	const char *count, *buf;
	long n;

	assert_int_equal(read_now(AT("x/fields"), &text, NULL), 0);
	count = strstr(text, "\ncnt\t");
	buf = strstr(text, "\nbuf\t");
	assert_true(count && buf);
	n = strtol(count + 5, NULL, 10);
	buf += 5;
	if (!count_is_valid(n))
		assert_memory_equal(buf, "!EBADMSG\n", 9);
	else if (n <= 60)
		assert_int_equal(strspn(buf, "x"), n);
	else
		assert_memory_equal(buf + 60, "…\n", strlen("…\n"));
}

static void check_json(void)
{
	_cleanup_free_ char *text = NULL;
	const char *count, *buf;
	long n;

	assert_int_equal(read_now(AT("x/json"), &text, NULL), 0);
	count = strstr(text, "\"cnt\":");
	buf = strstr(text, "\"buf\":");
	assert_true(count && buf);
	n = strtol(count + 6, NULL, 10);
	buf += 6;
	if (count_is_valid(n))
		assert_int_equal(strspn(buf + 1, "x"), n);
	else
		assert_memory_equal(buf, "null", 4);
	/* What `health` says of it is of the same moment. */
	assert_int_equal(!count_is_valid(n), strstr(text, " is not within 0 to 1028") != NULL);
}

static void test_count(void **state)
{
	unsigned blocks = 0, rounds = 0;
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, "layout=x=xfr");
	actor_start(&actor, "rewrite-xfr", "/x");
	for (; rounds < 300 || ((blocks == 0 || blocks == rounds) && rounds < 30000); rounds++) {
		blocks += (unsigned)check_buf();
		check_fields();
		check_json();
	}
	assert_in_range(blocks, 1, rounds - 1);
	/* By its bytes it is a block in one moment, and nothing that is known in the next. */
	assert_int_equal(write_file(AT("x/layout"), "\n"), 0);
	assert_true(atoi(actor_tell(&actor, "")) > 100);
	actor_stop(&actor);
	mount_stop(&mount);
}

/* A layout that comes and goes with the count takes its files with it. */
static void test_count_and_choice(void **state)
{
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "rewrite-xfr", "/x");
	for (unsigned i = 0; i < 300; i++) {
		_cleanup_free_ char *text = NULL, *layout = NULL;
		size_t size = 0;
		int r = read_now(AT("x/buf"), &text, &size);

		assert_true(r == 0 || r == -EBADMSG || r == -ENOENT || r == -ESTALE);
		assert_true(r < 0 || count_is_valid((long)size));
		assert_int_equal(read_now(AT("x/layout"), &layout, NULL), 0);
		assert_true(strncmp(layout, "xfr\n", 4) == 0 ||
			    strncmp(layout, "unknown\n", 8) == 0);
	}
	actor_stop(&actor);
	mount_stop(&mount);
}

/* Whole lines of numbers, or an error that says why not. */
static int check_nodes(void)
{
	_cleanup_free_ char *text = NULL;
	int r = read_now(AT("l/nodes"), &text, NULL);

	assert_true(r == 0 || r == -EBADMSG || r == -EFBIG);
	if (r < 0)
		return r;
	assert_memory_equal(text, "OFFSET\tNEXT\tTEXT\n", 17);
	for (const char *line = text + 17; *line; line = strchr(line, '\n') + 1) {
		unsigned long at, next;
		int end = 0;

		assert_int_equal(sscanf(line, "%lu\t%lu%n", &at, &next, &end), 2);
		assert_memory_equal(line + end, "\t\n", 2);
		assert_true(next == 0 || next > at);
	}
	return r;
}

/* Rewritten links of a chain of so many nodes; `r`: what is seen of it, too, at times. */
static void check_list(const char *nodes, int r)
{
	unsigned whole = 0, broken = 0, wanted = 0;
	struct actor actor;

	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "rewrite-list", "/l", nodes);
	for (unsigned i = 0; i < 40 || ((!whole || !broken || !wanted) && i < 20000); i++) {
		_cleanup_free_ char *text = NULL, *json = NULL;
		int seen = check_nodes();

		whole += seen == 0;
		broken += seen == -EBADMSG;
		wanted += seen == r;
		if (i % 10)
			continue;
		assert_int_equal(read_now(AT("l/fields"), &text, NULL), 0);
		assert_non_null(strstr(text, "\nnodes\t"));
		assert_int_equal(read_now(AT("l/json"), &json, NULL), 0);
		assert_non_null(strstr(json, "\"nodes\":"));
	}
	if (!whole || !broken || !wanted)
		fail_msg("%u whole, %u broken, %u as wanted", whole, broken, wanted);
	actor_stop(&actor);
	mount_stop(&mount);
}

static void test_links(void **state)
{
	(void)state;
	check_list("50", 0);
}

/* More nodes than are shown: the walk has an end, and the mount answers in time. */
static void test_depth(void **state)
{
	(void)state;
	check_list("360000", -EFBIG);
}

/* Readers of an object that is cut and grown all the time (E39). */
static struct {
	char raw[128], stat[128];
	atomic_bool end;
	atomic_uint whole;
	atomic_int wrong; /* a size or an errno that may not be */
} sizes;

static const off_t steps[] = {0, 10, 100000};

static bool is_step(off_t size)
{
	return size == steps[0] || size == steps[1] || size == steps[2];
}

/* What a pread(2) of tmpfs itself gives that meets the cut: whole pages. */
static bool is_torn(off_t size)
{
	return size < steps[2] && size % sysconf(_SC_PAGESIZE) == 0;
}

/* How much one read(2) gets: of two of them each may meet another size. */
static ssize_t read_once(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[128 * 1024];

	return fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
}

static void look_at_sizes(void)
{
	ssize_t size = read_once(sizes.raw);
	struct stat st;
	char *text;
	int r;

	if (size < 0 || !(is_step(size) || is_torn(size)))
		sizes.wrong = size < 0 ? errno : (int)size;
	sizes.whole += size > 0 && is_step(size);
	if (stat(sizes.raw, &st) < 0 || !is_step(st.st_size))
		sizes.wrong = 1;
	r = read_file(sizes.stat, &text, NULL);
	if (r < 0 || !(strstr(text, "\nsize\t0\n") || strstr(text, "\nsize\t10\n") ||
		       strstr(text, "\nsize\t100000\n")))
		sizes.wrong = 2;
	free(text);
}

static void *read_sizes(void *data)
{
	uint64_t start = now_ms();

	(void)data;
	while (!sizes.end) {
		look_at_sizes();
		if (now_ms() - start > (uint64_t)LOOK_MS)
			sizes.wrong = 3;
		start = now_ms();
	}
	return NULL;
}

static void test_sizes(void **state)
{
	pthread_t readers[4];

	(void)state;
	make_object("s", "", 0);
	mount_start(&mount, NULL, NULL);
	snprintf(sizes.raw, sizeof(sizes.raw), "%s/s/raw", mount.path);
	snprintf(sizes.stat, sizeof(sizes.stat), "%s/s/stat", mount.path);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_sizes, NULL), 0);
	for (unsigned i = 0; i < 2000 || (sizes.whole < 100 && i < 10000000); i++)
		assert_int_equal(truncate("/dev/shm/s", steps[i % 3]), 0);
	sizes.end = true;
	for (size_t i = 0; i < 4; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(sizes.wrong, 0);
	assert_true(sizes.whole > 0);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_count), SANDBOXED(test_count_and_choice),
		SANDBOXED(test_links), SANDBOXED(test_depth),
		SANDBOXED(test_sizes),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
