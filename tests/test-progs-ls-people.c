/* SPDX-License-Identifier: MIT */
/* pshm_ls: who has an object, who waits in it, what is not seen, and objects without a name. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/progs.h"
#include "tests/support.h"

#define USER 1234

static const char *const people = "NAME,HOLDERS,WAITERS,PIDS,COMMANDS,WAITING";

/* Fail the test unless it says just this of the object, in these columns. */
#define says(object, columns, wanted)                                                              \
	expect_run(0, wanted, "", "pshm_ls", "-r", "--noheadings", "-o", columns, object)

static void test_holders(void **state)
{
	struct actor map, open, seqnum;

	(void)state;
	actor_start(&map, "map", "x");
	says("x", people, pathf("x 1 0 %d actor -\n", map.pids[0]));
	/* One more that has it in three ways; of two, the lists are in the same order. */
	actor_start(&open, "open", "x");
	actor_start(&seqnum, "seqnum", "count", "5");
	says("x", people, pathf("x 2 0 %d,%d actor,actor -\n", map.pids[0], open.pids[0]));
	says("count", people, pathf("count 1 0 %d actor -\n", seqnum.pids[0]));
	expect_run(0, pathf("count %d\nx %d,%d\n", seqnum.pids[0], map.pids[0], open.pids[0]), "",
		   "pshm_ls", "-r", "--noheadings", "-oNAME,PIDS");
	actor_stop(&seqnum);
	actor_stop(&open);
	make_object("x", "", 0);
	says("x", people, "x 0 0 - - -\n");
	actor_stop(&map);
}

struct saying {
	const char *object, *columns, *wanted;
};

static bool is_said(void *data)
{
	const struct saying *saying = data;
	struct result result;
	bool right;

	run(&result, program("pshm_ls"), "-r", "--noheadings", "-o", saying->columns,
	    saying->object);
	right = strcmp(result.out, saying->wanted) == 0;
	result_deinit(&result);
	return right;
}

/* The same as soon as the situation is there. */
static void comes_to_say(const char *object, const char *columns, const char *wanted)
{
	struct saying saying = {object, columns, wanted};

	if (!wait_until(DEADLINE_MS, is_said, &saying))
		says(object, columns, wanted);
}

/* Threads are counted, in whatever way they sleep on the object, and processes listed. */
static void test_waiters(void **state)
{
	struct actor sem, threads, copy, waitv;
	struct snapshot snapshot;

	(void)state;
	actor_start(&sem, "sem-wait", "jobs", "3");
	says("jobs", "NAME,VALUE,HOLDERS,WAITERS", "sem.jobs 0 4 3\n");
	comes_to_say("jobs", "VERDICT", "waiting\n"); /* who has started them could post it */
	says("jobs", "PIDS,WAITING",
	     pathf("%d,%d,%d,%d %d,%d,%d\n", sem.pids[0], sem.pids[1], sem.pids[2], sem.pids[3],
		   sem.pids[1], sem.pids[2], sem.pids[3]));
	actor_start(&threads, "threads", "t", "5");
	comes_to_say("t", "WAITERS,WAITING", pathf("5 %d\n", threads.pids[1]));
	actor_start(&waitv, "sleep", "v", "waitv");
	comes_to_say("v", "WAITERS,WAITING", pathf("1 %d\n", waitv.pids[1]));
	/* Who sleeps on a copy of his own is no waiter. */
	actor_start(&copy, "sleep", "c", "copy");
	look_for_waiter(copy.pids[1], WAITER_ASLEEP, &snapshot);
	snapshot_deinit(&snapshot);
	says("c", "HOLDERS,WAITERS,WAITING,WAITED", "1 0 - -\n");
	/* All at once, by one look. */
	expect_run(0, "c 0\nsem.jobs 3\nt 5\nv 1\n", "", "pshm_ls", "-r", "--noheadings",
		   "-oNAME,WAITERS");
	actor_stop(&sem);
	actor_stop(&threads);
	actor_stop(&copy);
	actor_stop(&waitv);
}

static void test_waited(void **state)
{
	struct result result;
	struct actor sem;

	(void)state;
	actor_start(&sem, "sem-wait", "jobs", "1");
	run(&result, program("pshm_ls"), "--noheadings", "-oWAITED", "jobs");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "s\n"));
	result_deinit(&result);
	run(&result, "python3", "-c",
	    "import json, subprocess, sys\n"
	    "out = subprocess.run([sys.argv[1], '-J', '-o+WAITED,PIDS,WAITING,COMMANDS', 'jobs'],\n"
	    "                     stdout=-1, check=True).stdout\n"
	    "o = json.loads(out)['objects'][0]\n"
	    "assert type(o['waited']) == float and 0 <= o['waited'] < 60, o\n"
	    "assert o['value'] == 0 and o['holders'] == 2 and o['waiters'] == 1, o\n"
	    "assert o['waiting'] == o['pids'][1:] == [int(sys.argv[2])], o\n"
	    "assert o['commands'] == ['actor', 'actor'], o\n",
	    program("pshm_ls"), pathf("%d", sem.pids[1]));
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
	actor_stop(&sem);
}

/* The name of a process may have any bytes, and the comma that separates them. */
static void test_commands(void **state)
{
	struct actor actor;

	(void)state;
	expect_run(0, "", "", "cp", getenv("PSHM_ACTOR"), SANDBOX_WORK "/a,b c\\\033[m");
	setenv("ODD_ACTOR", SANDBOX_WORK "/a,b c\\\033[m", 1);
	actor_start_argv(&actor, "ODD_ACTOR", (const char *const[]){"map", "x", NULL});
	says("x", "COMMANDS", "a\\x2cb\\x20c\\\\\\x1b[m\n");
	expect_run(0, "COMMANDS\na\\x2cb c\\\\\\x1b[m\n", "", "pshm_ls", "-oCOMMANDS", "x");
	expect_run(
		0,
		"{\"objects\":[{\"commands\":[\"a,b c\\\\\\u001b[m\"]}],\"unseen\":{\"denied\":[],"
		"\"unfinished\":0,\"hidden\":false}}\n",
		"", "pshm_ls", "-J", "-oCOMMANDS", "x");
	actor_stop(&actor);
}

/* Those without a name are told, and listed with who has them; it may be another of that name. */
static void test_unlinked(void **state)
{
	_cleanup_close_ int fd = -1;
	struct actor sem, leak;
	uint64_t ino;

	(void)state;
	expect_run(0, "", "", "pshm_ls", "--unlinked");
	actor_start(&sem, "sem-wait", "jobs", "2");
	ino = shm_ino("sem.jobs");
	/* By mappings alone only the privileged could read it. */
	fd = open(shm_path("sem.jobs"), O_RDONLY | O_CLOEXEC);
	expect_run(0, "", "", "pshm_ls", "--unlinked");
	assert_int_equal(unlink(shm_path("sem.jobs")), 0);
	put_sem("jobs", 7);
	expect_run(0,
		   pathf("32 sem 0 4 2 %lu %d,%d,%d,%d\n", ino, getpid(), sem.pids[0], sem.pids[1],
			 sem.pids[2]),
		   "", "pshm_ls", "--unlinked", "-r", "--noheadings",
		   "-oSIZE,LAYOUT,VALUE,HOLDERS,WAITERS,INODE,PIDS");
	expect_run(0, "jobs 7 0 0\n",
		   "pshm_ls: 1 more object has no name any more: --unlinked lists it\n", "sh", "-c",
		   "\"$1\" -r --noheadings -oNAME,VALUE,HOLDERS,WAITERS | sed s/^sem.//", "sh",
		   program("pshm_ls"));
	/* Who asks for one, or not for processes, does not want to know. */
	says("jobs", "VALUE,HOLDERS", "7 0\n");
	expect_run(0, "7\n", "", "pshm_ls", "--noheadings", "-oVALUE");
	actor_start(&leak, "leak", "gone", "3");
	expect_run(0, "sem.jobs 0\n",
		   "pshm_ls: 4 more objects have no name any more: --unlinked lists them\n",
		   "pshm_ls", "-r", "--noheadings", "-oNAME,HOLDERS");
	actor_stop(&leak);
	actor_stop(&sem);
	expect_run(2, "", "pshm_ls: --unlinked: what has no name is not found by one\n", "pshm_ls",
		   "--unlinked", "jobs");
}

/* Its usual columns, and the text by which the kernel calls it. */
static void test_unlinked_columns(void **state)
{
	struct actor map;
	uint64_t ino;

	(void)state;
	actor_start(&map, "open", "x y");
	ino = shm_ino("x y");
	assert_int_equal(unlink(shm_path("x y")), 0);
	expect_run(0,
		   pathf("NAME SIZE LAYOUT VALUE HOLDERS WAITERS VERDICT INODE PIDS COMMANDS\n"
			 "x\\x20y\\x20(deleted) 12288 unknown - 1 0 ok %lu %d actor\n",
			 ino, map.pids[0]),
		   "", "pshm_ls", "--unlinked", "--raw");
	expect_run(0,
		   pathf("{\"objects\":[{\"name\":\"x y (deleted)\",\"inode\":%lu}],\"unseen\":{"
			 "\"denied\":[],\"unfinished\":0,\"hidden\":false}}\n",
			 ino),
		   "", "pshm_ls", "--unlinked", "-J", "-oNAME,INODE");
	actor_stop(&map);
}

/* Another machine's folder, as a container's is. */
static void test_namespace(void **state)
{
	static const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_INHERIT};
	struct child child;
	_cleanup_free_ char *line = NULL;

	(void)state;
	put_seqnum("ours", 1);
	child_start(&child,
		    (const char *const[]){"unshare", "-m", "--propagation", "unchanged", "sh", "-c",
					  "mount -t tmpfs tmpfs /dev/shm && \"$0\" /theirs 2 && "
					  "exec 9</dev/shm/theirs && echo ready && read end",
					  program("pshm_seqnum_init"), NULL},
		    &setup);
	line = child_line(child.out);
	assert_non_null(line);
	expect_run(0, pathf("theirs 2 1 %d\n", child.pid), "", "pshm_ls", "-r", "--noheadings",
		   "-oNAME,VALUE,HOLDERS,PIDS", "--shm", pathf("/proc/%d/root/dev/shm", child.pid));
	says("ours", "NAME,HOLDERS", "ours 0\n");
	child_kill(&child);
}

/* What the user is told who is not root: status 0, the error in the list, the rest on stderr. */
static void user_sees(const char *wanted, const char *said, const char *const arguments[])
{
	const struct child_setup setup = {.out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = USER};
	const char *argv[12] = {program("pshm_ls"), "-r", "--noheadings"};
	struct result result;

	for (int i = 0; arguments[i]; i++)
		argv[3 + i] = arguments[i];
	run_argv(&result, argv, &setup);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.out, wanted);
	if (*said)
		assert_non_null(strstr(result.err, said));
	else
		assert_string_equal(result.err, "");
	result_deinit(&result);
}

static void test_user(void **state)
{
	const uid_t user = sandbox_has_user(USER) ? USER : 0;
	const struct child_setup setup = {
		.in = STREAM_PIPE, .out = STREAM_PIPE, .err = STREAM_INHERIT, .user = user};
	_cleanup_free_ char *line = NULL;
	struct child own;
	struct actor root;

	(void)state;
	actor_start(&root, "seqnum", "secret", "5");
	assert_int_equal(chmod(shm_path("secret"), 0), 0);
	child_start(&own, (const char *const[]){getenv("PSHM_ACTOR"), "map", "mine", NULL}, &setup);
	line = child_line(own.out);
	assert_non_null(line);
	assert_int_equal(chmod(shm_path("mine"), 0600), 0);
	put_sem("all", 1);
	/* No need of processes: nothing to complain of. */
	user_sees("mine -\n", "", (const char *const[]){"-oNAME,VALUE", "mine", NULL});
	if (!sandbox_has_user(USER)) {
		/* Root's processes are root's own there, but may not be looked at. */
		user_sees("mine ?\n", " could not be looked at\n",
			  (const char *const[]){"-oNAME,HOLDERS", "mine", NULL});
	} else {
		user_sees(pathf("mine - 1 0 %d ok\nsecret !EACCES ? ? ? ?\nsem.all 1 ? ? ? ?\n",
				own.pid),
			  " processes of other users could not be looked at: sudo pshm_ls\n",
			  (const char *const[]){"-oNAME,VALUE,HOLDERS,WAITERS,PIDS,VERDICT", NULL});
		/* Others may have it as well. */
		assert_int_equal(chown(shm_path("mine"), 0, 0), 0);
		user_sees(pathf("mine 1+ ? %d\n", own.pid), "of other users",
			  (const char *const[]){"-oNAME,HOLDERS,WAITERS,PIDS", "mine", NULL});
	}
	child_kill(&own);
	actor_stop(&root);
}

/* A folder called /proc with no processes in it; sanitizers need those two. */
#define NO_PROC                                                                                    \
	"mkdir " SANDBOX_WORK "/proc && mount --bind /proc " SANDBOX_WORK "/proc && "              \
	"mount -t tmpfs none /proc && "                                                            \
	"ln -s " SANDBOX_WORK "/proc/self " SANDBOX_WORK "/proc/$$ /proc && "

/* Where processes are hidden, or not there to be looked at, nothing is claimed. */
static void test_no_proc(void **state)
{
	(void)state;
	put_seqnum("count", 1);
	expect_run(0, "1 ? ? ?\n",
		   "pshm_ls: /proc: not mounted: who holds and who waits cannot be told\n",
		   "unshare", "-m", "--propagation", "unchanged", "sh", "-c",
		   NO_PROC "exec \"$0\" -r -oVALUE,HOLDERS,WAITERS,VERDICT --noheadings count",
		   program("pshm_ls"));
	assert_int_equal(rmdir(SANDBOX_WORK "/proc"), 0);
	expect_run(1, "", "pshm_ls: /proc: not mounted", "unshare", "-m", "--propagation",
		   "unchanged", "sh", "-c", NO_PROC "exec \"$0\" --unlinked", program("pshm_ls"));
}

static void test_hidden_proc(void **state)
{
	const char *const script =
		"mount -t proc -o hidepid=2 none /proc && "
		"exec setpriv --reuid 1234 --regid 1234 --clear-groups --inh-caps=-all \"$0\" -r "
		"--noheadings -oNAME,HOLDERS";

	(void)state;
	put_seqnum("count", 1);
	if (sandbox_has_user(USER))
		expect_run(0, "count ?\n",
			   "pshm_ls: processes of other users are hidden (/proc, hidepid): sudo "
			   "pshm_ls\n",
			   "unshare", "-m", "--propagation", "unchanged", "sh", "-c", script,
			   program("pshm_ls"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_holders),   SANDBOXED(test_waiters),
		SANDBOXED(test_waited),    SANDBOXED(test_commands),
		SANDBOXED(test_unlinked),  SANDBOXED(test_unlinked_columns),
		SANDBOXED(test_namespace), SANDBOXED(test_user),
		SANDBOXED(test_no_proc),   SANDBOXED(test_hidden_proc),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
