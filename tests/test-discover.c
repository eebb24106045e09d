/* SPDX-License-Identifier: MIT */
/* Which struct an object is, by the debug information of live processes that have it mapped. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/discovered.h"
#include "tests/support.h"

#define WORK SANDBOX_WORK "/"

#define BY_SIZE "the one struct of pid "
#define EXACT ", size 136 = object size"

/* Of compilers that leave out less than all, each of them tells. */
static const struct {
	const char *name, *layout, *evidence;
	bool optimized_away; /* some compilers leave no trace of the variable */
} situations[] = {
	{"local", "struct shared", "variable shmp in local() of pid ", false},
	{"parameter", "struct shared", "parameter given in wait_in() of pid ", false},
	{"global", "struct shared", "variable global_memory of pid ", false},
	{"file", "struct shared", "variable file_memory of pid ", false},
	{"function", "struct shared", "variable kept in of_function() of pid ", false},
	{"heap", "struct shared", "->memory", true},
	{"inner", "struct shared", "variable context.inner.memory of pid ", true},
	{"thread", "struct shared", "variable mine in thread_of() of pid ", false},
	{"inlined", "struct shared", "parameter inlined in wait_inlined() of pid ", false},
	{"untyped", "struct shared", BY_SIZE, false},
	{"header", "struct shared", BY_SIZE, false},
	{"built-in", "seqnum", "variable counter in built_in() of pid ", false},
	{"semaphore", "sem", "variable only in semaphore() of pid ", false},
	{"smaller", "struct shared", ", size 136 of 4096", false},
};

static void one_build(const char *path, bool gcc)
{
	for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++) {
		struct child child;

		discovered_begin(&child, path, situations[i].name);
		discovered_is(situations[i].layout, situations[i].optimized_away && !gcc
							    ? "pid "
							    : situations[i].evidence);
		discovered_end(&child);
	}
}

static void test_builds(void **state)
{
	_cleanup_closedir_ DIR *dir = opendir(getenv("PSHM_PLAIN"));
	size_t builds = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		_cleanup_free_ char *path = NULL;

		if (strncmp(entry->d_name, "discover-c-", 11) != 0)
			continue;
		assert_true(asprintf(&path, "%s/%s", getenv("PSHM_PLAIN"), entry->d_name) > 0);
		one_build(path, strstr(entry->d_name, "gcc"));
		builds++;
	}
	assert_true(builds >= 4);
}

static void test_cpp(void **state)
{
	struct child child;

	(void)state;
	discovered_begin(&child, discovered_program("cpp"), "this");
	discovered_is("ipc::v1::Channel", "parameter this->channel_ in wait() of pid ");
	discovered_end(&child);
	discovered_begin(&child, discovered_program("cpp"), "vector");
	discovered_is("ipc::v1::Channel",
		      "variable channels._M_impl._M_start in wait_vector() of pid ");
	discovered_end(&child);
	discovered_begin(&child, discovered_program("cpp"), "unique");
	discovered_is("ipc::v1::Channel", "->channel_");
	discovered_end(&child);
}

/* Where there is a compiler for it. */
static void test_rust(void **state)
{
	static const char *const builds[] = {"rs", "rs-release"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct child child;
		const char *const argv[] = {discovered_program(builds[i]), "/d", NULL};

		if (access(argv[0], X_OK) < 0)
			continue;
		child_start(&child, argv, &(const struct child_setup){.out = STREAM_PIPE});
		discovered_ready(&child, true);
		discovered_is("discover_rs::shm::Queue", "size");
		discovered_end(&child);
	}
}

static void copy_program(const char *from, const char *to)
{
	struct result result;

	run(&result, "cp", from, to);
	assert_int_equal(result.status, 0);
	result_deinit(&result);
}

/* The file that the process runs is asked, not what its name leads to now. */
static void test_replaced(void **state)
{
	struct child child;

	(void)state;
	copy_program(discovered_program("c-gcc-O0"), WORK "prog");
	discovered_begin(&child, WORK "prog", "local");
	discovered_is("struct shared", EXACT);
	assert_int_equal(unlink(WORK "prog"), 0);
	discovered_is("struct shared", WORK "prog (deleted)" EXACT);
	copy_program(discovered_program("cpp"), WORK "prog");
	discovered_is("struct shared", WORK "prog (deleted)" EXACT);
	discovered_end(&child);
}

/* Its names are those of another mount namespace. */
static void test_namespace(void **state)
{
	struct child child;
	const char *const argv[] = {"unshare",
				    "-m",
				    "sh",
				    "-c",
				    "mount -t tmpfs t " WORK "ns && cp \"$0\" " WORK
				    "ns/prog && exec " WORK "ns/prog local /d",
				    discovered_program("c-gcc-O0"),
				    NULL};

	(void)state;
	assert_int_equal(mkdir(WORK "ns", 0755), 0);
	child_start(&child, argv, &(const struct child_setup){.out = STREAM_PIPE});
	discovered_ready(&child, true);
	assert_int_equal(access(WORK "ns/prog", F_OK), -1);
	discovered_is("struct shared", "variable shmp in local() of pid ");
	discovered_end(&child);
}

static void test_stripped(void **state)
{
	struct child child;
	struct result result;

	(void)state;
	copy_program(discovered_program("c-gcc-O0"), WORK "stripped");
	run(&result, "strip", WORK "stripped");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	discovered_begin(&child, WORK "stripped", "local");
	discovered_nothing("no program that has it mapped has debug information (cc -g)");
	discovered_end(&child);
}

/* What was taken out of it lies beside it, as packages of debug information have it. */
static void test_separate(void **state)
{
	struct child child;
	struct result result;

	(void)state;
	copy_program(discovered_program("c-gcc-O0"), WORK "taken");
	run(&result, "sh", "-c",
	    "cd " WORK " && objcopy --only-keep-debug taken taken.debug && strip taken && "
	    "objcopy --add-gnu-debuglink=taken.debug taken");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	discovered_begin(&child, WORK "taken", "local");
	discovered_is("struct shared", "variable shmp in local() of pid ");
	assert_int_equal(unlink(WORK "taken.debug"), 0);
	discovered_nothing("no program that has it mapped has debug information (cc -g)");
	discovered_end(&child);
}

/* The better evidence counts; the other program is named. */
static void test_disagree(void **state)
{
	struct child sure, other;

	(void)state;
	discovered_begin(&other, discovered_program("other"), "untyped");
	discovered_is("struct other", BY_SIZE);
	discovered_begin(&sure, discovered_program("c-gcc-O0"), "parameter");
	discovered_is("struct shared", "parameter given in wait_in() of pid ");
	discovered_is("struct shared", "; but struct other by " BY_SIZE);
	child_kill(&sure);
	discovered_end(&other);
}

/* Two of one program say the same, once. */
static void test_same_program(void **state)
{
	struct child one, two;
	struct discoverer *discoverer;
	struct discovery discovery;

	(void)state;
	discovered_begin(&one, discovered_program("c-gcc-O0"), "untyped");
	discovered_begin(&two, discovered_program("c-gcc-O0"), "local");
	assert_int_equal(discoverer_create(&discoverer), 0);
	discovered_ask(discoverer, &discovery);
	discoverer_destroy(discoverer);
	assert_string_equal(discovery.layout->name, "struct shared");
	assert_non_null(strstr(discovery.evidence, "variable shmp in local() of pid "));
	assert_null(strstr(discovery.evidence, "; but"));
	assert_true(discovery.certain);
	free(discovery.evidence);
	child_kill(&one);
	discovered_end(&two);
}

/* Whoever may not be looked at tells nothing, and that is no error. */
static int ask_as_stranger(void *data)
{
	(void)data;
	discovered_nothing("");
	return 0;
}

static void test_denied(void **state)
{
	struct child child;

	(void)state;
	discovered_begin(&child, discovered_program("c-gcc-O0"), "local");
	assert_int_equal(chmod(shm_path("d"), 0644), 0);
	assert_int_equal(as_user(1000, ask_as_stranger, NULL), 0);
	discovered_end(&child);
}

/* No call of the process is interrupted, however often it is asked. */
static void test_not_interrupted(void **state)
{
	struct discoverer *discoverer;
	struct child child;
	_cleanup_free_ char *line = NULL;
	int found = 0;

	(void)state;
	discovered_begin(&child, discovered_program("c-gcc-O0"), "calls");
	assert_int_equal(discoverer_create(&discoverer), 0);
	for (int i = 0; i < 1000; i++) {
		struct discovery discovery;

		discovered_ask(discoverer, &discovery);
		found += discovery.layout != NULL;
		free(discovery.evidence);
	}
	/* A machine that stands still for seconds is no reason to fail. */
	assert_in_range(found, 990, 1000);
	discoverer_destroy(discoverer);
	assert_int_equal(write(child.in, "\n", 1), 1);
	line = child_line(child.out);
	assert_string_equal(line, "interrupted 0");
	discovered_end(&child);
}

/* A hole of the object stays one: its memory is not read through the process. */
static void test_no_page(void **state)
{
	struct child child;
	struct stat before, after;

	(void)state;
	discovered_begin(&child, discovered_program("c-gcc-O0"), "smaller");
	assert_int_equal(truncate(shm_path("d"), 1 << 20), 0);
	assert_int_equal(stat(shm_path("d"), &before), 0);
	discovered_is("struct shared", ", size 136 of 1048576");
	assert_int_equal(stat(shm_path("d"), &after), 0);
	assert_int_equal(before.st_blocks, after.st_blocks);
	discovered_end(&child);
}

/* What nobody has mapped is nobody's. */
static void test_nobody(void **state)
{
	(void)state;
	make_object("d", NULL, 136);
	discovered_nothing("");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_builds),
		SANDBOXED(test_cpp),
		SANDBOXED(test_rust),
		SANDBOXED(test_replaced),
		SANDBOXED(test_namespace),
		SANDBOXED(test_stripped),
		SANDBOXED(test_separate),
		SANDBOXED(test_disagree),
		SANDBOXED(test_same_program),
		SANDBOXED(test_denied),
		SANDBOXED(test_not_interrupted),
		SANDBOXED(test_no_page),
		SANDBOXED(test_nobody),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
