/* SPDX-License-Identifier: MIT */
/* pshm_ls: what it says of objects, in each of its forms; test-progs-ls-people: of processes. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/json.h"
#include "tests/progs.h"
#include "tests/support.h"

static void put_some(void)
{
	put_seqnum("count", 41);
	put_sem("jobs", 3);
	put_xfr("pshm_xfr", 0, 1, 5, "hello");
	make_object("empty", "", 0);
}

static void test_table(void **state)
{
	(void)state;
	expect_run(0, "", "", "pshm_ls");
	put_some();
	expect_run(0,
		   "NAME     SIZE LAYOUT  VALUE             HOLDERS WAITERS VERDICT\n"
		   "count      40 seqnum  41                      0       0 ok\n"
		   "empty       0 unknown -                       0       0 ok\n"
		   "pshm_xfr 1096 xfr     cnt=5,turn=reader       0       0 ok\n"
		   "sem.jobs   32 sem     3                       0       0 ok\n",
		   "", "pshm_ls");
	expect_run(0,
		   "NAME SIZE LAYOUT VALUE HOLDERS WAITERS VERDICT\n"
		   "count 40 seqnum 41 0 0 ok\n"
		   "empty 0 unknown - 0 0 ok\n"
		   "pshm_xfr 1096 xfr cnt=5,turn=reader 0 0 ok\n"
		   "sem.jobs 32 sem 3 0 0 ok\n",
		   "", "pshm_ls", "--raw");
	expect_run(0, "count 40 seqnum 41 0 0 ok\n", "", "pshm_ls", "-r", "--noheadings", "count");
	expect_run(0, "41\n-\n", "", "pshm_ls", "--noheadings", "-oVALUE", "count", "empty");
}

/* Each layout, of each ABI; what cannot be shown is an error, never a number. */
static void test_values(void **state)
{
	static const unsigned char ones[40] = {[0 ... 39] = 0xff};

	(void)state;
	put_seqnum32("a", -7);
	put_xfr32("b", 1, 0, 0, "");
	put_sem32("c", 9);
	expect_run(0, "", "", "pshm_linkedlist", "d", "one", "two");
	make_object("sem.e", ones, 32);
	make_object("sem.f", ones, 3);
	make_object("g", ones, 40);
	put_seqnum("h", 1);
	assert_int_equal(chmod(shm_path("h"), 0), 0);
	expect_run(0,
		   "a seqnum -7\nb xfr cnt=0,turn=writer\nd linkedlist 2\ng unknown -\nh seqnum 1\n"
		   "sem.c sem 9\nsem.e unknown !EBADMSG\nsem.f unknown !EBADMSG\n",
		   "", "pshm_ls", "-r", "--noheadings", "-o", "NAME,LAYOUT,VALUE");
}

static void test_columns(void **state)
{
	(void)state;
	put_seqnum("count", 41);
	assert_int_equal(chown(shm_path("count"), 0, 0), 0);
	expect_run(0, "NAME SIZE\ncount 40\n", "", "pshm_ls", "-r", "-o", "name,Size");
	expect_run(0, pathf("MODE BLOCKS INODE\n 644      8 %5lu\n", shm_ino("count")), "",
		   "pshm_ls", "-oMODE,BLOCKS,INODE");
	expect_run(0,
		   "NAME SIZE LAYOUT VALUE HOLDERS WAITERS VERDICT OWNER NAME\ncount 40 seqnum 41 "
		   "0 0 ok root "
		   "count\n",
		   "", "pshm_ls", "-r", "--output=+OWNER,NAME");
	expect_run(0, "PIDS COMMANDS WAITING WAITED\n- - - -\n", "", "pshm_ls", "-r", "-o",
		   "PIDS,COMMANDS,WAITING,WAITED");
	expect_run(2, "", "pshm_ls: \"\": no such column; --help has a list of them\n", "pshm_ls",
		   "-o", "");
	expect_run(2, "", "\"\": no such column", "pshm_ls", "-o", "NAME,");
	expect_run(2, "", "\"\": no such column", "pshm_ls", "-o", "+");
	expect_run(2, "", "\"NAMES\": no such column", "pshm_ls", "-o", "SIZE,NAMES,MODE");
	expect_run(2, "", "\"NAM\": no such column", "pshm_ls", "-o", "NAM");
	expect_run(2, "", "--json or --raw", "pshm_ls", "-Jr");
}

static void test_names(void **state)
{
	(void)state;
	put_some();
	put_sem("empty", 1);
	expect_run(0, "count\n", "", "pshm_ls", "--noheadings", "-oNAME", "/count");
	/* As sem_open(3) has it, too; but an object of just that name comes first. */
	expect_run(0, "sem.jobs\n", "", "pshm_ls", "-oNAME", "--noheadings", "/jobs");
	expect_run(0, "sem.jobs\n", "", "pshm_ls", "-oNAME", "--noheadings", "sem.jobs");
	expect_run(0, "empty\n", "", "pshm_ls", "-oNAME", "--noheadings", "empty");
	/* In any order, in both ways, options behind them; sorted. */
	expect_run(0, "count\npshm_xfr\nsem.jobs\n", "", "pshm_ls", "pshm_xfr", "-n", "/jobs",
		   "--noheadings", "--name=count", "-oNAME");
	make_object("-n", "", 0);
	expect_run(0, "-n\n", "", "pshm_ls", "--noheadings", "-oNAME", "--", "-n");
	expect_run(2, "", "a name has no slash", "pshm_ls", "a/b");
	expect_run(2, "", "that is a folder", "pshm_ls", "-n", "..");
	expect_run(2, "", "the name is empty", "pshm_ls", "count", "");
}

/* What there is not is told, and all the others are listed. */
static void test_missing(void **state)
{
	struct actor odd;

	(void)state;
	put_some();
	expect_run(1, "count 41\n", "pshm_ls: /none: No such file or directory\n", "pshm_ls", "-r",
		   "--noheadings", "-oNAME,VALUE", "/none", "count");
	expect_run(1, "", "pshm_ls: none: No such", "pshm_ls", "-n", "none");
	expect_run(1, "", "pshm_ls: /none: No such file or directory\n", "pshm_ls", "--shm",
		   "/none");
	expect_run(1, "", "pshm_ls: /dev/null: Not a directory\n", "pshm_ls", "--shm", "/dev/null");
	actor_start(&odd, "odd");
	expect_run(1, "", "pshm_ls: odd.fifo: Not a shared memory object (no regular file)\n",
		   "pshm_ls", "odd.fifo");
	expect_run(1, "", "odd.mount: Not a shared", "pshm_ls", "odd.mount");
	actor_stop(&odd);
}

/* What is no object is said to be what it is; nothing is opened, followed or entered. */
static void test_odd(void **state)
{
	_cleanup_free_ char *names = NULL;
	struct actor odd;

	(void)state;
	actor_start(&odd, "odd");
	unlink(shm_path("odd.device"));
	expect_run(0,
		   "odd.dangling - symlink - - - - -\nodd.dir - directory - - - - -\n"
		   "odd.fifo - FIFO - - - - -\nodd.link - symlink - - - - -\nodd.mount - mount - - "
		   "- - -\n"
		   "odd.socket - socket - - - - -\n",
		   "", "pshm_ls", "-r", "--noheadings", "-o", "+PIDS");
	actor_stop(&odd);
	names = list_names("/dev/shm");
	assert_string_equal(names, "");
}

static const struct {
	const char *name, *escaped, *raw;
} hostile[] = {
	{"\001\002\033[2J", "\\x01\\x02\\x1b[2J", "\\x01\\x02\\x1b[2J"},
	{" a  b ", " a  b ", "\\x20a\\x20\\x20b\\x20"},
	{"\\x41\\n", "\\\\x41\\\\n", "\\\\x41\\\\n"},
	{"\302\233m", "\\xc2\\x9bm", "\\xc2\\x9bm"},
	{"caf\303\251\344\270\255", "caf\303\251\344\270\255", "caf\303\251\344\270\255"},
	{"line\nbreak\ttab", "line\\nbreak\\ttab", "line\\nbreak\\ttab"},
	{"\"quotes'$(x)`%s", "\"quotes'$(x)`%s", "\"quotes'$(x)`%s"},
	{"\377\376", "\\xff\\xfe", "\\xff\\xfe"},
};
enum { N_HOSTILE = sizeof(hostile) / sizeof(hostile[0]) };

/* One line and one word each, escaped once, in every locale. */
static void test_hostile_names(void **state)
{
	static const char *const locales[] = {"C", "C.UTF-8", "POSIX", "nonsense"};

	(void)state;
	for (int i = 0; i < N_HOSTILE; i++) {
		make_object(hostile[i].name, "", 0);
		for (int k = 0; k < 4; k++) {
			setenv("LC_ALL", locales[k], 1);
			expect_run(0, pathf("%s\n", hostile[i].escaped), "", "pshm_ls",
				   "--noheadings", "-oNAME", "--", hostile[i].name);
			expect_run(0, pathf("SIZE NAME\n   0 %s\n", hostile[i].escaped), "",
				   "pshm_ls", "-oSIZE,NAME", hostile[i].name);
			expect_run(0, pathf("%s 0\n", hostile[i].raw), "", "pshm_ls",
				   "--noheadings", "-roNAME,SIZE", hostile[i].name);
		}
		assert_int_equal(unlink(shm_path(hostile[i].name)), 0);
	}
	setenv("LC_ALL", "C", 1);
}

/* A wide character takes two columns, whatever the locale says. */
static void test_width(void **state)
{
	(void)state;
	make_object("\344\270\255", "", 0);
	make_object("abcd", "", 0);
	expect_run(0, "NAME SIZE\nabcd    0\n\344\270\255      0\n", "", "pshm_ls", "-oNAME,SIZE");
}

/* What is written to a terminal: long cells are cut, so that the others can be read. */
static void on_terminal(const char *columns, char *ret, size_t size)
{
	_cleanup_close_ int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct result result;
	ssize_t n;

	assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
	run(&result, "sh", "-c", "exec \"$0\" -o \"$1\" --noheadings > \"$2\"", program("pshm_ls"),
	    columns, ptsname(terminal));
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	result_deinit(&result);
	n = read(terminal, ret, size - 1);
	assert_true(n > 0);
	ret[n] = '\0';
}

static void test_terminal(void **state)
{
	char name[201] = "", text[1000], wanted[1000];

	(void)state;
	memset(name, 'x', 200);
	memcpy(name + 36, "\303\251\033", 3);
	make_object(name, NULL, 12345);
	on_terminal("NAME,SIZE", text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%.38s… 12345\r\n", name);
	assert_string_equal(text, wanted);
	/* The last one moves nobody. */
	on_terminal("SIZE,NAME", text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "12345 %.38s\\x1b%s\r\n", name, name + 39);
	assert_string_equal(text, wanted);
	/* In a pipe nothing is cut. */
	expect_run(0, pathf("%.38s\\x1b%s 12345\n", name, name + 39), "", "pshm_ls", "-r",
		   "--noheadings", "-oNAME,SIZE");
}

/* The object in it that has this name; the test fails where there is none. */
static struct json_object *find_object(struct json_object *objects, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(objects); i++) {
		struct json_object *object = json_object_array_get_idx(objects, i), *value;

		assert_true(json_object_object_get_ex(object, "name", &value));
		if (strcmp(json_object_get_string(value), name) == 0)
			return object;
	}
	fail_msg("no object \"%s\" in JSON", name);
	return NULL;
}

static void json_is(struct json_object *objects, const char *name, const char *wanted)
{
	assert_string_equal(
		json_object_to_json_string_ext(find_object(objects, name), JSON_C_TO_STRING_PLAIN),
		wanted);
}

static void test_json(void **state)
{
	_cleanup_json_ struct json_object *top = NULL;
	struct json_object *objects, *unseen;
	struct actor odd;
	struct result result;

	(void)state;
	put_some();
	make_object("sem.bad", "x", 1);
	actor_start(&odd, "odd");
	run(&result, program("pshm_ls"), "-J", "-oNAME,SIZE,VALUE,MODE,HOLDERS,PIDS,LAYOUT");
	actor_stop(&odd);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.err, "");
	top = json_tokener_parse(result.out);
	assert_non_null(top);
	assert_true(json_object_object_get_ex(top, "objects", &objects));
	assert_true(json_object_object_get_ex(top, "unseen", &unseen));
	assert_string_equal(json_object_to_json_string_ext(unseen, JSON_C_TO_STRING_PLAIN),
			    "{\"denied\":[],\"unfinished\":0,\"hidden\":false}");
	json_is(objects, "count",
		"{\"name\":\"count\",\"size\":40,\"value\":41,\"mode\":\"644\",\"holders\":0,"
		"\"pids\":[],\"layout\":\"seqnum\"}");
	json_is(objects, "pshm_xfr",
		"{\"name\":\"pshm_xfr\",\"size\":1096,\"value\":{\"cnt\":5,\"turn\":\"reader\"},"
		"\"mode\":\"644\",\"holders\":0,\"pids\":[],\"layout\":\"xfr\"}");
	json_is(objects, "sem.bad",
		"{\"name\":\"sem.bad\",\"size\":1,\"value\":\"!EBADMSG\",\"mode\":\"644\","
		"\"holders\":0,\"pids\":[],\"layout\":\"unknown\"}");
	json_is(objects, "odd.mount",
		"{\"name\":\"odd.mount\",\"size\":null,\"value\":null,\"mode\":null,\"holders\":"
		"null,"
		"\"pids\":null,\"layout\":\"mount\"}");
	result_deinit(&result);
}

/* Names of any bytes are the very names again; always one line without control bytes. */
static void test_json_names(void **state)
{
	static const char script[] =
		"import base64, json, os, subprocess, sys\n"
		"out = subprocess.run([sys.argv[1], '-J', '-oNAME'], stdout=-1, "
		"check=True).stdout\n"
		"assert out.count(b'\\n') == 1 and not any(c < 32 or c == 127 for c in out[:-1]), "
		"out\n"
		"assert b'\\xc2\\x9b' not in out, out\n"
		"top = json.loads(out.decode())\n"
		"assert list(top) == ['objects'], top\n"
		"names = [o['name'] for o in top['objects']]\n"
		"names = [n.encode() if isinstance(n, str) else base64.b64decode(n['base64'])\n"
		"         for n in names]\n"
		"assert names == sorted(os.listdir(b'/dev/shm')), names\n"
		"print(len(names))\n";

	(void)state;
	for (int i = 0; i < N_HOSTILE; i++)
		make_object(hostile[i].name, "", 0);
	expect_run(0, pathf("%d\n", N_HOSTILE), "", "python3", "-c", script, program("pshm_ls"));
	for (int i = 0; i < N_HOSTILE; i++)
		assert_int_equal(unlink(shm_path(hostile[i].name)), 0);
	expect_run(0, "{\"objects\":[]}\n", "", "pshm_ls", "-J", "-oNAME");
}

/* A copy of objects in any folder, where no process is asked about what it needs not be. */
static void test_folder(void **state)
{
	(void)state;
	put_some();
	expect_run(0, "", "", "cp", "-r", "/dev/shm", SANDBOX_WORK "/copy");
	expect_run(0,
		   "NAME     VALUE             HOLDERS\ncount    41                      0\n"
		   "empty    -                       0\npshm_xfr cnt=5,turn=reader       0\n"
		   "sem.jobs 3                       0\n",
		   "", "pshm_ls", "--shm", SANDBOX_WORK "/copy", "-oNAME,VALUE,HOLDERS");
	expect_run(1, "", "/copy: only a part of its filesystem: what has no name cannot be told\n",
		   "pshm_ls", "--unlinked", "--shm=" SANDBOX_WORK "/copy");
}

static void test_age(void **state)
{
	_cleanup_json_ struct json_object *top = NULL;
	struct json_object *objects, *age;
	struct result result;

	(void)state;
	put_seqnum("count", 1);
	run(&result, program("pshm_ls"), "-J", "-oNAME,AGE");
	top = json_tokener_parse(result.out);
	assert_true(json_object_object_get_ex(top, "objects", &objects));
	age = json_object_object_get(find_object(objects, "count"), "age");
	assert_true(json_object_is_type(age, json_type_double));
	assert_true(json_object_get_double(age) >= 0 && json_object_get_double(age) < 60);
	result_deinit(&result);
	run(&result, program("pshm_ls"), "--noheadings", "-oAGE");
	assert_non_null(strstr(result.out, "s\n"));
	result_deinit(&result);
}

/* Each column that --help shows has an entry in the man page. */
static void test_manual(void **state)
{
	struct result result;
	char column[24], end;
	int n = 0;

	(void)state;
	run(&result, program("pshm_ls"), "--help");
	for (char *at = strstr(result.out, "Columns after -o:"); at; at = strchr(at + 1, '\n')) {
		if (sscanf(at, "\n  %23[A-Z]%c", column, &end) != 2 || end != ' ')
			continue;
		cat_contains(pathf("%s/pshm_ls.1", getenv("PSHM_DOCS")),
			     pathf("\n.TP\n.B %s\n", column));
		n++;
	}
	assert_true(n > 10);
	result_deinit(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_table),         SANDBOXED(test_values),     SANDBOXED(test_columns),
		SANDBOXED(test_names),         SANDBOXED(test_missing),    SANDBOXED(test_odd),
		SANDBOXED(test_hostile_names), SANDBOXED(test_width),      SANDBOXED(test_terminal),
		SANDBOXED(test_json),          SANDBOXED(test_json_names), SANDBOXED(test_folder),
		SANDBOXED(test_age),           SANDBOXED(test_manual),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
