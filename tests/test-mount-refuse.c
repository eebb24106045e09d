/* SPDX-License-Identifier: MIT */
/* The command line of pshmfs, and what it refuses: each with a message that says what to do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/support.h"

#define POINT SANDBOX_WORK "/point"

static int setup(void **state)
{
	return sandbox_setup(state) == 0 && mkdir(POINT, 0755) == 0 ? 0 : -1;
}

#define WITH_POINT(test) cmocka_unit_test_setup_teardown(test, setup, sandbox_clean)

/* It ends with this status, says nothing to stdout, one line with these parts, mounts nothing. */
static void check_refused(const struct result *result, int status, const char *part,
			  const char *other_part)
{
	if (result->status != status || *result->out || !strstr(result->err, part) ||
	    !strstr(result->err, other_part) || strncmp(result->err, "pshmfs: ", 8) != 0) {
		fprintf(stderr, "wanted %d, %s, %s; is %d, \"%s\", \"%s\"\n", status, part,
			other_part, result->status, result->out, result->err);
		fail();
	}
	assert_false(mount_shown(POINT));
}

/* pshmfs with these arguments. */
#define refused(status, part, ...)                                                                 \
	refused_argv((status), (part), (const char *const[]){pshmfs_path(), __VA_ARGS__, NULL})

static void refused_argv(int status, const char *part, const char *const argv[])
{
	struct result result;

	run_argv(&result, argv, NULL);
	check_refused(&result, status, part, "");
	result_deinit(&result);
}

static void test_usage(void **state)
{
	(void)state;
	refused(2, "MOUNTPOINT is missing\nTry 'pshmfs --help'.\n", "-f");
	refused(2, "third: one argument too many\nTry 'pshmfs --help'.\n", "/dev/shm", POINT,
		"third");
	refused(2, "-o nonsense: there is no such option\n", "-o", "nonsense", POINT);
	refused(2, "-o nonsense: there is no such option\n", "-o", "strict,nonsense", POINT);
	refused(2, "-o writing: there is no such option\n", "-o", "writing", POINT);
	refused(2, "-o force: only with -o write\n", "-o", "force", POINT);
	refused(2, "-o strictly: there is no such option\n", "-o", "strictly", POINT);
	refused(2, "there is no layout \"nonsense\" (see: pshmfs --layouts)\n", "-o",
		"layout=x=nonsense", POINT);
	refused(2, "-o layout=x: GLOB=LAYOUT wanted\n", "-o", "layout=x", POINT);
	refused(2, "there is no layout \"y,z\" ", "-o", "layout=x=y\\,z", POINT);
	refused(2, "-o layout=x=/nonsense:s: /nonsense: No such file or directory\n", "-o",
		"layout=x=/nonsense:s", POINT);
	refused(2, "-o layouts=: a FILE is wanted\n", "-o", "layouts=", POINT);
	refused(2, "-o layouts=/nonsense: No such file or directory\n", "-o", "layouts=/nonsense",
		POINT);
}

/* getopt_long(3) says it, in its own words and with argv[0]. */
static void test_bad_options(void **state)
{
	static const char *const bad[] = {"-z", "--nonsense", "-o"};
	struct result result;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run(&result, pshmfs_path(), bad[i]);
		assert_int_equal(result.status, 2);
		assert_string_equal(result.out, "");
		assert_non_null(strstr(result.err, "Try 'pshmfs --help'.\n"));
		result_deinit(&result);
	}
}

static void prints(const char *option, const char *part)
{
	struct result result;

	run(&result, pshmfs_path(), option);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	if (!strstr(result.out, part))
		fail_msg("%s: %s", option, result.out);
	result_deinit(&result);
	run(&result, "sh", "-c", "exec \"$0\" \"$1\" > /dev/full", pshmfs_path(), option);
	check_refused(&result, 1, "No space left on device", "");
	result_deinit(&result);
}

static void test_information(void **state)
{
	(void)state;
	prints("--help", "Usage: pshmfs [-f] [-o OPTIONS] [SOURCE] MOUNTPOINT\n");
	prints("--help", "layout=GLOB=LAYOUT");
	prints("--help", "--version");
	prints("-h", "strict");
	prints("--version", PSHMFS_VERSION "\n");
	prints("-V", "pshmfs");
	for (size_t i = 0; i < n_layouts; i++)
		prints("--layouts", pathf("%s (%s): ", layouts[i].name, layouts[i].abi));
}

/* Each word that --help begins a line with is in the man page. */
static void test_help_is_documented(void **state)
{
	_cleanup_free_ char *page = NULL;
	struct result result;

	(void)state;
	assert_int_equal(read_file(pathf("%s/pshmfs.1", getenv("PSHM_DOCS")), &page, NULL), 0);
	run(&result, pshmfs_path(), "--help");
	for (char *line = strtok(result.out, "\n"); line; line = strtok(NULL, "\n")) {
		char *word = line + strspn(line, " -");

		if (strncmp(line, "  ", 2) != 0)
			continue;
		word[strcspn(word, " ,=")] = '\0';
		if (!strstr(page, word))
			fail_msg("docs/pshmfs.1 does not speak of \"%s\"", word);
	}
	result_deinit(&result);
}

static void test_source(void **state)
{
	(void)state;
	make_object("file", "x", 1);
	refused(1, SANDBOX_WORK "/none: No such file or directory\n", SANDBOX_WORK "/none", POINT);
	refused(1, "/dev/shm/file: Not a directory\n", "/dev/shm/file", POINT);
	refused(2, "pshmfs: SOURCE is \"\"\n", "", POINT);
}

static void test_mountpoint(void **state)
{
	(void)state;
	make_object("file", "x", 1);
	refused(1,
		SANDBOX_WORK "/none: No such file or directory (make it first: mkdir " SANDBOX_WORK
			     "/none)\n",
		SANDBOX_WORK "/none");
	refused(1, "mkdir", "-f", SANDBOX_WORK "/none/deep");
	refused(1, "/dev/shm/file: Not a directory\n", "/dev/shm/file");
	refused(2, "pshmfs: MOUNTPOINT is \"\"\n", "");
	refused(2, "pshmfs: MOUNTPOINT is \"\"\n", SANDBOX_WORK, "");
}

/* Our own mount in SOURCE: each look at it would ask us, while we wait for the answer. */
static void test_mountpoint_in_source(void **state)
{
	static const char *const inside[] = {
		"/dev/shm",
		"/dev/shm/",
		"/dev/shm/sub",
		"/dev/shm/sub/deeper",
		"/dev/./shm/../shm",
		SANDBOX_WORK "/link",
		SANDBOX_WORK "/bound",
		SANDBOX_WORK "/bound/sub",
	};

	(void)state;
	assert_int_equal(mkdir("/dev/shm/sub", 0755), 0);
	assert_int_equal(mkdir("/dev/shm/sub/deeper", 0755), 0);
	assert_int_equal(symlink("/dev/shm/sub", SANDBOX_WORK "/link"), 0);
	assert_int_equal(mkdir(SANDBOX_WORK "/bound", 0755), 0);
	assert_int_equal(mount("/dev/shm", SANDBOX_WORK "/bound", NULL, MS_BIND, NULL), 0);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		refused(1, "the mountpoint lies in SOURCE: ", inside[i]);
		refused(1, "the mountpoint lies in SOURCE: ", SANDBOX_WORK "/bound", inside[i]);
	}
}

static bool served(void *data)
{
	(void)data;
	return errno_of_open(POINT "/.pshmfs/about", O_RDONLY) == 0;
}

/* Over SOURCE's parent is no such danger: SOURCE was opened before. */
static void test_mountpoint_above_source(void **state)
{
	struct result result;
	struct child daemon;

	(void)state;
	assert_int_equal(mkdir(POINT "/source", 0755), 0);
	put_seqnum("count", 41);
	run(&result, "cp", "/dev/shm/count", POINT "/source");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	child_start(&daemon,
		    (const char *const[]){pshmfs_path(), "-f", POINT "/source", POINT, NULL}, NULL);
	assert_true(wait_until(DEADLINE_MS, served, NULL));
	cat_equals(POINT "/count/seqnum", "41\n");
	assert_int_equal(umount2(POINT, 0), 0);
	child_finish(&daemon, &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	result_deinit(&result);
}

/* pshmfs, in a mount namespace in which the script has changed something. */
static void refused_where(const char *script, const char *part, const char *cure)
{
	struct result result;

	run(&result, "unshare", "-m", "--propagation", "unchanged", "sh", "-ec",
	    pathf("%s; exec \"$0\" \"$1\"", script), pshmfs_path(), POINT);
	check_refused(&result, 1, part, cure);
	result_deinit(&result);
}

static void test_no_device(void **state)
{
	(void)state;
	refused_where("mkdir -p /mnt/dev/shm; : > /mnt/dev/null; "
		      "mount --bind /dev/null /mnt/dev/null; "
		      "mount --bind /dev/shm /mnt/dev/shm; mount --rbind /mnt/dev /dev",
		      "/dev/fuse: No such file or directory (", "modprobe fuse");
	refused_where("mount --bind /dev/fuse /dev/fuse; mount -o remount,bind,nodev /dev/fuse",
		      "/dev/fuse: Permission denied (", "chmod 666 /dev/fuse");
}

static void test_mounted_already(void **state)
{
	struct mount first;
	struct result result;

	(void)state;
	put_seqnum("count", 41);
	mount_start(&first, NULL, NULL);
	refused(1, "a pshmfs is mounted here already (undo: umount ", first.path);
	refused(1, "a pshmfs is mounted here already", "-f", SANDBOX_WORK, first.path);
	run(&result, "sh", "-c", "cd / && exec \"$0\" \".$1/\"", pshmfs_path(), first.path);
	check_refused(&result, 1, "a pshmfs is mounted here already", "");
	result_deinit(&result);
	cat_equals(mount_path(&first, "count/seqnum"), "41\n");
	mount_stop(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POINT(test_usage),
		WITH_POINT(test_bad_options),
		WITH_POINT(test_information),
		WITH_POINT(test_help_is_documented),
		WITH_POINT(test_source),
		WITH_POINT(test_mountpoint),
		WITH_POINT(test_mountpoint_in_source),
		WITH_POINT(test_mountpoint_above_source),
		WITH_POINT(test_no_device),
		WITH_POINT(test_mounted_already),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
