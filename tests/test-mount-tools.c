/* SPDX-License-Identifier: MIT */
/* Real tools on the mount: whole trees are copied whole, a broken file is one message. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)
#define COPY SANDBOX_WORK "/copy"

/* Four objects and what walkers might stumble over. */
static void make_tree(const char *options)
{
	put_seqnum("count", 41);
	put_xfr("pshm_xfr", 0, 1, 13, "hello, reader");
	put_sem("lock", 3);
	make_object("plain", "some text\n", 10);
	make_object("empty", "", 0);
	assert_int_equal(mkdir(shm_path("folder"), 0755), 0);
	assert_int_equal(mkfifo(shm_path("fifo"), 0644), 0);
	mount_start(&mount, NULL, options);
}

/* Runs a shell command in the mount. */
static struct result shell(const char *command)
{
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .folder = mount.path};
	struct result result;

	run_argv(&result, (const char *const[]){"sh", "-c", command, NULL}, &setup);
	return result;
}

__attribute__((noreturn)) static void refuse(const char *command, const struct result *result)
{
	fprintf(stderr, "%s: status %d, \"%s\", \"%s\"\n", command, result->status, result->out,
		result->err);
	_fail(__FILE__, __LINE__);
	abort();
}

/* The command succeeds without a message, and its output is this. */
static void says(const char *command, const char *wanted)
{
	struct result result = shell(command);

	if (result.status || *result.err || strcmp(result.out, wanted) != 0)
		refuse(command, &result);
	result_deinit(&result);
}

/* For ftw(3): what was seen, and what cannot be read. */
static unsigned files_seen, files_broken;

/* What tells times and processes, of the moment when it is read. */
static bool is_live(const char *name)
{
	static const char *const names[] = {"stat",    "json",    "about", "holders",
					    "waiters", "verdict", "stuck"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Each file of the copy is what the mount has. */
static int check_copy(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	_cleanup_free_ char *copy = NULL, *text = NULL;
	size_t copy_size, size;

	(void)st;
	if (kind != FTW_F)
		return kind == FTW_D ? 0 : -1;
	files_seen++;
	if (read_file(path, &copy, &copy_size) < 0 ||
	    read_file(AT("%s", path + strlen(COPY "/")), &text, &size) < 0)
		return -1;
	if (is_live(path + walk->base) || (size == copy_size && memcmp(copy, text, size) == 0))
		return 0;
	fprintf(stderr, "%s: not as in the mount\n", path);
	return -1;
}

static int count_file(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)walk;
	files_seen += kind == FTW_F;
	files_broken += kind == FTW_F && errno_of_open(path, O_RDONLY) != 0;
	return 0;
}

/* The copy has all that the mount has but the broken files, and is thrown away. */
static void copy_is_whole(unsigned broken)
{
	unsigned copied;
	struct result result;

	files_seen = 0;
	assert_int_equal(nftw(COPY, check_copy, 16, FTW_PHYS), 0);
	copied = files_seen;
	files_seen = files_broken = 0;
	assert_int_equal(nftw(mount.path, count_file, 16, FTW_PHYS), 0);
	assert_int_equal(files_broken, broken);
	assert_int_equal(copied, files_seen - broken);
	run(&result, "rm", "-r", COPY);
	assert_int_equal(result.status, 0);
	result_deinit(&result);
}

static void test_copy(void **state)
{
	static const char *const commands[] = {
		"cp -r . " COPY,
		"cp -a . " COPY,
		"rsync -a ./ " COPY "/",
		"mkdir " COPY " && tar cf - . | tar xf - -C " COPY,
		"mkdir " COPY " && tar cf " COPY ".tar . && tar xf " COPY ".tar -C " COPY,
		"mkdir " COPY " && find . -type d -exec mkdir -p " COPY "/{} \\; && "
		"find . -type f -exec dd status=none if={} of=" COPY "/{} \\;",
	};

	(void)state;
	make_tree(NULL);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		says(commands[i], "");
		cat_equals(COPY "/count/seqnum", "41\n");
		cat_equals(COPY "/pshm_xfr/buf", "hello, reader");
		copy_is_whole(0);
	}
	mount_stop(&mount);
}

static void test_walkers(void **state)
{
	(void)state;
	make_tree(NULL);
	says("find . -maxdepth 1 | sort",
	     ".\n./.pshmfs\n./count\n./empty\n./fifo\n./folder\n./plain\n./pshm_xfr\n./sem.lock\n");
	says("find . -name seqnum -size 3c", "./count/seqnum\n");
	says("find . -type f -empty | sort",
	     "./.pshmfs/stuck\n./empty/fields\n./empty/raw\n./plain/fields\n");
	says("grep -r --include=buf hello .", "./pshm_xfr/buf:hello, reader\n");
	says("grep -rl --exclude=stat --exclude=json 41 . | sort",
	     "./count/fields\n./count/seqnum\n");
	says("grep -rc text plain/raw", "1\n");
	says("cat */seqnum */sem_value", "41\n1\n3\n");
	says("du -b --apparent-size pshm_xfr/raw", "1096\tpshm_xfr/raw\n");
	says("ls -U | wc -l", "7\n");
	mount_stop(&mount);
}

/* One file, read in every way that tools have. */
static void test_readers(void **state)
{
	static const char *const readers[] = {
		"cat count/seqnum",
		"cat < count/seqnum",
		"head -n 1 count/seqnum",
		"head -c 100 count/seqnum",
		"tail -n 1 count/seqnum",
		"tail -c 3 count/seqnum",
		"dd status=none bs=1 if=count/seqnum",
		"dd status=none bs=1M if=count/seqnum",
		"dd status=none bs=4k iflag=direct if=count/seqnum",
		"less -FX count/seqnum | cat",
		"LESSSECURE=1 less count/seqnum | cat",
		"sed p -n count/seqnum",
		"awk 1 count/seqnum",
		"sort count/seqnum",
		"tac count/seqnum",
		"python3 -c 'a = open(\"count/seqnum\"); assert a.read() == \"41\\n\"; "
		"a.seek(0); print(*a, end=\"\")'",
		"read -r n < count/seqnum; echo $n",
		"gzip -c count/seqnum | gzip -dc",
		"tee < count/seqnum",
		"cp count/seqnum /dev/stdout",
		"install count/seqnum " COPY " && cat " COPY,
	};

	(void)state;
	make_tree(NULL);
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		says(readers[i], "41\n");
	says("wc -c count/seqnum", "3 count/seqnum\n");
	says("od -An -c count/seqnum", "   4   1  \\n\n");
	says("cmp pshm_xfr/raw /dev/shm/pshm_xfr && cmp -n 13 pshm_xfr/buf pshm_xfr/raw 0 68", "");
	says("md5sum < pshm_xfr/raw | cmp - " COPY ".md5 2>/dev/null; printf 'hello, reader' | "
	     "md5sum > " COPY ".md5; md5sum < pshm_xfr/buf | cmp - " COPY ".md5",
	     "");
	mount_stop(&mount);
}

static unsigned count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* The command goes on over the broken files: `messages` lines about them, and the rest is done. */
static void complains(const char *command, unsigned messages, int status)
{
	struct result result = shell(command);

	if (result.status != status || count_lines(result.err) != messages)
		refuse(command, &result);
	assert_non_null(strstr(result.err, "broken/buf"));
	assert_non_null(strstr(result.err, "Bad message"));
	result_deinit(&result);
}

/* A hostile count: of the whole tree only the block cannot be read. */
static void test_broken_block(void **state)
{
	(void)state;
	make_tree("layout=broken=xfr");
	put_xfr("broken", 0, 1, -1, "hello");
	complains("cp -r . " COPY, 1, 1);
	cat_equals(COPY "/broken/cnt", "-1\n");
	copy_is_whole(1);
	complains("mkdir " COPY " && tar cf - . 2>" COPY ".err | tar xf - -C " COPY "; cat " COPY
		  ".err | grep -v 'previous errors' >&2",
		  1, 0);
	copy_is_whole(1);
	complains("tar cf " COPY ".tar .", 2, 2); /* "Exiting with failure status", too */
	complains("grep -r nothing .", 1, 2);
	complains("rsync -a ./ " COPY, 2, 23); /* its summary, too */
	copy_is_whole(1);
	complains("find . -type f -exec cat {} + > /dev/null", 1, 1);
	complains("md5sum broken/* count/* > /dev/null", 1, 1);
	mount_stop(&mount);
}

/* An object that is shorter than what was set for it: each of its fields is one message. */
static void test_broken_object(void **state)
{
	struct result result;
	unsigned broken;

	(void)state;
	make_tree(NULL);
	make_object("short", "abc", 3);
	assert_int_equal(write_file(AT("short/layout"), "sem\n"), 0);
	broken = 3;
	for (size_t i = 0; i < 2; i++) {
		static const char *const commands[] = {
			"cp -r . " COPY,
			"mkdir " COPY " && tar cf - . 2>" COPY ".err | tar xf - -C " COPY
			"; grep -v 'previous errors' " COPY ".err >&2",
		};

		result = shell(commands[i]);
		assert_int_equal(count_lines(result.err), broken);
		assert_non_null(strstr(result.err, "short/sem_value"));
		assert_non_null(strstr(result.err, "No data available"));
		result_deinit(&result);
		cat_equals(COPY "/short/raw", "abc");
		cat_contains(COPY "/short/stat", "\nhealth\t32 bytes wanted, 3 present");
		copy_is_whole(broken);
	}
	mount_stop(&mount);
}

/* stat(2) of what is broken: no error, no size, and no right to read that others could believe. */
static void test_broken_stat(void **state)
{
	struct stat st;

	(void)state;
	make_tree("layout=broken=xfr");
	put_xfr("broken", 0, 1, 2147483647, "hello");
	assert_int_equal(stat(AT("broken/buf"), &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_mode, S_IFREG);
	assert_int_equal(stat(AT("broken/cnt"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0444);
	says("ls -l broken > /dev/null && stat broken/* > /dev/null", "");
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_copy),          SANDBOXED(test_walkers),
		SANDBOXED(test_readers),       SANDBOXED(test_broken_block),
		SANDBOXED(test_broken_object), SANDBOXED(test_broken_stat),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
