/* SPDX-License-Identifier: MIT */
/* pshm_ls --all: every /dev/shm that some process sees, once; what it may not see is said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/container.h"
#include "tests/point.h"
#include "tests/progs.h"

#define USER 1234

static const struct container_kind plain = {"-mpf", NULL, true}, user = {"-Urmpf", NULL, true},
				   deep = {"-mpf", "-mpf", true}, mounts = {"-mf", NULL, false};

/* "4711(1)" of the actor itself. */
static const char *whose(const struct actor *actor, const struct container_kind *kind)
{
	return container_number(actor, kind, 0);
}

/* What a program of ours ends with and says, as soon as it is so. */
struct wish {
	const char *const *argv;
	int status;
	const char *part;
	struct result result;
};

static bool is_so(void *data)
{
	struct wish *wish = data;

	result_deinit(&wish->result);
	run_argv(&wish->result, wish->argv, NULL);
	return wish->result.status == wish->status && strstr(wish->result.out, wish->part);
}

static char *says_argv(int status, const char *part, const char *const argv[])
{
	struct wish wish = {.argv = argv, .status = status, .part = part};
	char *out;

	if (!wait_until(DEADLINE_MS, is_so, &wish))
		fail_msg("status %d, not %d; wanted: %s\nout: %s\nerr: %s", wish.result.status,
			 status, part, wish.result.out, wish.result.err);
	out = strdup(wish.result.out);
	result_deinit(&wish.result);
	return out;
}

/* Its output, which the caller frees, as soon as it has `part` in it. */
#define says(status, part, ...)                                                                    \
	says_argv((status), (part), (const char *const[]){__VA_ARGS__, NULL})

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

/* In whatever namespaces: ours is first, and each stands there once. */
static void test_list(void **state)
{
	const struct container_kind *const kinds[] = {&plain, &user, &deep, &mounts};
	struct actor actors[4];
	_cleanup_free_ char *out = NULL;
	char wanted[1024];
	size_t n = 0;

	(void)state;
	put_seqnum("ours", 1);
	n += (size_t)snprintf(wanted, sizeof(wanted), "1\\x20sandbox ours 1\n");
	for (size_t i = 0; i < 4; i++) {
		container_start(&actors[i], kinds[i], true, "seqnum", "inside",
				pathf("%zu", i + 5));
		if (kinds[i]->nested)
			n += (size_t)snprintf(wanted + n, sizeof(wanted) - n,
					      "%s\\x20actor inside %zu\n",
					      whose(&actors[i], kinds[i]), i + 5);
	}
	/* Of one without a pid namespace the first is who has made it: unshare. */
	snprintf(wanted + n, sizeof(wanted) - n, "%d\\x20unshare inside 8\n", actors[3].child.pid);
	expect_run(0, wanted, "", "pshm_ls", "--all", "-r", "--noheadings", "-o",
		   "WHOSE,NAME,VALUE");
	out = says(0, "\"value\":5", program("pshm_ls"), "-J", "--all");
	has(out, "{\"folders\":[{\"path\":\"/dev/shm\",\"pid\":1,\"command\":\"sandbox\","
		 "\"objects\":[{\"whose\":\"1 sandbox\",\"name\":\"ours\",");
	has(out, pathf("{\"path\":\"/proc/%d/root/dev/shm\",\"pid\":%d,\"inner_pid\":1,"
		       "\"command\":\"actor\",\"objects\":[{",
		       atoi(whose(&actors[1], &user)), atoi(whose(&actors[1], &user))));
	has(out, "\"unseen_folders\":[]}\n");
	for (size_t i = 0; i < 4; i++)
		actor_stop(&actors[i]);
	expect_run(0, "ours\n", "", "pshm_ls", "--all", "-r", "--noheadings", "-oNAME");
}

/* Who has what is in which: inode numbers are the same in each of them. */
static void test_people(void **state)
{
	_cleanup_free_ char *out = NULL;
	struct actor here, there;
	const char *rows;

	(void)state;
	actor_start(&here, "map", "x");
	container_start(&there, &plain, true, "map", "x");
	rows = pathf("x 1 %d\nx 1 %s\n", here.pids[0], whose(&there, &plain));
	expect_run(0, rows, "", "pshm_ls", "--all", "-r", "--noheadings", "-oNAME,HOLDERS,PIDS");
	out = says(0, pathf("\"pids\":[%d],\"inner_pids\":[1]", atoi(whose(&there, &plain))),
		   program("pshm_ls"), "--all", "-J", "-oPIDS");
	has(out, pathf("\"objects\":[{\"pids\":[%d]}]", here.pids[0]));
	actor_stop(&here);
	actor_stop(&there);
}

/* A container that shares our /dev/shm has none of its own. */
static void test_shared(void **state)
{
	struct actor actor;

	(void)state;
	container_start(&actor, &plain, false, "seqnum", "count", "5");
	expect_run(0, "1\\x20sandbox count 1\n", "", "pshm_ls", "--all", "-r", "--noheadings",
		   "-oWHOSE,NAME,HOLDERS");
	actor_stop(&actor);
}

static void test_nameless(void **state)
{
	struct actor actor;
	const char *number;

	(void)state;
	container_start(&actor, &plain, true, "leak", "gone", "2");
	expect_run(0, "", "2 more objects have no name any more", "pshm_ls", "--all", "-r");
	number = whose(&actor, &plain);
	expect_run(0, pathf("%s\\x20actor %s\n%s\\x20actor %s\n", number, number, number, number),
		   "", "pshm_ls", "--all", "--unlinked", "-r", "--noheadings", "-oWHOSE,PIDS");
	actor_stop(&actor);
}

/* Who may not look says what there is to look at. */
static void test_user(void **state)
{
	const struct child_setup setup = {.out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = USER};
	struct result result;
	struct actor actor;

	(void)state;
	put_seqnum("count", 1);
	container_start(&actor, &plain, true, "seqnum", "inside", "5");
	if (sandbox_has_user(USER)) {
		run_argv(&result,
			 (const char *const[]){program("pshm_ls"), "--all", "-r", "-oWHOSE,NAME",
					       NULL},
			 &setup);
		assert_int_equal(result.status, 0);
		assert_string_equal(result.out, "WHOSE NAME\n1\\x20sandbox count\n");
		has(result.err,
		    pathf("pshm_ls: /dev/shm of %s actor could not be looked at: Permission "
			  "denied: sudo pshm_ls\n",
			  whose(&actor, &plain)));
		result_deinit(&result);
	}
	actor_stop(&actor);
}

/* A shell in a mount namespace that has done this, and waits. */
static void start_shell(struct child *ret, const char *script)
{
	child_start_shell(
		ret, pathf("mount -t tmpfs mnt /mnt && %s && echo ready && read line; "
			   "[ -z \"$pid\" ] || kill -KILL $(cat /proc/$pid/task/*/children) $pid",
			   script));
}

static void end_shell(struct child *child)
{
	dprintf(child->in, "end\n");
	child_finish(child, NULL);
	assert_true(wait_until(DEADLINE_MS, point_daemon_gone, NULL));
}

/* A folder of a /dev that is a tmpfs: no filesystem of its own, but another one. */
static void test_folder(void **state)
{
	struct child child;

	(void)state;
	put_seqnum("count", 1);
	start_shell(&child, "mount -t tmpfs dev /dev && mkdir /dev/shm && echo > /dev/shm/x");
	expect_run(0, pathf("1\\x20sandbox count\n%d\\x20sh x\n", child.pid), "", "pshm_ls",
		   "--all", "-r", "--noheadings", "-oWHOSE,NAME");
	end_shell(&child);
}

/*
 * What might keep us waiting is not asked: a server that is stopped, and overlay, which users can
 * make of anything. Nor is a symbolic link followed.
 */
static void test_not_asked(void **state)
{
	static const char *const scripts[] = {
		"mount -t tmpfs dev /dev && ln -s /etc /dev/shm",
		"mkdir -p /mnt/l /mnt/u /mnt/w && "
		"mount -t overlay o -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /dev/shm",
		"mkdir /mnt/s && { \"$PSHMFS\" -f /mnt/s /dev/shm & pid=$!; } && "
		"until grep -q ' /dev/shm fuse' /proc/self/mounts; do :; done && kill -STOP $pid",
		"mkdir /mnt/s && { \"$PSHMFS\" -f /mnt/s /dev & pid=$!; } && "
		"until grep -q ' /dev fuse' /proc/self/mounts; do :; done && kill -STOP $pid",
	};
	static const char *const whys[] = {"it is a symbolic link, which is not followed",
					   "it lies on a filesystem that might not answer"};

	(void)state;
	put_seqnum("count", 1);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct child child;

		start_shell(&child, scripts[i]);
		expect_run(0, "count\n",
			   pathf("pshm_ls: /dev/shm of %d sh could not be looked at: %s\n",
				 child.pid, whys[i > 0]),
			   "pshm_ls", "--all", "-r", "--noheadings", "-oNAME");
		end_shell(&child);
	}
}

static void test_usage(void **state)
{
	(void)state;
	expect_run(2, "", "--all or --shm, not both\n", "pshm_ls", "--all", "--shm", "/dev/shm");
	expect_run(2, "", "--all: all objects", "pshm_ls", "--all", "x");
	expect_run(2, "", "--all, or one folder by --shm", "pshm_stuck", "--all", "--shm",
		   "/dev/shm");
	expect_run(2, "", "--all, or one folder by --shm", "pshm_stuck", "--all", "--release", "x");
	expect_run(2, "", "--all: all objects", "pshm_stuck", "--all", "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_list),      SANDBOXED(test_people), SANDBOXED(test_shared),
		SANDBOXED(test_nameless),  SANDBOXED(test_user),   SANDBOXED(test_folder),
		SANDBOXED(test_not_asked), SANDBOXED(test_usage),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
