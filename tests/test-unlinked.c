/* SPDX-License-Identifier: MIT */
/* Objects that no holder lets us look at: what the text of a link says, and the names of a folder.
 */
#include "core/unlinked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support.h"

#define PROC SANDBOX_WORK "/proc"

/* One process, 7, that has a file open by descriptor 3, as a /proc made by hand says. */
struct fake {
	struct process process;
	struct holder holder;
	size_t index;
	struct snapshot snapshot;
	int procfd;
	uint64_t ino;
};

/* Its link leads nowhere, and has this text. */
static void fake_init(struct fake *ret, uint64_t ino, const char *text)
{
	mkdir(PROC, 0755);
	mkdir(PROC "/7", 0755);
	mkdir(PROC "/7/fd", 0755);
	unlink(PROC "/7/fd/3");
	assert_int_equal(symlink(text, PROC "/7/fd/3"), 0);
	*ret = (struct fake){
		.process = {.pid = 7, .reader = 7},
		.holder = {.dev = shm_dev(), .ino = ino, .kind = HOLDER_FD, .fd = 3},
		.procfd = open(PROC, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.ino = ino,
	};
	assert_true(ret->procfd >= 0);
	ret->snapshot = (struct snapshot){
		.processes = &ret->process,
		.n_processes = 1,
		.holders = &ret->holder,
		.n_holders = 1,
		.by_object = &ret->index,
	};
}

static int fake_open(const struct fake *fake, int dirfd, const struct names *names)
{
	struct object object;
	int r = unlinked_open(fake->procfd, dirfd, names, &fake->snapshot, fake->ino, &object);

	if (r == 0) {
		assert_int_equal(object.fd, -1);
		assert_int_equal(object.error, -ENOENT);
		assert_int_equal(object.st.stx_ino, fake->ino);
		assert_int_equal(object.id.ino, fake->ino);
		assert_int_equal(object.id.dev, shm_dev());
		object_close(&object);
	}
	return r;
}

static struct names *load(void)
{
	struct names *names;

	assert_int_equal(names_load(shm_folder(), &names), 0);
	return names;
}

static void make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	close(fd);
}

/* The text says that it has no name: that is so, unless one of the folder has its inode. */
static void test_names(void **state)
{
	struct names *before = load(), *after;
	struct fake fake;

	(void)state;
	make(shm_path("named"));
	after = load();
	fake_init(&fake, shm_ino("named"), "/nowhere/was (deleted)");
	assert_int_equal(fake_open(&fake, shm_folder(), NULL), -ESTALE);
	assert_int_equal(fake_open(&fake, shm_folder(), after), -ESTALE);
	/* Those that are given count; the folder is not read for more. */
	assert_int_equal(fake_open(&fake, shm_folder(), before), 0);
	unlink(shm_path("named"));
	assert_int_equal(fake_open(&fake, shm_folder(), NULL), 0);
	assert_int_equal(fake_open(&fake, shm_folder(), after), -ESTALE);
	names_free(before);
	names_free(after);
	close(fake.procfd);
}

/* A name may end as the kernel's text does, also in a folder below. */
static void test_text(void **state)
{
	struct names *names = load();
	struct fake fake;
	struct stat st;

	(void)state;
	fake_init(&fake, 4711, "/nowhere/is");
	assert_int_equal(fake_open(&fake, shm_folder(), names), -ESTALE);
	assert_int_equal(fake_open(&fake, shm_folder(), NULL), -ESTALE);
	close(fake.procfd);
	assert_int_equal(mkdir(shm_path("below"), 0755), 0);
	make(shm_path("below/is (deleted)"));
	assert_int_equal(stat(shm_path("below/is (deleted)"), &st), 0);
	fake_init(&fake, st.st_ino, "/nowhere/below/is (deleted)");
	assert_int_equal(fake_open(&fake, shm_folder(), names), -ESTALE);
	assert_int_equal(fake_open(&fake, shm_folder(), NULL), -ESTALE);
	unlink(shm_path("below/is (deleted)"));
	assert_int_equal(fake_open(&fake, shm_folder(), names), 0);
	assert_int_equal(fake_open(&fake, shm_folder(), NULL), 0);
	rmdir(shm_path("below"));
	names_free(names);
	close(fake.procfd);
}

/* Of what nobody holds any more no name is asked for: there is no folder here to ask. */
static void test_gone(void **state)
{
	struct names *names = load();
	struct fake fake;

	(void)state;
	fake_init(&fake, 4711, "/nowhere/was (deleted)");
	assert_int_equal(fake_open(&fake, -1, NULL), -EBADF);
	assert_int_equal(fake_open(&fake, -1, names), 0);
	fake.ino = 4712;
	assert_int_equal(fake_open(&fake, -1, NULL), -ESTALE);
	assert_int_equal(fake_open(&fake, -1, names), -ESTALE);
	/* The descriptor is another file by now. */
	close(fake.procfd);
	fake_init(&fake, 4711, "/dev/null");
	assert_int_equal(fake_open(&fake, -1, NULL), -ESTALE);
	assert_int_equal(fake_open(&fake, -1, names), -ESTALE);
	names_free(names);
	close(fake.procfd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SANDBOXED(test_names),
		SANDBOXED(test_text),
		SANDBOXED(test_gone),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
