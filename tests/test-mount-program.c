/* SPDX-License-Identifier: MIT */
/* Layouts that are structs of programs, named by a user: PROGRAM:STRUCT. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layout_choice.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static const char *plain(const char *name)
{
	return pathf("%s/%s", getenv("PSHM_PLAIN"), name);
}

/* struct packed { char c; long l; short s; }, with no padding. */
static void put_packed(const char *name)
{
	static const unsigned char bytes[11] = {'c', 1, 2, 0, 0, 0, 0, 0, 0, 3};

	make_object(name, bytes, sizeof(bytes));
}

static void set(const char *name, const char *layout, int error)
{
	assert_int_equal(write_file(AT("%s/layout", name), layout), error);
}

static void test_written(void **state)
{
	(void)state;
	put_packed("p");
	mount_start(&mount, NULL, NULL);
	set("p", pathf("%s:struct packed\n", plain("dwarf-gcc-5")), 0);
	cat_contains(AT("p/layout"), "struct packed\nfrom this file, written by a user: /");
	cat_contains(AT("p/layout"), "/dwarf-gcc-5:struct packed (64-bit)\n0\t1\tchar\tc\n"
				     "1\t8\tlong\tl\n9\t2\tshort\ts\n");
	cat_equals(AT("p/fields"), "c\tc\nl\t513\ns\t3\n");
	cat_equals(AT("p/l"), "513\n");
	cat_fails(AT("p/x"), ENOENT);
	/* Another one, and none. */
	set("p", pathf("%s:union any", plain("dwarf-gcc-5")), 0);
	cat_equals(AT("p/i"), "131427\n");
	cat_fails(AT("p/l"), ENOENT);
	set("p", "\n", 0);
	cat_contains(AT("p/layout"), "unknown\n");
	mount_stop(&mount);
}

/* It is the writer's folder that counts, and his moment. */
static void test_relative(void **state)
{
	_cleanup_close_ int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	put_packed("p");
	mount_start(&mount, NULL, NULL);
	assert_int_equal(chdir(getenv("PSHM_PLAIN")), 0);
	set("p", "./dwarf-gcc-5:packed", 0);
	cat_contains(AT("p/layout"), "written by a user: ./dwarf-gcc-5:packed (64-bit)\n");
	assert_int_equal(chdir("/"), 0);
	set("p", "./dwarf-gcc-5:packed", -EINVAL);
	assert_int_equal(fchdir(before), 0);
	mount_stop(&mount);
}

static void refused(const char *layout, const char *why)
{
	set("p", layout, -EINVAL);
	cat_contains(AT(".pshmfs/about"), why);
}

static void test_refused(void **state)
{
	(void)state;
	put_packed("p");
	mkfifo(SANDBOX_WORK "/fifo", 0600);
	mount_start(&mount, NULL, NULL);
	refused(pathf("%s:struct none", plain("dwarf-gcc-5")),
		"No struct called \"struct none\" in its debug information\n");
	refused("/nonexistent:x", "refused\t\"/nonexistent:x\" for p: /nonexistent: No such file");
	refused(SANDBOX_WORK "/fifo:x", "Not a regular file\n");
	refused("/bin/true:x", "/bin/true: No debug information: build it with -g");
	refused("/dev/null:x", "Not a regular file\n");
	refused("/:x", "Is a directory\n");
	refused(":x", "refused\t\":x\" for p: there is no such layout\n");
	refused("x:", "there is no such layout\n");
	cat_contains(AT("p/layout"), "unknown\n");
	mount_stop(&mount);
}

/* As an option it is known from the start; a struct that is a built-in's is that one. */
static void test_option(void **state)
{
	_cleanup_free_ char *options = NULL;

	(void)state;
	put_packed("p1");
	make_object("n", NULL, 40);
	assert_true(asprintf(&options, "layout=/p*=%s:struct packed,layout=n=%s:seqnum_t",
			     plain("dwarf-gcc-5"), plain("dwarf-gcc-2")) > 0);
	mount_start(&mount, NULL, options);
	cat_equals(AT("p1/s"), "3\n");
	cat_contains(AT("p1/layout"), "struct packed\nfrom the mount option layout=p*=/");
	cat_contains(AT("n/layout"), "seqnum\nfrom the mount option layout=n=");
	cat_contains(AT("p1/json"), "\"name\":\"struct packed\",\"abi\":\"64-bit\"");
	mount_stop(&mount);
}

/* Writes are checked and made as for every other layout. */
static void test_write(void **state)
{
	(void)state;
	put_packed("p");
	mount_start(&mount, NULL, "write");
	set("p", pathf("%s:struct packed", plain("dwarf-gcc-5")), 0);
	assert_int_equal(write_file(AT("p/s"), "-7\n"), 0);
	cat_equals(AT("p/fields"), "c\tc\nl\t513\ns\t-7\n");
	assert_int_equal(write_file(AT("p/s"), "40000"), -ERANGE);
	mount_stop(&mount);
}

/* More than an image takes at once: what is asked for is there, and a hole stays one. */
static void test_large(void **state)
{
	struct stat st;

	(void)state;
	make_object("m", NULL, 16004);
	mount_start(&mount, NULL, NULL);
	set("m", pathf("%s:struct many", plain("dwarf-gcc-5")), 0);
	cat_equals(AT("m/last"), "0\n");
	cat_contains(AT("m/fields"), "last\t0\n");
	assert_int_equal(stat(shm_path("m"), &st), 0);
	assert_int_equal(st.st_blocks, 0);
	mount_stop(&mount);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* In a layouts file it is found from the file's folder. */
static void test_layouts_file(void **state)
{
	(void)state;
	put_packed("p");
	assert_int_equal(mkdir(SANDBOX_WORK "/folder", 0755), 0);
	assert_int_equal(symlink(plain("dwarf-gcc-5"), SANDBOX_WORK "/folder/program"), 0);
	write_text(SANDBOX_WORK "/folder/file", "p ./program:struct packed\n");
	mount_start(&mount, NULL, "layouts=" SANDBOX_WORK "/folder/file");
	cat_equals(AT("p/fields"), "c\tc\nl\t513\ns\t3\n");
	cat_contains(AT("p/layout"), "struct packed\nfrom the layouts file " SANDBOX_WORK
				     "/folder/file, line 1: ./program:struct packed (64-bit)\n");
	mount_stop(&mount);
}

/* What is wrong with one is told as all else that is wrong in the file. */
static void test_layouts_file_refused(void **state)
{
	_cleanup_free_ char *said = NULL;
	struct layout_rules *rules;
	size_t size;
	FILE *out = open_memstream(&said, &size);

	(void)state;
	write_text(SANDBOX_WORK "/file", "a /nonexistent:x\nb /dev/null:y\nc /bin/true:z\nd sem\n");
	assert_int_equal(layout_rules_create(&rules), 0);
	assert_int_equal(layout_rules_load(rules, SANDBOX_WORK "/file"), 0);
	layout_rules_complaints(rules, "said: ", out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(
		said, "said: " SANDBOX_WORK "/file:1: /nonexistent: No such file or directory\n"
		      "said: " SANDBOX_WORK "/file:2: /dev/null: Not a regular file\n"
		      "said: " SANDBOX_WORK "/file:3: /bin/true: No debug information: "));
	assert_null(layout_rules_by_file(rules, "c", NULL));
	assert_non_null(layout_rules_by_file(rules, "d", NULL));
	layout_rules_destroy(rules);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_written),      SANDBOXED(test_relative),
		SANDBOXED(test_refused),      SANDBOXED(test_option),
		SANDBOXED(test_write),        SANDBOXED(test_large),
		SANDBOXED(test_layouts_file), SANDBOXED(test_layouts_file_refused),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
