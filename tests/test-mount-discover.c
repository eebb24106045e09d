/* SPDX-License-Identifier: MIT */
/* A mount that was told nothing: objects are shown as the structs of those who hold them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "tests/callers.h"
#include "tests/container.h"
#include "tests/discovered.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static const char *built(const char *name)
{
	return pathf("%s/%s", getenv("PSHM_PLAIN"), name);
}

/* The program, until it sleeps in /d. */
static void begin(struct child *ret, const char *situation)
{
	discovered_begin(ret, discovered_program("c-gcc-O0"), situation);
}

static void test_fields(void **state)
{
	struct child child;

	(void)state;
	begin(&child, "local");
	mount_start(&mount, NULL, NULL);
	cat_equals(AT("d/number"), "0\n"); /* the first that is asked */
	cat_contains(AT("d/layout"),
		     pathf("struct shared\nfrom variable shmp in local() of pid %d /", child.pid));
	cat_contains(AT("d/layout"), "/discover-c-gcc-O0, size 136 = object size (64-bit)\n"
				     "0\t32\tsem_t\tsem\n");
	cat_contains(AT("d/fields"), "sem_pshared\t1\nnumber\t0\ntext\t\n");
	cat_contains(AT("d/json"), "\"name\":\"struct shared\"");
	cat_contains(AT("d/json"), "variable shmp in local()");
	cat_equals(AT("d/sem_waiters"), "1\n");
	cat_fails(AT("d/nothing"), ENOENT);
	child_kill(&child);
	mount_stop(&mount);
}

static void test_not_asked(void **state)
{
	struct child child;

	(void)state;
	begin(&child, "local");
	mount_start(&mount, NULL, "nodiscover");
	cat_contains(AT("d/layout"), "unknown\n");
	cat_fails(AT("d/number"), ENOENT);
	child_kill(&child);
	mount_stop(&mount);
}

static bool has_number(void *data)
{
	(void)data;
	return access(AT("d/number"), F_OK) == 0;
}

/* It stays what it was, for longer than what was found goes without being looked at again. */
static bool is_kept(void *until)
{
	cat_contains(AT("d/layout"), "struct shared\nfrom variable shmp in local() of pid ");
	return clock_ns() > *(uint64_t *)until;
}

/* Asked again when others have it: a name that is not known yet is looked for among them. */
static void test_holders_change(void **state)
{
	struct child child;
	uint64_t until;

	(void)state;
	make_object("d", NULL, 136);
	mount_start(&mount, NULL, NULL);
	cat_contains(AT("d/layout"), "unknown\n");
	begin(&child, "local");
	assert_true(wait_until(DEADLINE_MS, has_number, NULL));
	cat_equals(AT("d/number"), "0\n");
	/* What those have told who have ended is kept, and others do not know it better. */
	child_kill(&child);
	until = clock_ns() + UINT64_C(1200000000);
	assert_true(wait_until(DEADLINE_MS, is_kept, &until));
	mount_stop(&mount);
}

/* What a user says counts, and what the bytes prove; a struct of a built-in layout is that. */
static void test_better_ways(void **state)
{
	struct child child;

	(void)state;
	begin(&child, "built-in");
	mount_start(&mount, NULL, NULL);
	cat_contains(AT("d/layout"), "seqnum\nfrom variable counter in built_in() of pid ");
	cat_equals(AT("d/seqnum"), "0\n");
	assert_int_equal(write_file(AT("d/layout"), "xfr\n"), 0);
	cat_contains(AT("d/layout"), "xfr\nfrom this file, written by a user");
	assert_int_equal(write_file(AT("d/layout"), "\n"), 0);
	cat_contains(AT("d/layout"), "seqnum\nfrom variable counter");
	child_kill(&child);
	mount_stop(&mount);
}

/* The attribute of an object may name a program, if its file is one to be believed. */
static void test_attribute(void **state)
{
	const char *value = pathf("%s:struct packed", built("dwarf-gcc-5"));

	(void)state;
	make_object("a", "cXXXXXXXXYY", 11);
	if (setxattr(shm_path("a"), "user.pshmfs.layout", value, strlen(value), 0) < 0) {
		assert_int_equal(errno, EOPNOTSUPP); /* before Linux 6.6 */
		return;
	}
	mount_start(&mount, NULL, NULL);
	cat_equals(AT("a/c"), "c\n");
	cat_contains(AT("a/layout"), "struct packed\nfrom the object's attribute "
				     "user.pshmfs.layout: /");
	assert_int_equal(setxattr(shm_path("a"), "user.pshmfs.layout", "prog:x", 6, 0), 0);
	cat_contains(AT("a/layout"), "unknown\n");
	mount_stop(&mount);
}

/* It is read as the object's owner can, who may have written it: that he may not, root does not. */
static void test_attribute_of_others(void **state)
{
	const char *value = SANDBOX_WORK "/program:struct packed";

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	run_argv(NULL,
		 (const char *const[]){"cp", built("dwarf-gcc-5"), SANDBOX_WORK "/program", NULL},
		 &(const struct child_setup){0});
	for (int readable = 1; readable >= 0; readable--) {
		make_object("a", "cXXXXXXXXYY", 11);
		assert_int_equal(chmod(SANDBOX_WORK "/program", readable ? 0755 : 0700), 0);
		if (setxattr(shm_path("a"), "user.pshmfs.layout", value, strlen(value), 0) < 0) {
			assert_int_equal(errno, EOPNOTSUPP);
			return;
		}
		assert_int_equal(chown(shm_path("a"), CALLER_OWNER, CALLER_OWNER), 0);
		mount_start(&mount, NULL, NULL);
		cat_contains(AT("a/layout"), readable ? "struct packed\n" : "unknown\n");
		mount_stop(&mount);
	}
}

static void test_unlinked(void **state)
{
	struct child child;
	uint64_t ino;

	(void)state;
	if (!sandbox_has_map_files())
		return; /* its bytes cannot be reached */
	begin(&child, "local");
	ino = shm_ino("d");
	assert_int_equal(unlink(shm_path("d")), 0);
	mount_start(&mount, NULL, NULL);
	cat_contains(AT(".pshmfs/unlinked/%ju/layout", (uintmax_t)ino),
		     "struct shared\nfrom variable shmp in local() of pid ");
	child_kill(&child);
	mount_stop(&mount);
}

/* The verdict speaks of the field by its name. */
static void test_verdict(void **state)
{
	struct child child;

	(void)state;
	begin(&child, "local");
	mount_start(&mount, NULL, NULL);
	cat_contains(AT("d/verdict"), "alone\nsem");
	cat_contains(AT("d/waiters"), "\tsem\t");
	child_kill(&child);
	mount_stop(&mount);
}

/* A pointer is an address, and in which object that lies in the process that has it. */
static void test_pointers(void **state)
{
	struct child child;
	_cleanup_free_ char *text = NULL;

	(void)state;
	begin(&child, "pointers");
	mount_start(&mount, NULL, "max_age=0");
	cat_contains(AT("d/self"), "\td+0\n");
	cat_contains(AT("d/inside"), "\td+48\n");
	assert_int_equal(read_file(AT("d/outside"), &text, NULL), 0);
	assert_int_equal(strncmp(text, "0x", 2), 0);
	assert_null(strchr(text, '\t'));
	cat_equals(AT("d/none"), "0\n");
	cat_contains(AT("d/fields"), "none\t0\n");
	/* The object goes without a name, and with its process what was known of the address. */
	assert_int_equal(rename(shm_path("d"), shm_path("e")), 0);
	cat_contains(AT("e/self"), "\te+0\n");
	child_kill(&child);
	free(text);
	assert_int_equal(read_file(AT("e/self"), &text, NULL), 0);
	assert_null(strchr(text, '\t'));
	mount_stop(&mount);
}

/* Also in the tables of all objects, which nobody has looked into yet. */
static void test_all(void **state)
{
	struct child child;

	(void)state;
	begin(&child, "local");
	mount_start(&mount, NULL, NULL);
	cat_contains(AT(".pshmfs/stuck"), "d\talone\tsem");
	mount_stop(&mount);
	mount_start(&mount, NULL, NULL);
	cat_contains(AT(".pshmfs/waiters"), "\tsem\t0\twait\t");
	child_kill(&child);
	mount_stop(&mount);
}

/* A process that is stopped can be asked, too, and stays so. */
static void test_stopped(void **state)
{
	struct child child;
	_cleanup_free_ char *status = NULL;

	(void)state;
	begin(&child, "heap");
	kill(child.pid, SIGSTOP);
	mount_start(&mount, NULL, NULL);
	cat_contains(AT("d/layout"), "struct shared\nfrom variable node->memory in heap() of pid ");
	assert_int_equal(read_file(pathf("/proc/%d/status", child.pid), &status, NULL), 0);
	assert_non_null(strstr(status, "State:\tT"));
	child_kill(&child);
	mount_stop(&mount);
}

#define OTHER CALLER_USER("12002")

/* The memory of a program tells those who may read it, and no one else. */
static void test_callers(void **state)
{
	const struct child_setup setup = {
		.in = STREAM_PIPE, .out = STREAM_PIPE, .user = CALLER_OWNER};
	struct child child;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	make_object("d", NULL, 136);
	assert_int_equal(chmod(shm_path("d"), 0666), 0);
	child_start(&child,
		    (const char *const[]){discovered_program("c-gcc-O0"), "local", "/d", NULL},
		    &setup);
	discovered_ready(&child, true);
	mount_start(&mount, NULL, "allow_other");
	for (int i = 0; i < 3; i++) {
		cat_contains(AT("d/layout"), "struct shared\nfrom variable shmp in local() of ");
		cat_equals(AT("d/number"), "0\n");
		caller_is_told(mount.path, CALLER_USER("12001"),
			       "cat $1/d/number; head -n 1 $1/d/layout", "0\nstruct shared\n");
		caller_is_told(mount.path, OTHER, "head -n 1 $1/d/layout; cat $1/d/fields",
			       "unknown\n");
		caller_is_told(mount.path, OTHER, "ls $1/d | grep -c number; true", "0\n");
		caller_is_told(mount.path, OTHER, "cat $1/d/number 2>&1 | sed 's/.*: //'",
			       "No such file or directory\n");
		caller_is_told_part(mount.path, OTHER, "cat $1/d/*", "shared", false);
	}
	child_kill(&child);
	mount_stop(&mount);
}

/* Of programs in containers, and by the file that is the program in there. */
static void test_container(void **state)
{
	static const struct container_kind kinds[] = {{"-mpf", NULL, true},
						      {"-Urmpf", "-mpf", true}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *const argv[] = {discovered_program("c-gcc-O0"), "local", "/d", NULL};
		struct actor program;
		pid_t pid;

		container_start_program(&program, &kinds[i], true, argv);
		pid = container_pid(&program, "discover-c-gcc-O0", 1);
		mount_start(&mount, pathf("/proc/%d/root/dev/shm", pid), "max_age=0");
		assert_true(wait_until(DEADLINE_MS, has_number, NULL));
		cat_contains(AT("d/layout"), "struct shared\nfrom ");
		cat_contains(AT("d/layout"), pathf(" of pid %d(1) /", pid));
		cat_equals(AT("d/number"), "0\n");
		assert_int_equal(
			write_file(AT("d/layout"), pathf("/proc/%d/exe:struct shared\n", pid)), 0);
		cat_contains(AT("d/layout"), pathf("user: /proc/%d/exe:struct shared", pid));
		cat_equals(AT("d/number"), "0\n");
		actor_kill(&program);
		mount_stop(&mount);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_fields),         SANDBOXED(test_not_asked),
		SANDBOXED(test_holders_change), SANDBOXED(test_better_ways),
		SANDBOXED(test_attribute),      SANDBOXED(test_attribute_of_others),
		SANDBOXED(test_unlinked),       SANDBOXED(test_verdict),
		SANDBOXED(test_stopped),        SANDBOXED(test_all),
		SANDBOXED(test_pointers),       SANDBOXED(test_callers),
		SANDBOXED(test_container),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
