/* SPDX-License-Identifier: MIT */
/* Hostile names, bytes, sizes and kinds of what lies in SOURCE: shown, and never harmful. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static char longest[256]; /* NAME_MAX bytes */

static const char *const hostile_names[] = {
	"with space",
	" ",
	"trail ",
	"new\nline",
	"\n",
	"tab\there",
	"back\\012slash",
	"gr\303\266\303\237e-\342\230\203",
	"bad\377\376",
	"\200",
	"x (deleted)",
	".x",
	"...",
	"-rf",
	"--help",
	"%n%s",
	"\033[31mred\033[0m",
	"*",
	"$(id)",
	"\"quoted'",
	"(null)_trace.pid1",
	"raw",
	"layout",
	longest,
};
#define N_NAMES (sizeof(hostile_names) / sizeof(hostile_names[0]))

static void make_names(void)
{
	memset(longest, 'y', sizeof(longest) - 1);
	for (size_t i = 0; i < N_NAMES; i++)
		put_seqnum(hostile_names[i], (int)i);
}

/* Readdir of the mount is readdir of SOURCE, as bytes, and each name enters and reads (E33). */
static void test_names(void **state)
{
	_cleanup_free_ char *source = NULL, *mirror = NULL;

	(void)state;
	mount_start(&mount, NULL, NULL);
	make_names();
	put_seqnum(".pshmfs", -1);
	source = list_names("/dev/shm");
	mirror = list_names(mount.path);
	assert_string_equal(mirror, source);
	for (size_t i = 0; i < N_NAMES; i++) {
		cat_equals(AT("%s/seqnum", hostile_names[i]), pathf("%zu\n", i));
		cat_contains(AT("%s/stat", hostile_names[i]), "\nhealth\tok\n");
		assert_int_equal(write_file(AT("%s/layout", hostile_names[i]), "sem\n"), 0);
		cat_fails(AT("%s/seqnum", hostile_names[i]), ENOENT);
		assert_int_equal(write_file(AT("%s/layout", hostile_names[i]), "\n"), 0);
	}
	cat_equals(AT(".pshmfs/named/.pshmfs/seqnum"), "-1\n");
	mount_stop(&mount);
}

/* In a text they are one word: no line is made up, no terminal obeys. */
static void test_names_in_text(void **state)
{
	(void)state;
	mount_start(&mount, NULL, "layout=\\,a=sem");
	make_names();
	for (size_t i = 0; i < N_NAMES; i++) {
		_cleanup_free_ char *text = NULL;
		size_t size;

		assert_int_equal(read_file(AT("%s/stat", hostile_names[i]), &text, &size), 0);
		assert_memory_equal(text, "name\t", 5);
		assert_memory_equal(strchr(text, '\n'), "\ninode\t", 7);
		for (size_t c = 0; c < size; c++)
			assert_true((unsigned char)text[c] >= ' ' || text[c] == '\n' ||
				    text[c] == '\t');
	}
	cat_contains(AT("new\nline/stat"), "name\tnew\\nline\n");
	cat_contains(AT("bad\377\376/stat"), "name\tbad\\xff\\xfe\n");
	mount_stop(&mount);
}

static void test_name_errors(void **state)
{
	char path[600];

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 1);
	assert_true(snprintf(path, sizeof(path), "%s/%0256d", mount.path, 0) > 0);
	assert_int_equal(errno_of_open(path, O_RDONLY), ENAMETOOLONG);
	assert_int_equal(errno_of_open(AT("none"), O_RDONLY), ENOENT);
	assert_int_equal(errno_of_open(AT("count/none"), O_RDONLY), ENOENT);
	assert_int_equal(errno_of_open(AT("count/raw/x"), O_RDONLY), ENOTDIR);
	assert_int_equal(errno_of_open(AT("count/raw"), O_RDONLY | O_DIRECTORY), ENOTDIR);
	assert_int_equal(errno_of_open(AT("count"), O_WRONLY), EISDIR);
	mount_stop(&mount);
}

/* Nothing, 31 bytes, all zero: unknown, not a guess; stat(2) works and health says why. */
static void test_little(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		const char *health;
	} rows[] = {
		{"empty", 0, "0 bytes present: not yet sized?"},
		{"short", 31, "ok"},
		{"zero32", 32, "ok"},
		{"zero40", 40, "ok"},
		{"zero1096", 1096, "ok"},
	};

	(void)state;
	mount_start(&mount, NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stat st;

		make_object(rows[i].name, NULL, rows[i].size);
		cat_contains(AT("%s/layout", rows[i].name), "unknown\nfrom nothing: ");
		cat_contains(AT("%s/stat", rows[i].name), pathf("\nhealth\t%s\n", rows[i].health));
		cat_equals(AT("%s/fields", rows[i].name), "");
		assert_int_equal(stat(AT("%s/raw", rows[i].name), &st), 0);
		assert_int_equal(st.st_size, rows[i].size);
	}
	mount_stop(&mount);
}

static void test_too_short_for_layout(void **state)
{
	(void)state;
	mount_start(&mount, NULL, "layout=x*=seqnum");
	make_object("x0", "", 0);
	make_object("x31", NULL, 31);
	cat_fails(AT("x0/seqnum"), ENODATA);
	cat_fails(AT("x0/sem_value"), ENODATA);
	cat_contains(AT("x0/fields"), "seqnum\t!ENODATA\n");
	cat_contains(AT("x0/stat"), "40 bytes wanted, 0 present: not yet sized?");
	cat_fails(AT("x31/seqnum"), ENODATA);
	cat_contains(AT("x31/stat"), " bytes wanted, 31 present");
	mount_stop(&mount);
}

#define GIB ((off_t)1 << 30)

/* 64 GiB of nothing with a byte in it: served, and no page of it is made (case E40). */
static void test_sparse(void **state)
{
	_cleanup_close_ int raw = -1;
	struct stat before, after, st;
	char bytes[4] = "";

	(void)state;
	mount_start(&mount, NULL, "layout=s*=xfr");
	make_object("sparse", NULL, 0);
	assert_int_equal(truncate(shm_path("sparse"), 64 * GIB), 0);
	raw = open(shm_path("sparse"), O_WRONLY);
	assert_int_equal(pwrite(raw, "x", 1, 60 * GIB), 1);
	close(raw);
	assert_int_equal(stat(shm_path("sparse"), &before), 0);
	raw = open(AT("sparse/raw"), O_RDONLY);
	assert_int_equal(pread(raw, bytes, 3, 60 * GIB - 1), 3);
	assert_memory_equal(bytes, "\0x\0", 3);
	assert_int_equal(pread(raw, bytes, 3, 64 * GIB - 1), 1);
	assert_int_equal(pread(raw, bytes, 3, 64 * GIB), 0);
	assert_int_equal(lseek(raw, 0, SEEK_END), 64 * GIB);
	assert_int_equal(fstat(raw, &st), 0);
	assert_int_equal(st.st_size, 64 * GIB);
	assert_int_equal(st.st_blocks, before.st_blocks);
	cat_equals(AT("sparse/cnt"), "0\n");
	cat_equals(AT("sparse/buf"), "");
	cat_contains(AT("sparse/stat"), "\nsize\t68719476736\nblocks\t8\n");
	assert_int_equal(stat(shm_path("sparse"), &after), 0);
	assert_int_equal(after.st_blocks, before.st_blocks);
	close(take_fd(&raw));
	mount_stop(&mount);
}

/* A count that the object has no room for: an error, and the rest is whole. */
static void test_hostile_count(void **state)
{
	static const int counts[] = {-1, 2147483647, -2147483647 - 1, 1029};
	struct stat st;

	(void)state;
	mount_start(&mount, NULL, NULL);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		put_xfr("x", 0, 1, counts[i], "hello");
		assert_int_equal(write_file(AT("x/layout"), "xfr\n"), 0);
		cat_fails(AT("x/buf"), EBADMSG);
		cat_equals(AT("x/cnt"), pathf("%d\n", counts[i]));
		cat_equals(AT("x/turn"), "reader\n");
		cat_contains(AT("x/fields"),
			     pathf("cnt\t%d\nbuf\t!EBADMSG\nturn\treader\n", counts[i]));
		cat_contains(AT("x/stat"),
			     pathf("\nhealth\tcnt: %d is not within 0 to 1028\n", counts[i]));
		assert_int_equal(stat(AT("x/buf"), &st), 0);
		assert_int_equal(st.st_size, 0);
		/* Its bytes alone do not say xfr any more. */
		assert_int_equal(write_file(AT("x/layout"), "\n"), 0);
		cat_contains(AT("x/layout"), "unknown\n");
	}
	mount_stop(&mount);
}

/* The lease of a stranger makes open(2) wait 45 seconds, but not ours; others are served. */
static void test_lease(void **state)
{
	const uint64_t start = now_ms();
	struct actor lease;
	struct stat st;

	(void)state;
	put_seqnum("leased", 1);
	put_seqnum("other", 2);
	mount_start(&mount, NULL, NULL);
	actor_start(&lease, "lease", "/leased");
	cat_fails(AT("leased/raw"), EAGAIN);
	cat_fails(AT("leased/fields"), EAGAIN);
	cat_fails(AT("leased/seqnum"), EAGAIN);
	cat_contains(AT("leased/json"), "\"size\":40,");
	assert_int_equal(stat(AT("leased"), &st), 0);
	assert_int_equal(st.st_size, 40);
	cat_contains(AT("leased/stat"), "\nhealth\tits bytes cannot be read: ");
	cat_contains(AT("leased/layout"), "unknown\nfrom nothing: its bytes cannot be read");
	cat_equals(AT("other/seqnum"), "2\n");
	/* At once: whoever waits for the lease waits until its break is overdue. */
	assert_in_range(now_ms() - start, 0, slow_ms(10000));
	actor_stop(&lease);
	cat_equals(AT("leased/seqnum"), "1\n");
	mount_stop(&mount);
}

static bool blocked_in_open(void *data)
{
	const struct child *child = data;
	_cleanup_free_ char *call = NULL;

	return read_file(pathf("/proc/%d/syscall", child->pid), &call, NULL) == 0 &&
	       strtol(call, NULL, 10) == SYS_openat;
}

/* Who opens the FIFO for writing sleeps until somebody opens it for reading, if only for a moment.
 */
static void watch_fifo(struct child *ret, const char *path)
{
	child_start(ret, (const char *const[]){"sh", "-c", ": > \"$0\"", path, NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, blocked_in_open, ret));
}

static void fifo_was_not_opened(struct child *watcher)
{
	assert_false(child_ended(watcher));
	assert_true(blocked_in_open(watcher));
	child_kill(watcher);
}

/* Walking over all that is no object ends, opens nothing, and enters no other filesystem (E35). */
static void test_odd_walk(void **state)
{
	struct child watcher;
	struct result result;
	struct actor odd;
	struct stat st;

	(void)state;
	actor_start(&odd, "odd");
	watch_fifo(&watcher, shm_path("odd.fifo"));
	make_object("odd.mount/secret", "x", 1);
	put_seqnum("count", 41);
	mount_start(&mount, NULL, NULL);
	run(&result, "grep", "-r", "secret", mount.path);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.err, "");
	result_deinit(&result);
	cat_contains(AT("odd.fifo"), "FIFO: ");
	fifo_was_not_opened(&watcher);
	cat_fails(AT("odd.mount/secret"), ENOTDIR);
	cat_fails(AT("odd.dir/file"), ENOTDIR);
	cat_fails(AT("odd.link/raw"), ENOTDIR);
	assert_int_equal(stat(AT("odd.mount"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0444);
	assert_int_equal(stat(AT("odd.link"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	mount_stop(&mount);
	actor_stop(&odd);
}

/* A name that means something else from one moment to the next. */
static void test_kind_changes(void **state)
{
	struct child watcher;

	(void)state;
	mount_start(&mount, NULL, "strict");
	put_seqnum("a", 1);
	cat_equals(AT("a/seqnum"), "1\n");
	assert_int_equal(unlink(shm_path("a")), 0);
	assert_int_equal(mkfifo(shm_path("a"), 0644), 0);
	watch_fifo(&watcher, shm_path("a"));
	cat_contains(AT("a"), "FIFO: ");
	cat_fails(AT("a/seqnum"), ENOTDIR);
	fifo_was_not_opened(&watcher);
	assert_int_equal(unlink(shm_path("a")), 0);
	assert_int_equal(symlink("/etc/passwd", shm_path("a")), 0);
	cat_contains(AT("a"), "symbolic link: ");
	put_seqnum("a", 2);
	cat_equals(AT("a/seqnum"), "2\n");
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_names),         SANDBOXED(test_names_in_text),
		SANDBOXED(test_name_errors),   SANDBOXED(test_little),
		SANDBOXED(test_sparse),        SANDBOXED(test_too_short_for_layout),
		SANDBOXED(test_hostile_count), SANDBOXED(test_lease),
		SANDBOXED(test_odd_walk),      SANDBOXED(test_kind_changes),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
