/* SPDX-License-Identifier: MIT */
/* Structs in structs as directories, in a mount: what users and their tools see. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/dwarf_folders.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)
#define ODD_PROGRAM SANDBOX_WORK "/odd"

static struct folders folders;

/* An object "f" that is a struct folders, and a mount that knows. */
static void start(const char *options)
{
	memset(&folders, 0, sizeof(folders));
	folders.raw.raw = 11;
	folders.choice.point.x = 21;
	folders.choice.point.y = 22;
	folders.slots[2].key = 32;
	folders.grid[1][0].key = 41;
	folders.rest[511].key = 51;
	folders.rest[512].key = 'r';
	folders.stat = 61;
	folders.table[10][23].a = 71;
	folders.few[1].a = 81;
	sem_init(&folders.slots[0].lock, 1, 5);
	sem_init(&folders.sems[1], 1, 6);
	make_object("f", &folders, sizeof(folders));
	mount_start(&mount, NULL, options);
	assert_int_equal(write_file(AT("f/layout"),
				    pathf("%s/dwarf-gcc-5:struct folders", getenv("PSHM_PLAIN"))),
			 0);
}

static void names_are(const char *folder, const char *wanted)
{
	_cleanup_free_ char *names = list_names(folder);

	if (strcmp(names, wanted) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", folder, names, wanted);
}

static void test_values(void **state)
{
	(void)state;
	start(NULL);
	names_are(AT("f"),
		  "access\nchoice\nfew\nfields\ngrid\nholders\njson\nlayout\nraw\nraw.field\nrest\n"
		  "sems\nslots\nstat\nstat.field\ntable\nverdict\nwaiters\n");
	names_are(AT("f/raw.field"), "odd_name\nraw\n");
	cat_equals(AT("f/raw.field/raw"), "11\n");
	names_are(AT("f/choice"), "both\npoint\n");
	cat_equals(AT("f/choice/point/y"), "22\n");
	cat_equals(AT("f/choice/both"), "94489280533\n");
	names_are(AT("f/slots"), "0\n1\n2\n");
	names_are(AT("f/slots/0"), "key\nlock_nwaiters\nlock_pshared\nlock_value\nlock_waiters\n");
	cat_equals(AT("f/slots/2/key"), "32\n");
	cat_equals(AT("f/slots/0/lock_value"), "5\n");
	cat_equals(AT("f/slots/0/lock_waiters"), "0\n");
	names_are(AT("f/grid/1"), "0\n1\n2\n");
	cat_equals(AT("f/grid/1/0/key"), "41\n");
	names_are(AT("f/sems/1"), "nwaiters\npshared\nvalue\nwaiters\n");
	cat_equals(AT("f/sems/1/value"), "6\n");
	cat_equals(AT("f/few/1/a"), "81\n");
	cat_fails(AT("f/slots/3"), ENOENT);
	cat_fails(AT("f/slots/2/key/x"), ENOTDIR);
	cat_fails(AT("f/slots[2].key"), ENOENT);
	mount_stop(&mount);
}

/* Flat names are as C has them; and what is left of an array is there, and says what it is. */
static void test_rest(void **state)
{
	(void)state;
	start(NULL);
	cat_contains(AT("f/fields"), "\nslots[2].key\t32\n");
	cat_contains(AT("f/fields"), "\nsems[1]_value\t6\n");
	cat_contains(AT("f/layout"), "\tint\tgrid[1][0].key\n");
	cat_contains(AT("f/layout"), "\t179520\tstruct slot[4488], as bytes: too many for a file "
				     "each\trest[512…4999]\n");
	cat_equals(AT("f/rest/511/key"), "51\n");
	cat_fails(AT("f/rest/512"), ENOENT);
	cat_equals_bytes(AT("f/rest/512-4999"), &folders.rest[512], 179520);
	cat_equals(AT("f/table/10/23/a"), "71\n");
	cat_fails(AT("f/table/10/24"), ENOENT);
	cat_equals_bytes(AT("f/table/10,24-99,99"), &folders.table[10][24], 4 * 8976);
	mount_stop(&mount);
}

static void test_write(void **state)
{
	(void)state;
	start("write");
	assert_int_equal(write_file(AT("f/slots/1/key"), "7\n"), 0);
	cat_contains(AT("f/fields"), "\nslots[1].key\t7\n");
	assert_int_equal(write_file(AT("f/choice/point/x"), "x"), -EINVAL);
	assert_int_equal(write_file(AT("f/slots/1/key"), "3000000000"), -ERANGE);
	assert_int_equal(write_file(AT("f/sems/1/post"), "2"), 0);
	cat_equals(AT("f/sems/1/value"), "8\n");
	assert_int_equal(write_file(AT("f/slots/0/lock_post"), "1"), 0);
	cat_equals(AT("f/slots/0/lock_value"), "6\n");
	assert_int_equal(rmdir(AT("f/slots")), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(mkdir(AT("f/slots/9"), 0755), -1);
	assert_int_equal(errno, EROFS);
	mount_stop(&mount);
}

/* A directory is as the object's own; its number says which it is. */
static void test_attributes(void **state)
{
	struct stat object, folder, again, other;

	(void)state;
	start("strict");
	assert_int_equal(chmod(shm_path("f"), 0640), 0);
	assert_int_equal(stat(AT("f"), &object), 0);
	assert_int_equal(stat(AT("f/slots/1"), &folder), 0);
	assert_int_equal(stat(AT("f/./slots/../slots/1/."), &again), 0);
	assert_int_equal(stat(AT("f/grid/1"), &other), 0);
	assert_int_equal(folder.st_mode, S_IFDIR | 0750);
	assert_int_equal(folder.st_mode, object.st_mode);
	assert_int_equal(folder.st_uid, object.st_uid);
	assert_int_equal(folder.st_nlink, object.st_nlink);
	assert_int_equal(folder.st_mtim.tv_nsec, object.st_mtim.tv_nsec);
	assert_int_equal(folder.st_ino, again.st_ino);
	assert_int_not_equal(folder.st_ino, other.st_ino);
	mount_stop(&mount);
}

/* Who stands in a directory when the layout changes is told that it is gone. */
static void test_stale(void **state)
{
	int folder, file;
	struct stat st;
	char text[8];

	(void)state;
	start("strict");
	folder = open(AT("f/slots/2"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file = openat(folder, "key", O_RDONLY | O_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(write_file(AT("f/layout"),
				    pathf("%s/dwarf-gcc-5:struct nested", getenv("PSHM_PLAIN"))),
			 0);
	cat_equals(AT("f/point/x"), "0\n");
	assert_int_equal(faccessat(folder, "key", F_OK, 0), -1);
	assert_int_equal(errno, ESTALE);
	assert_int_equal(fstat(folder, &st), -1);
	assert_int_equal(errno, ESTALE);
	assert_int_equal(pread(file, text, sizeof(text), 0), 3);
	assert_int_equal(pread(file, text, sizeof(text), 0), -1);
	assert_int_equal(errno, ESTALE);
	cat_fails(AT("f/slots/2/key"), ENOENT);
	close(file);
	close(folder);
	mount_stop(&mount);
}

/* Debug information in which the name of a member is what no compiler calls it. */
static void make_odd_program(void)
{
	_cleanup_free_ char *bytes = NULL;
	char *name;
	size_t size;
	FILE *file = fopen(ODD_PROGRAM, "we");

	assert_int_equal(read_file(pathf("%s/dwarf-gcc-5", getenv("PSHM_PLAIN")), &bytes, &size),
			 0);
	name = memmem(bytes, size, "odd_name", 9);
	assert_non_null(name);
	memcpy(name, "../\n\xff\\e", 8);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void test_odd_name(void **state)
{
	(void)state;
	start(NULL);
	make_odd_program();
	assert_int_equal(write_file(AT("f/layout"), ODD_PROGRAM ":struct folders"), 0);
	names_are(AT("f/raw.field"), "..\\\\x2f\\\\x0a\\\\xff\\\\x5ce\nraw\n");
	cat_equals(AT("f/raw.field/..\\x2f\\x0a\\xff\\x5ce"), "0\n");
	cat_contains(AT("f/fields"), "raw...\\x2f\\x0a\\xff\\x5ce\t0\n");
	mount_stop(&mount);
}

/* The shell command in the object's directory succeeds without a message, and says this. */
static void says(const char *folder, const char *command, const char *wanted)
{
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .folder = folder};
	struct result result;

	run_argv(&result, (const char *const[]){"sh", "-c", command, NULL}, &setup);
	if (result.status || *result.err || strcmp(result.out, wanted) != 0)
		fail_msg("%s: status %d, \"%s\", \"%s\"", command, result.status, result.out,
			 result.err);
	result_deinit(&result);
}

static void test_tools(void **state)
{
	(void)state;
	start(NULL);
	says(AT("f"), "find . -type d | sort -u | wc -l", "1572\n");
	says(AT("f"), "find . -type f | sort -u | wc -l", "3656\n");
	says(AT("f"), "ls -R slots | wc -l", "25\n");
	says(AT("f"), "grep -rx 32 slots choice", "slots/2/key:32\n");
	says(AT("f"), "grep -rlx 22 .", "./choice/point/y\n");
	says(AT("f"), "tar -cf - slots grid sems | tar -tf - | wc -l", "69\n");
	says(AT("f"),
	     "mkdir " SANDBOX_WORK "/copy && tar -cf - slots | tar -xf - -C " SANDBOX_WORK
	     "/copy && cat " SANDBOX_WORK "/copy/slots/2/key",
	     "32\n");
	says(AT("f"), "rsync -rn --out-format=%n slots " SANDBOX_WORK "/none | wc -l", "19\n");
	mount_stop(&mount);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* As many fields in one directory as there may be: each is listed once, and found by its name. */
static void test_wide(void **state)
{
	double before;

	(void)state;
	make_object("w", NULL, 4 * 4096);
	mount_start(&mount, NULL, "strict");
	assert_int_equal(write_file(AT("w/layout"),
				    pathf("%s/dwarf-gcc-5:struct wide", getenv("PSHM_PLAIN"))),
			 0);
	before = seconds();
	says(AT("w"), "find . -name 'm[0-3]*' | sort -u | wc -l", "4096\n");
	says(AT("w"), "ls | xargs stat -c %F | sort | uniq -c | sed 's/ *//'",
	     "4105 regular file\n");
	cat_equals(AT("w/m333333"), "0\n");
	/* Not of the machine's speed: each looked for among all would be a minute. */
	assert_true(seconds() - before < 20);
	mount_stop(&mount);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_values),     SANDBOXED(test_rest),  SANDBOXED(test_write),
		SANDBOXED(test_attributes), SANDBOXED(test_stale), SANDBOXED(test_odd_name),
		SANDBOXED(test_tools),      SANDBOXED(test_wide),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
