/* SPDX-License-Identifier: MIT */
/* The layouts file of a mount: its rules, its structs, reading it again, and what is wrong in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

#define FILE_PATH SANDBOX_WORK "/layouts"

static void write_layouts(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void start(const char *text, const char *options)
{
	write_layouts(FILE_PATH, text);
	mount_start(&mount, NULL,
		    pathf("layouts=" FILE_PATH "%s%s", options ? "," : "", options ? options : ""));
}

/* What somebody waits for in a file of the mount. */
struct wanted {
	const char *path, *part;
};

static bool says(void *data)
{
	const struct wanted *wanted = data;
	_cleanup_free_ char *text = NULL;

	return read_file(wanted->path, &text, NULL) == 0 && strstr(text, wanted->part);
}

static void wait_for(const char *path, const char *part)
{
	struct wanted wanted = {path, part};

	if (!wait_until(DEADLINE_MS, says, &wanted)) {
		_cleanup_free_ char *text = NULL;

		read_file(path, &text, NULL);
		fail_msg("%s: %s\nis not in: %s", path, part, text);
	}
}

/* The file has this text from now on; `part` is then in the file `path` of the mount. */
static void reload(const char *text, const char *path, const char *part)
{
	if (text)
		write_layouts(FILE_PATH, text);
	assert_int_equal(kill(mount.daemon.pid, SIGHUP), 0);
	wait_for(path, part);
}

static const int32_t numbers[4] = {1, 2, 3, 0x44434241};

static const char pair_text[] = "/p* struct pair # two\n"
				"q*     pair_t\n"
				"struct pair { int first, second; union { int third; char c; }; "
				"char text[4]; };\n"
				"typedef struct pair pair_t;\n";

static void test_rules(void **state)
{
	(void)state;
	make_object("p1", numbers, sizeof(numbers));
	make_object("q1", numbers, sizeof(numbers));
	make_object("x", numbers, sizeof(numbers));
	start(pair_text, NULL);
	cat_equals(AT("p1/fields"), "first\t1\nsecond\t2\nthird\t3\nc\t\\x03\ntext\tABCD\n");
	cat_equals(AT("p1/second"), "2\n");
	cat_equals(AT("p1/layout"),
		   "struct pair\nfrom the layouts file " FILE_PATH ", line 1 (64-bit)\n"
		   "0\t4\tint\tfirst\n4\t4\tint\tsecond\n8\t4\tint\tthird\n"
		   "8\t1\tchar\tc\n12\t4\tchar[]\ttext\n");
	cat_contains(AT("q1/layout"),
		     "struct pair\nfrom the layouts file " FILE_PATH ", line 2: pair_t (64-bit)\n");
	cat_contains(AT("x/layout"), "unknown\n");
	cat_contains(AT("p1/json"), "\"fields\":{\"first\":1,\"second\":2,\"third\":3,");
	cat_contains(AT(".pshmfs/about"), "\nlayouts_file\t" FILE_PATH ", read 2");
	cat_contains(AT(".pshmfs/about"), ": 2 rules\ndeclared\tstruct pair, pair_t\n");
	/* What it declares is a name for all that takes one, and what is set goes before it. */
	assert_int_equal(write_file(AT("x/layout"), "pair_t\n"), 0);
	cat_equals(AT("x/first"), "1\n");
	assert_int_equal(write_file(AT("p1/layout"), "sem-musl"), 0);
	cat_contains(AT("p1/layout"), "sem-musl\nfrom this file, written by a user");
	assert_int_equal(write_file(AT("p1/layout"), ""), 0);
	assert_int_equal(write_file(AT("p1/layout"), "\n"), 0);
	cat_contains(AT("p1/layout"), "struct pair\nfrom the layouts file");
	assert_int_equal(write_file(AT("x/layout"), "no_such"), -EINVAL);
	mount_stop(&mount);
}

/* The last line that fits counts; an option goes before all of them. */
static void test_order(void **state)
{
	(void)state;
	make_object("p1", numbers, sizeof(numbers));
	make_object("p2", numbers, sizeof(numbers));
	make_object("p3", numbers, sizeof(numbers));
	start("* a\np[23] b\n/p3 c\nstruct a { int a; };\nstruct b { int b; };\nstruct c { int c; "
	      "};",
	      "layout=/p3*=b");
	cat_contains(AT("p1/layout"), "struct a\nfrom the layouts file " FILE_PATH ", line 1:");
	cat_contains(AT("p2/layout"), "struct b\nfrom the layouts file " FILE_PATH ", line 2:");
	cat_contains(AT("p3/layout"), "struct b\nfrom the mount option layout=p3*=b (64-bit)\n");
	mount_stop(&mount);
}

/* Structs in structs are directories, as those of programs; what is locked is named. */
static void test_folders(void **state)
{
	static unsigned char bytes[3 * 40 + 8];
	_cleanup_free_ char *names = NULL;

	(void)state;
	memcpy(bytes + 40, &(int){7}, 4);
	make_object("t", bytes, sizeof(bytes));
	start("t table\nstruct table { struct { int key; sem_t lock; } slots[3]; long n; };", NULL);
	cat_equals(AT("t/slots/1/key"), "7\n");
	cat_equals(AT("t/slots/1/lock_value"), "0\n");
	names = list_names(AT("t/slots/2"));
	assert_string_equal(names, "key\nlock_nwaiters\nlock_pshared\nlock_value\nlock_waiters\n");
	cat_contains(AT("t/fields"), "slots[1].key\t7\n");
	mount_stop(&mount);
}

static const char list_text[] =
	"/list list\n"
	"struct node {\n"
	"	uint64_t next __relative(struct node);\n"
	"	uint32_t length;\n"
	"	char text[length];\n"
	"};\n"
	"struct list { uint64_t head __relative(struct node); int count; };\n";

/* What is linked by offsets is followed, whatever they lead to. */
static void test_list(void **state)
{
	struct {
		uint64_t head;
		int count;
		struct {
			uint64_t next;
			uint32_t length;
			char text[4];
		} nodes[2];
	} list = {16, 2, {{32, 3, "abc"}, {0, 1, "d"}}};
	_cleanup_close_ int fd = -1;

	(void)state;
	make_object("list", &list, sizeof(list));
	start(list_text, NULL);
	cat_equals(AT("list/head"), "16\n");
	cat_equals(AT("list/head_nodes"),
		   "OFFSET\tNEXT\tLENGTH\tTEXT\n16\t32\t3\tabc\n32\t0\t1\td\n");
	cat_contains(AT("list/json"), "\"head_nodes\":[{\"offset\":16,\"next\":32,\"length\":3,"
				      "\"text\":\"abc\"},{\"offset\":32,");
	cat_contains(AT("list/layout"), "0\t8\tunsigned long\thead\n-\t-\tcomputed\thead_nodes\n");
	fd = open(shm_path("list"), O_WRONLY | O_CLOEXEC);
	list.nodes[1].next = 16;
	assert_int_equal(pwrite(fd, &list, sizeof(list), 0), sizeof(list));
	cat_equals(AT("list/head_nodes"),
		   "OFFSET\tNEXT\tLENGTH\tTEXT\n16\t32\t3\tabc\n32\t16\t1\td\n16\t!ELOOP\n");
	list.nodes[0].length = 1000000;
	list.nodes[0].next = (uint64_t)1 << 62;
	assert_int_equal(pwrite(fd, &list, sizeof(list), 0), sizeof(list));
	cat_equals(AT("list/head_nodes"), "OFFSET\tNEXT\tLENGTH\tTEXT\n"
					  "16\t4611686018427387904\t1000000\t!EBADMSG\n"
					  "4611686018427387904\t!EBADMSG\n");
	mount_stop(&mount);
}

/* A count that lies is an error, and one that is written is looked at. */
static void test_counted(void **state)
{
	struct {
		uint16_t n;
		uint16_t values[3];
	} counted = {2, {10, 20, 30}};

	(void)state;
	make_object("c", &counted, sizeof(counted));
	start("c c\nstruct c { uint16_t n; uint16_t values[n]; };", "write");
	cat_equals(AT("c/values"), "10\n20\n");
	assert_int_equal(write_file(AT("c/n"), "3"), 0);
	cat_equals(AT("c/values"), "10\n20\n30\n");
	assert_int_equal(write_file(AT("c/n"), "4"), -ERANGE);
	counted.n = 4;
	make_object("c", &counted, sizeof(counted));
	cat_fails(AT("c/values"), EBADMSG);
	cat_contains(AT("c/stat"), "health\tn: 4 is not within 0 to 3\n");
	mount_stop(&mount);
}

static void test_reload(void **state)
{
	(void)state;
	make_object("p1", numbers, sizeof(numbers));
	make_object("x", numbers, sizeof(numbers));
	start(pair_text, NULL);
	assert_int_equal(write_file(AT("x/layout"), "pair"), 0);
	cat_equals(AT("p1/second"), "2\n");
	/* Other members: also of what was set by that name. */
	reload("/p* struct pair\nstruct pair { long both; };", AT("p1/fields"),
	       "both\t8589934593\n");
	cat_fails(AT("p1/second"), ENOENT);
	cat_equals(AT("x/both"), "8589934593\n");
	/* What is right applies, and what is wrong is told. */
	reload("/p* struct pair\nstruct broken { foo x; };\nx broken\nstruct pair { short a; };",
	       AT(".pshmfs/about"),
	       "layouts_error\t" FILE_PATH ":2: expected a type, found \"foo\"\n"
	       "layouts_error\t" FILE_PATH
	       ":3: expected a layout without mistakes, found \"broken\"\n");
	cat_equals(AT("p1/fields"), "a\t1\n");
	/* One that is gone has said its last, which stays. */
	assert_int_equal(unlink(FILE_PATH), 0);
	reload(NULL, AT(".pshmfs/about"),
	       "layouts_error\t" FILE_PATH ": No such file or directory\n");
	cat_equals(AT("p1/fields"), "a\t1\n");
	reload("", AT("p1/layout"), "unknown\n");
	cat_contains(AT(".pshmfs/about"), ": 0 rules\n");
	mount_stop(&mount);
}

/* As often as anybody likes. */
static void test_reload_storm(void **state)
{
	(void)state;
	make_object("p1", numbers, sizeof(numbers));
	start(pair_text, NULL);
	for (int i = 0; i < 200; i++) {
		write_layouts(FILE_PATH, i % 2 ? "/p1 a\nstruct a { int a; };"
					       : "/p1 b\nstruct b { int b; };");
		assert_int_equal(kill(mount.daemon.pid, SIGHUP), 0);
		free(list_names(AT("p1")));
	}
	reload(pair_text, AT("p1/fields"), "second\t2\n");
	mount_stop(&mount);
}

/* pshmfs -f -o OPTIONS: what it says before it is ended. */
static void complains(const char *options, const char *wanted)
{
	struct child child;
	struct result result;
	const char *point = SANDBOX_WORK "/point";
	const char *const argv[] = {pshmfs_path(), "-f", "-o", options, point, NULL};

	mkdir(point, 0755);
	child_start(&child, argv, NULL);
	wait_for(SANDBOX_WORK "/point/.pshmfs/about", "layouts_error\t");
	assert_int_equal(kill(child.pid, SIGTERM), 0);
	child_finish(&child, &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, wanted);
	result_deinit(&result);
}

static void test_complaints(void **state)
{
	(void)state;
	write_layouts(FILE_PATH, "a sem\nb nonsense\nstruct s {\n\tint x\n};\n");
	complains("layouts=" FILE_PATH,
		  "pshmfs: " FILE_PATH ":5: expected \";\", found \"}\"\n"
		  "pshmfs: " FILE_PATH ":2: expected a layout, found \"nonsense\"\n");
}

/* The default file: read where it is, and no harm where it is not. */
static void test_default(void **state)
{
	_cleanup_free_ char *folder = strdup(pathf("%s/pshmfs", getenv("XDG_CONFIG_HOME")));
	_cleanup_free_ char *path = strdup(pathf("%s/layouts", folder));

	(void)state;
	make_object("p1", numbers, sizeof(numbers));
	mount_start(&mount, NULL, NULL);
	cat_contains(AT("p1/layout"), "unknown\n");
	assert_int_equal(mkdir(getenv("XDG_CONFIG_HOME"), 0755), 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	write_layouts(path, pair_text);
	reload(NULL, AT("p1/layout"), pathf("struct pair\nfrom the layouts file %s, line 1", path));
	assert_int_equal(unlink(path), 0);
	reload(NULL, AT("p1/layout"), "unknown\n");
	mount_stop(&mount);
	/* It need not be readable, nor a file. */
	assert_int_equal(mkdir(path, 0755), 0);
	complains("strict", pathf("pshmfs: %s: Is a directory\n", path));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_rules),        SANDBOXED(test_order),      SANDBOXED(test_folders),
		SANDBOXED(test_list),         SANDBOXED(test_counted),    SANDBOXED(test_reload),
		SANDBOXED(test_reload_storm), SANDBOXED(test_complaints), SANDBOXED(test_default),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
