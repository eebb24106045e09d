/* SPDX-License-Identifier: MIT */
/* Looking at a process that has a file of a dead server open. */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support.h"

/* A server that never answers, nor said a word: whoever asked it for a file would wait for ever. */
static void test_dead_server(void **state)
{
	int server = open("/dev/fuse", O_RDWR | O_CLOEXEC), file;
	struct snapshot snapshot;

	(void)state;
	assert_true(server >= 0);
	assert_int_equal(mkdir(SANDBOX_WORK "/dead", 0755), 0);
	assert_int_equal(mount("dead", SANDBOX_WORK "/dead", "fuse", MS_NOSUID | MS_NODEV,
			       pathf("fd=%d,rootmode=40000,user_id=0,group_id=0", server)),
			 0);
	file = open(SANDBOX_WORK "/dead", O_PATH | O_CLOEXEC);
	assert_true(file >= 0);
	look(NULL, &snapshot);
	assert_int_equal(count_holders(&snapshot, getpid()), 0);
	snapshot_deinit(&snapshot);
	close(file);
	close(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_dead_server),
	};
	int r;

	sandbox_enter();
	r = cmocka_run_group_tests_name("this kernel's ways", tests, shm_folder_setup, NULL);
	look_flags = LOOK_OTHERS;
	return r + cmocka_run_group_tests_name("others' ways", tests, shm_folder_setup, NULL);
}
