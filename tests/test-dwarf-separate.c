/* SPDX-License-Identifier: MIT */
/* Debug information in files of its own: which of them is believed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/dwarf.h"
#include "core/dwarf_program.h"
#include "tests/exercise.h"
#include "tests/support.h"

#define HERE SANDBOX_WORK "/here"
#define ROOT SANDBOX_WORK "/root"

/* All must be well. */
static void sh(const char *script)
{
	struct result result;

	run(&result, "sh", "-euc", script, "sh", getenv("PSHM_PLAIN"));
	if (result.status != 0)
		fail_msg("%s: %s", script, result.err);
	result_deinit(&result);
}

/* The program in HERE, its packages being in ROOT: 0 or the error. */
static int program_of(const char *name)
{
	const char *path = pathf(HERE "/%s", name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_dwarf_program_ struct dwarf_program program = {.fd = -1, .alternative_fd = -1};

	assert_true(fd >= 0);
	return dwarf_program_init(fd, HERE, ROOT, DWARF_TYPES, &program);
}

static int layout_of(const char *name, const char *structure)
{
	const char *path = pathf(HERE "/%s", name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;
	int r = dwarf_layout(fd, HERE, structure, &layout);

	if (r == 0)
		exercise_layout(layout);
	return r;
}

/* A program that is stripped, and beside it what was taken out: NAME.debug; in the folder HERE. */
static void make_stripped(void)
{
	sh("mkdir -p /mnt/here /mnt/root; cd /mnt/here; cp $1/dwarf-gcc-5 whole;"
	   "objcopy --only-keep-debug whole program.debug;"
	   "objcopy --strip-debug --add-gnu-debuglink=program.debug whole program;"
	   "objcopy --remove-section .note.gnu.build-id whole anonymous-whole;"
	   "objcopy --only-keep-debug anonymous-whole anonymous.debug;"
	   "objcopy --strip-debug --add-gnu-debuglink=anonymous.debug anonymous-whole anonymous");
}

static void test_beside(void **state)
{
	(void)state;
	make_stripped();
	assert_int_equal(layout_of("program", "struct nested"), 0);
	assert_int_equal(layout_of("program", "struct nowhere"), -ESRCH);
	assert_int_equal(layout_of("anonymous", "struct nested"), 0);
	sh("cd /mnt/here; mkdir .debug; mv *.debug .debug");
	assert_int_equal(program_of("program"), 0);
	assert_int_equal(program_of("anonymous"), 0);
	sh("cd /mnt/here; mkdir -p /mnt/root/mnt/here; mv .debug/* /mnt/root/mnt/here");
	assert_int_equal(program_of("program"), 0);
	assert_int_equal(program_of("anonymous"), 0);
	sh("rm -r /mnt/root/mnt");
	assert_int_equal(program_of("program"), -ENODATA);
	assert_int_equal(program_of("anonymous"), -ENODATA);
}

/* As packages have it: the program does not even name it. */
static void test_by_id(void **state)
{
	(void)state;
	make_stripped();
	sh("cd /mnt/here; strip -g -R .gnu_debuglink -o bare whole;"
	   "id=$(readelf -n whole | sed -n 's/.*Build ID: //p');"
	   "folder=/mnt/root/.build-id/$(echo $id | cut -c-2); mkdir -p $folder;"
	   "cp program.debug $folder/$(echo $id | cut -c3-).debug; rm *.debug");
	assert_int_equal(program_of("bare"), 0);
	assert_int_equal(program_of("program"), 0);
	assert_int_equal(program_of("anonymous"), -ENODATA);
	sh("cp $1/dwarf-gcc-4 /mnt/root/.build-id/*/*.debug");
	assert_int_equal(program_of("bare"), -ENODATA); /* another program's */
}

static void test_not_believed(void **state)
{
	(void)state;
	make_stripped();
	sh("cd /mnt/here; cp $1/dwarf-gcc-4 program.debug; echo >>anonymous.debug");
	assert_int_equal(program_of("program"), -ENODATA);
	assert_int_equal(program_of("anonymous"), -ENODATA);
	sh("cd /mnt/here; rm *.debug; ln program program.debug; mkfifo anonymous.debug");
	assert_int_equal(program_of("program"), -ENODATA);
	assert_int_equal(program_of("anonymous"), -ENODATA);
	sh("cd /mnt/here; rm *.debug; mkdir program.debug; truncate -s 4G anonymous.debug");
	assert_int_equal(program_of("program"), -ENODATA);
	assert_int_equal(program_of("anonymous"), -ENODATA);
	/* A name that leads elsewhere. */
	sh("cd /mnt/here; mkdir sub; cp $1/dwarf-gcc-5 sub/program.debug;"
	   "printf 'sub/program.debug\\0\\0\\0\\0\\0\\0' >link; cp program other;"
	   "objcopy --update-section .gnu_debuglink=link other");
	assert_int_equal(program_of("other"), -ENODATA);
}

static void test_dwz(void **state)
{
	(void)state;
	sh("mkdir -p /mnt/here /mnt/root; cd /mnt/here; cp $1/dwarf-gcc-5 one;"
	   "cp $1/dwarf-gcc-4-O2 two; cp $1/dwarf-gxx-4 alone; dwz alone; dwz -m common one "
	   "two");
	assert_int_equal(layout_of("alone", "ipc::Ring<int, 8>"), 0);
	assert_int_equal(layout_of("alone", "kinds::Library"), 0);
	assert_int_equal(layout_of("one", "struct nested"), 0);
	assert_int_equal(layout_of("two", "struct arrays"), 0);
	assert_int_equal(layout_of("two", "seqnum_t"), 0);
	assert_int_equal(layout_of("two", "nowhere"), -ESRCH);
	sh("cd /mnt/here; cp common kept; cp $1/dwarf-gcc-5 common");
	assert_int_equal(layout_of("one", "struct nested"), -ENOLINK);
	sh("cd /mnt/here; rm common");
	assert_int_equal(layout_of("one", "struct nested"), -ENOLINK);
	sh("cd /mnt/here; id=$(readelf -n kept | sed -n 's/.*Build ID: //p');"
	   "folder=/mnt/root/.build-id/$(echo $id | cut -c-2); mkdir -p $folder;"
	   "mv kept $folder/$(echo $id | cut -c3-).debug");
	assert_int_equal(program_of("one"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_beside),
		SANDBOXED(test_by_id),
		SANDBOXED(test_not_believed),
		SANDBOXED(test_dwz),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
