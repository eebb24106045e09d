/* SPDX-License-Identifier: MIT */
/* Which struct an object is, by the debug information of live processes that have it mapped. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/discover.h"
#include "core/layouts.h"
#include "tests/support.h"

#define WORK SANDBOX_WORK "/"

static const char *built(const char *name)
{
	return pathf("%s/discover-%s", getenv("PSHM_PLAIN"), name);
}

/* Wait for its line, and where it is to sleep in the object, until it does. */
static void until_ready(struct child *child, bool asleep)
{
	_cleanup_free_ char *line = child_line(child->out);
	const uint64_t ino = shm_ino("d");
	const uint64_t deadline = clock_ns() + UINT64_C(10000000000);
	bool seen = !asleep;

	assert_non_null(line);
	assert_string_equal(line, "ready");
	while (!seen) {
		struct snapshot snapshot;

		look(NULL, &snapshot);
		for (size_t i = 0; i < snapshot.n_waiters; i++)
			seen = seen || snapshot.waiters[i].ino == ino;
		snapshot_deinit(&snapshot);
		assert_true(clock_ns() < deadline);
	}
}

static void begin_in(struct child *ret, const char *folder, const char *path, const char *situation)
{
	const char *const argv[] = {path, situation, "/d", NULL};

	child_start(ret, argv,
		    &(const struct child_setup){
			    .in = STREAM_PIPE, .out = STREAM_PIPE, .folder = folder});
	until_ready(ret, strcmp(situation, "calls") != 0);
}

static void begin(struct child *ret, const char *path, const char *situation)
{
	begin_in(ret, NULL, path, situation);
}

/* Those who have /d mapped are asked; the caller frees ret->evidence. */
static void ask(struct discoverer *discoverer, struct discovery *ret)
{
	struct snapshot_question question = question_open();
	struct snapshot snapshot;
	struct object object;

	assert_int_equal(object_open(shm_folder(), "d", &object), 0);
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
	assert_int_equal(discover(discoverer, question.procfd, &snapshot, &object, ret), 0);
	snapshot_deinit(&snapshot);
	object_close(&object);
	question_close(&question);
}

static void ask_once(struct discovery *ret)
{
	struct discoverer *discoverer;

	assert_int_equal(discoverer_create(&discoverer), 0);
	ask(discoverer, ret);
	discoverer_destroy(discoverer);
}

/* It is found to be this; `part` is in the evidence. */
static void finds(const char *layout, const char *part)
{
	struct discovery discovery;

	ask_once(&discovery);
	if (!discovery.layout || strcmp(discovery.layout->name, layout) != 0 ||
	    !strstr(discovery.evidence, part))
		fail_msg("wanted %s, %s; is %s, %s", layout, part,
			 discovery.layout ? discovery.layout->name : "nothing",
			 discovery.evidence ? discovery.evidence : "");
	free(discovery.evidence);
}

static void finds_nothing(const char *why)
{
	struct discovery discovery;

	ask_once(&discovery);
	assert_null(discovery.layout);
	assert_string_equal(discovery.evidence ? discovery.evidence : "", why);
	assert_false(discovery.certain);
	assert_false(discovery.again);
	free(discovery.evidence);
}

static void end(struct child *child)
{
	child_kill(child);
	unlink(shm_path("d"));
}

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

		begin(&child, path, situations[i].name);
		finds(situations[i].layout,
		      situations[i].optimized_away && !gcc ? "pid " : situations[i].evidence);
		end(&child);
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
	begin(&child, built("cpp"), "this");
	finds("ipc::v1::Channel", "parameter this->channel_ in wait() of pid ");
	end(&child);
	begin(&child, built("cpp"), "vector");
	finds("ipc::v1::Channel", "variable channels._M_impl._M_start in wait_vector() of pid ");
	end(&child);
	begin(&child, built("cpp"), "unique");
	finds("ipc::v1::Channel", "->channel_");
	end(&child);
}

/* Where there is a compiler for it. */
static void test_rust(void **state)
{
	static const char *const builds[] = {"rs", "rs-release"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct child child;
		const char *const argv[] = {built(builds[i]), "/d", NULL};

		if (access(argv[0], X_OK) < 0)
			continue;
		child_start(&child, argv, &(const struct child_setup){.out = STREAM_PIPE});
		until_ready(&child, true);
		finds("discover_rs::shm::Queue", "size");
		end(&child);
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
	copy_program(built("c-gcc-O0"), WORK "prog");
	begin(&child, WORK "prog", "local");
	finds("struct shared", EXACT);
	assert_int_equal(unlink(WORK "prog"), 0);
	finds("struct shared", WORK "prog (deleted)" EXACT);
	copy_program(built("cpp"), WORK "prog");
	finds("struct shared", WORK "prog (deleted)" EXACT);
	end(&child);
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
				    built("c-gcc-O0"),
				    NULL};

	(void)state;
	assert_int_equal(mkdir(WORK "ns", 0755), 0);
	child_start(&child, argv, &(const struct child_setup){.out = STREAM_PIPE});
	until_ready(&child, true);
	assert_int_equal(access(WORK "ns/prog", F_OK), -1);
	finds("struct shared", "variable shmp in local() of pid ");
	end(&child);
}

static void test_stripped(void **state)
{
	struct child child;
	struct result result;

	(void)state;
	copy_program(built("c-gcc-O0"), WORK "stripped");
	run(&result, "strip", WORK "stripped");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	begin(&child, WORK "stripped", "local");
	finds_nothing("no program that has it mapped has debug information (cc -g)");
	end(&child);
}

/* The better evidence counts; the other program is named. */
static void test_disagree(void **state)
{
	struct child sure, other;

	(void)state;
	begin(&other, built("other"), "untyped");
	finds("struct other", BY_SIZE);
	begin(&sure, built("c-gcc-O0"), "parameter");
	finds("struct shared", "parameter given in wait_in() of pid ");
	finds("struct shared", "; but struct other by " BY_SIZE);
	child_kill(&sure);
	end(&other);
}

/* Two of one program say the same, once. */
static void test_same_program(void **state)
{
	struct child one, two;
	struct discovery discovery;

	(void)state;
	begin(&one, built("c-gcc-O0"), "untyped");
	begin(&two, built("c-gcc-O0"), "local");
	ask_once(&discovery);
	assert_string_equal(discovery.layout->name, "struct shared");
	assert_non_null(strstr(discovery.evidence, "variable shmp in local() of pid "));
	assert_null(strstr(discovery.evidence, "; but"));
	assert_true(discovery.certain);
	free(discovery.evidence);
	child_kill(&one);
	end(&two);
}

/* Whoever may not be looked at tells nothing, and that is no error. */
static int ask_as_stranger(void *data)
{
	(void)data;
	finds_nothing("");
	return 0;
}

static void test_denied(void **state)
{
	struct child child;

	(void)state;
	begin(&child, built("c-gcc-O0"), "local");
	assert_int_equal(chmod(shm_path("d"), 0644), 0);
	assert_int_equal(as_user(1000, ask_as_stranger, NULL), 0);
	end(&child);
}

/* No call of the process is interrupted, however often it is asked. */
static void test_not_interrupted(void **state)
{
	struct discoverer *discoverer;
	struct child child;
	_cleanup_free_ char *line = NULL;

	(void)state;
	begin(&child, built("c-gcc-O0"), "calls");
	assert_int_equal(discoverer_create(&discoverer), 0);
	for (int i = 0; i < 1000; i++) {
		struct discovery discovery;

		ask(discoverer, &discovery);
		assert_non_null(discovery.layout);
		free(discovery.evidence);
	}
	discoverer_destroy(discoverer);
	assert_int_equal(write(child.in, "\n", 1), 1);
	line = child_line(child.out);
	assert_string_equal(line, "interrupted 0");
	end(&child);
}

/* A hole of the object stays one: its memory is not read through the process. */
static void test_no_page(void **state)
{
	struct child child;
	struct stat before, after;

	(void)state;
	begin(&child, built("c-gcc-O0"), "smaller");
	assert_int_equal(truncate(shm_path("d"), 1 << 20), 0);
	assert_int_equal(stat(shm_path("d"), &before), 0);
	finds("struct shared", ", size 136 of 1048576");
	assert_int_equal(stat(shm_path("d"), &after), 0);
	assert_int_equal(before.st_blocks, after.st_blocks);
	end(&child);
}

/* What nobody has mapped is nobody's. */
static void test_nobody(void **state)
{
	(void)state;
	make_object("d", NULL, 136);
	finds_nothing("");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_builds),    SANDBOXED(test_cpp),
		SANDBOXED(test_rust),      SANDBOXED(test_replaced),
		SANDBOXED(test_namespace), SANDBOXED(test_stripped),
		SANDBOXED(test_disagree),  SANDBOXED(test_same_program),
		SANDBOXED(test_denied),    SANDBOXED(test_not_interrupted),
		SANDBOXED(test_no_page),   SANDBOXED(test_nobody),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
