/* SPDX-License-Identifier: MIT */
/* A mount for everybody (allow_other): each sees and changes what he could without it, no more. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/callers.h"
#include "tests/support.h"

/* With a name, as fusermount3 wants it; and without. */
#define NOBODY 65534u

static struct mount mount_here;

#define AT(...) mount_path(&mount_here, __VA_ARGS__)

/* The options of setpriv(1) that make somebody. */
static const char *const callers[] = {
	"--reuid=12001 --regid=12001 --clear-groups",
	"--reuid=12001 --regid=13001 --clear-groups",
	"--reuid=12002 --regid=12002 --clear-groups",
	"--reuid=12002 --regid=13001 --clear-groups",
	"--reuid=12002 --regid=12002 --groups=13001",
	"--reuid=12002 --regid=12002 --groups=7,13002,13001",
	"--reuid=12003 --regid=12003 --clear-groups",
	"--reuid=12003 --regid=13001 --groups=13002",
	"--reuid=12002 --regid=12002 --clear-groups --inh-caps=+dac_read_search "
	"--ambient-caps=+dac_read_search",
	"--reuid=12002 --regid=12002 --clear-groups --inh-caps=+dac_override "
	"--ambient-caps=+dac_override",
	"--inh-caps=-all --bounding-set=-all",
	CALLER_ROOT,
};
#define N_CALLERS (sizeof(callers) / sizeof(callers[0]))

#define says(caller, script, text) caller_is_told(mount_here.path, (caller), (script), (text))
#define says_part(caller, script, part, there)                                                     \
	caller_is_told_part(mount_here.path, (caller), (script), (part), (there))
#define USER(id) CALLER_USER(id)

static void start(const char *options)
{
	callers_make_objects();
	mount_start(&mount_here, NULL, options);
}

/* Each object, by its bytes and by a field: with what message, or with which content; for writing
 * without O_CREAT, which fs.protected_regular may refuse. */
#define READ_DIRECT                                                                                \
	"cd /dev/shm; for o in *; do echo $o $(head -c 40 $o 2>&1 | od -An -tx1 | md5sum); "       \
	"perl -e 'exit !open(F, qq(+<), shift)' $o && echo writable; done; true"
#define READ_MOUNTED                                                                               \
	"cd $1; for o in *; do cd $o; "                                                            \
	"echo $o $( (head -c 40 raw 2>&1 | sed s/raw/$o/) | od -An -tx1 | md5sum); "               \
	"perl -e 'exit !open(F, qq(+<), shift)' raw && echo writable; cd ..; "                     \
	"done; true"

static void test_bytes(void **state)
{
	size_t readable = 0;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	start("allow_other,write");
	for (size_t i = 0; i < N_CALLERS; i++) {
		_cleanup_free_ char *direct = caller_says(mount_here.path, callers[i], READ_DIRECT);
		_cleanup_free_ char *mounted =
			caller_says(mount_here.path, callers[i], READ_MOUNTED);

		assert_string_equal(mounted, direct);
		for (char *at = direct; (at = strstr(at, "writable")); at++)
			readable++;
	}
	assert_true(readable > N_CALLERS);
	mount_stop(&mount_here);
}

/* Whoever may read the bytes may read the fields; who may not does not even learn their length. */
static void test_fields(void **state)
{
	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	start("allow_other");
	for (size_t round = 0; round < 20; round++) {
		cat_equals(AT("private/seqnum"), "41\n");
		says(USER("12002"),
		     "stat -c %s $1/private/seqnum $1/private/fields 2>&1 | "
		     "sed 's/.*: //'; cat $1/all-read/seqnum",
		     "Permission denied\n0\n41\n");
		says(USER("12001"), "cat $1/private/seqnum; stat -c %s $1/private/seqnum",
		     "41\n3\n");
	}
	says(USER("12002"), "cat $1/private/seqnum 2>&1 | sed 's/.*: //'", "Permission denied\n");
	says(USER("12002"), "cat $1/private/fields 2>&1 | sed 's/.*: //'", "Permission denied\n");
	says(USER("12002"), "head -n 1 $1/private/layout", "unknown\n");
	says(USER("12002"), "ls $1/private | grep -c seqnum; true", "0\n");
	says_part(USER("12002"), "cat $1/.pshmfs/about", "viewer\tuser 12002: ", true);
	says_part(USER("0"), "cat $1/.pshmfs/about", "viewer\t", false);
	mount_stop(&mount_here);
}

/* A descriptor is its opener's, as one of procfs is; a second open(2) is not. */
static void test_passed(void **state)
{
	struct result result;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	start("allow_other");
	run(&result, "sh", "-c",
	    "exec 3<$1/private/seqnum; "
	    "setpriv " USER("12002") " sh -c 'cat <&3; cat /dev/fd/3 2>&1 | sed s/.*:.//'",
	    "sh", mount_here.path);
	assert_string_equal(result.out, "41\nPermission denied\n");
	result_deinit(&result);
	mount_stop(&mount_here);
}

static void test_write(void **state)
{
	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	start("allow_other,write");
	says(USER("12001"), "echo 5 >$1/private/seqnum; cat $1/private/seqnum", "5\n");
	says(USER("12002"), "echo 6 >$1/all-write/seqnum; cat $1/all-write/seqnum", "6\n");
	says(USER("12002"), "(echo 7 >$1/all-read/seqnum) 2>&1 | sed 's/.*: //'",
	     "Permission denied\n");
	says(USER("12002"), "(echo 7 >$1/all-read/raw) 2>&1 | sed 's/.*: //'",
	     "Permission denied\n");
	says(USER("12002"), "test -w $1/all-read/seqnum && echo yes; test -w $1/all-write/seqnum",
	     "");
	/* /dev/shm is sticky: whoever may write to it may not remove what is others'. */
	says(USER("12002"), "rmdir $1/all-write 2>&1 | sed 's/.*: //'", "Permission denied\n");
	says(USER("12001"), "rmdir $1/all-write; ls $1 | grep -c all-write; true", "0\n");
	cat_equals(AT("all-read/seqnum"), "41\n");
	mount_stop(&mount_here);
}

/* A layout is set by the object's owner, of a program that he may read; why not is his to know. */
static void test_layout(void **state)
{
	const char *program = SANDBOX_WORK "/program";

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	run_argv(NULL,
		 (const char *const[]){"cp", pathf("%s/dwarf-gcc-5", getenv("PSHM_PLAIN")), program,
				       NULL},
		 &(const struct child_setup){0});
	assert_int_equal(chmod(program, 0700), 0);
	start("allow_other");
	says(USER("12001"),
	     "(echo " SANDBOX_WORK "/program:struct\\ packed >$1/private/layout) 2>/dev/null || "
	     "echo refused",
	     "refused\n");
	says_part(USER("12001"), "cat $1/.pshmfs/about", "refused\t", true);
	says_part(USER("12002"), "cat $1/.pshmfs/about", "refused\t", false);
	assert_int_equal(chown(program, CALLER_OWNER, CALLER_OWNER), 0);
	says(USER("12001"),
	     "cd " SANDBOX_WORK "; echo ./program:struct\\ packed >$1/private/layout; "
	     "head -n 1 $1/private/layout",
	     "struct packed\n");
	says(USER("12002"), "(echo sem >$1/all-write/layout) 2>&1 | sed 's/.*: //'",
	     "Permission denied\n");
	mount_stop(&mount_here);
}

static bool is_shown(void *data)
{
	(void)data;
	return mount_shown(mount_here.path);
}

/* Whose number we do not see is a user with a group, and nothing else. */
static void test_other_pids(void **state)
{
	struct child child;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	callers_make_objects();
	mount_here = (struct mount){.path = SANDBOX_WORK "/inner"};
	assert_int_equal(mkdir(mount_here.path, 0755), 0);
	assert_int_equal(mount(NULL, SANDBOX_WORK, NULL, MS_SHARED, NULL), 0);
	child_start(&child,
		    (const char *const[]){"unshare", "-pf", "--kill-child", "sh", "-c",
					  "unshare -m --propagation=unchanged sh -c '"
					  "mount -t proc proc /proc; exec \"$0\" -f -o "
					  "allow_other \"$1\"' \"$0\" \"$1\"",
					  pshmfs_path(), mount_here.path, NULL},
		    NULL);
	assert_true(wait_until(DEADLINE_MS, is_shown, NULL));
	says(USER("12001"), "cat $1/private/seqnum", "41\n");
	says("--reuid=12002 --regid=13001 --clear-groups", "cat $1/group-reads/seqnum", "41\n");
	says("--reuid=12002 --regid=12002 --groups=13001",
	     "cat $1/group-reads/seqnum 2>&1 | sed 's/.*: //'", "Permission denied\n");
	assert_int_equal(umount2(mount_here.path, 0), 0);
	child_finish(&child, NULL);
}

/* However often a file is open, its object is so once. */
static void test_one_descriptor(void **state)
{
	int fds[100], before;

	(void)state;
	put_seqnum("n", 41);
	mount_start(&mount_here, NULL, "allow_other");
	before = fds_count(mount_here.daemon.pid);
	for (int i = 0; i < 100; i++)
		assert_true((fds[i] = open(AT("n/raw"), O_RDONLY | O_CLOEXEC)) >= 0);
	assert_true(fds_settle(mount_here.daemon.pid, before + 1));
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	mount_stop(&mount_here);
}

/* A user who opens what he can, says what happened, and keeps it open. */
static const char greedy[] = "import os, sys\n"
			     "n = 0\n"
			     "try:\n"
			     "    for i in range(100):\n"
			     "        os.open('%s/n%d/raw' % (sys.argv[1], i), os.O_RDONLY)\n"
			     "        n += 1\n"
			     "except OSError as e:\n"
			     "    print(n, e.strerror, flush=True)\n"
			     "sys.stdin.read()\n";

/* pshmfs that may have 400: a limit that is lowered here could not be raised again. */
static void start_with_few_descriptors(void)
{
	_cleanup_free_ char *pshmfs = strdup(pshmfs_path());
	FILE *file = fopen(SANDBOX_WORK "/pshmfs", "we");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nexec prlimit --nofile=400:400 %s \"$@\"\n", pshmfs);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(SANDBOX_WORK "/pshmfs", 0755), 0);
	setenv("PSHMFS", SANDBOX_WORK "/pshmfs", 1);
	start("allow_other");
	setenv("PSHMFS", pshmfs, 1);
}

/* The script, by another user, until it says this and waits. */
static void start_other(struct child *ret, const char *script, const char *wanted)
{
	const struct child_setup setup = {
		.in = STREAM_PIPE, .out = STREAM_PIPE, .err = STREAM_INHERIT, .user = CALLER_OTHER};
	_cleanup_free_ char *line = NULL;

	child_start(ret, (const char *const[]){"python3", "-c", script, mount_here.path, NULL},
		    &setup);
	line = child_line(ret->out);
	assert_string_equal(line, wanted);
}

/* Nobody can open so much that others can open nothing. */
static void test_starving(void **state)
{
	struct child child;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	for (int i = 0; i < 100; i++)
		put_seqnum(pathf("n%d", i), 41);
	start_with_few_descriptors();
	start_other(&child, greedy, "68 Too many open files in system"); /* (400 - 128) / 4 */
	says(USER("12002"), "cat $1/n99/seqnum 2>&1 | sed 's/.*: //'",
	     "Too many open files in system\n");
	says(USER("12001"), "cat $1/n99/seqnum $1/private/raw | tail -c 3 | od -An -tx1",
	     " 00 00 00\n");
	cat_equals(AT("n99/seqnum"), "41\n");
	child_kill(&child);
	says(USER("12002"), "cat $1/n99/seqnum", "41\n");
	mount_stop(&mount_here);
}

/* What he has open is long: 32 MiB and a newline each time. */
static const char hungry[] = "import os, sys\n"
			     "n = 0\n"
			     "try:\n"
			     "    for i in range(100):\n"
			     "        os.open(sys.argv[1] + '/long/text', os.O_RDONLY)\n"
			     "        n += 1\n"
			     "except OSError as e:\n"
			     "    print(n, e.strerror, flush=True)\n"
			     "sys.stdin.read()\n";

static void make_long_object(void)
{
	const size_t size = 32 * 1024 * 1024;
	_cleanup_free_ char *text = malloc(size);
	FILE *file = fopen(SANDBOX_WORK "/layouts", "we");

	assert_non_null(text);
	assert_non_null(file);
	memset(text, 'x', size);
	make_object("long", text, size);
	assert_int_equal(chmod("/dev/shm/long", 0644), 0);
	fprintf(file, "struct long_text { char text[%zu]; };\nlong long_text\n", size);
	assert_int_equal(fclose(file), 0);
}

/* Nor keep so much in memory that there is none for others. */
static void test_hungry(void **state)
{
	struct child child;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	make_long_object();
	start("allow_other,layouts=" SANDBOX_WORK "/layouts");
	start_other(&child, hungry, "3 Cannot allocate memory"); /* 512 MiB / 4 */
	says(USER("12002"), "head -c 1 $1/long/text 2>&1 | sed 's/.*: //'",
	     "Cannot allocate memory\n");
	says(USER("12001"), "head -c 1 $1/long/text", "x");
	says(CALLER_ROOT, "head -c 1 $1/long/text", "x");
	/* Root owns it, so that processes of root's count, too. */
	says(USER("12002"), "ls $1/long | head -n 1; head -n 1 $1/long/verdict",
	     "access\nunknown\n");
	child_kill(&child);
	says(USER("12002"), "head -c 1 $1/long/text", "x");
	mount_stop(&mount_here);
}

/* Many at once, each with what is his. */
static void test_many(void **state)
{
	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	start("allow_other,max_age=0");
	says(CALLER_ROOT,
	     "for u in 12001 12002 12003 12004 12005 12006 12007 12008; do "
	     "setpriv --reuid=$u --regid=$u --clear-groups sh -c '"
	     "for i in 1 2 3 4 5 6 7 8 9 10; do "
	     "r=$(cat $1/private/seqnum 2>/dev/null); v=$(head -n 1 $1/all-read/verdict); "
	     "test \"$0 $r $v\" = \"12001 41 ok\" || test \"$r$v\" = ok || "
	     "test \"$r$v\" = unknown || echo $0 $r $v; done' $u $1 & "
	     "done; wait",
	     "");
	mount_stop(&mount_here);
}

static void refused(const char *caller, int status, const char *part)
{
	struct result result;

	run(&result, "sh", "-c", pathf("exec setpriv %s \"$0\" -o allow_other \"$1\"", caller),
	    pshmfs_path(), SANDBOX_WORK);
	assert_int_equal(result.status, status);
	assert_non_null(strstr(result.err, part));
	result_deinit(&result);
}

/* Who could not take others' rights does not let them in. */
static void test_refused(void **state)
{
	(void)state;
	if (sandbox_has_user(NOBODY))
		refused(USER("65534"), 2, "-o allow_other: only as root");
	refused("--bounding-set=-setuid --inh-caps=-setuid", 2, "-o allow_other: only as root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_bytes),  SANDBOXED(test_fields),   SANDBOXED(test_passed),
		SANDBOXED(test_write),  SANDBOXED(test_layout),   SANDBOXED(test_other_pids),
		SANDBOXED(test_many),   SANDBOXED(test_starving), SANDBOXED(test_one_descriptor),
		SANDBOXED(test_hungry), SANDBOXED(test_refused),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
