/* SPDX-License-Identifier: MIT */
/* Transfers of our own programs, looked at in a mount while they are at work. */
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/mount.h"
#include "tests/pair.h"
#include "tests/progs.h"
#include "tests/support.h"

static const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY};
static struct mount mount;

struct wanted {
	const char *path, *text;
};

static bool reads(void *data)
{
	const struct wanted *wanted = data;
	_cleanup_free_ char *text = NULL;

	return read_file(wanted->path, &text, NULL) == 0 && strcmp(text, wanted->text) == 0;
}

/* Until the file of the object says so. */
static void becomes(const char *file, const char *text)
{
	_cleanup_free_ char *path = strdup(mount_path(&mount, "pshm_xfr/%s", file));

	if (!wait_until(DEADLINE_MS, reads, &(struct wanted){path, text}))
		fail_msg("%s never was \"%s\"", path, text);
}

static void test_turns(void **state)
{
	struct child writer;

	(void)state;
	mount_start(&mount, NULL, NULL);
	pair_start_writer(&writer, &(struct pair){0}, &fed);
	wait_for_object("pshm_xfr");
	becomes("turn", "writer\n");
	assert_int_equal(write(writer.in, "abc", 3), 3);
	becomes("turn", "reader\n");
	becomes("cnt", "3\n");
	becomes("buf", "abc");
	becomes("wsem_value", "0\n");
	becomes("rsem_value", "1\n");
	child_kill(&writer);
	unlink(shm_path("pshm_xfr"));
	mount_stop(&mount);
}

static void test_blocks(void **state)
{
	struct child writer, reader;

	(void)state;
	mount_start(&mount, NULL, NULL);
	pair_start_writer(&writer, &(struct pair){.blocks = "2"}, &fed);
	wait_for_object("pshm_xfr");
	becomes("count", "2\n");
	becomes("size", "262144\n");
	becomes("blocks", "BLOCK\tSTATE\tBYTES\tHAS\n0\tfilling\t0\twriter\n1\tempty\t0\twriter\n");
	assert_int_equal(write(writer.in, "abc", 3), 3);
	becomes("blocks",
		"BLOCK\tSTATE\tBYTES\tHAS\n0\tfilled\t3\treader\n1\tfilling\t0\twriter\n");
	pair_start_reader(&reader, &(struct pair){0}, NULL);
	becomes("blocks", "BLOCK\tSTATE\tBYTES\tHAS\n0\tempty\t0\twriter\n1\tfilling\t0\twriter\n");
	expect_end(&writer, 0, "", "");
	expect_end(&reader, 0, "abc", "");
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_turns),
		SANDBOXED(test_blocks),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
