/* SPDX-License-Identifier: MIT */
/* An ext4 in a file. */
#include "tests/ext4.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

#define IMAGE SANDBOX_WORK "/ext4.image"
#define LOOP_CONTROL_MINOR 237 /* Documentation/admin-guide/devices.txt */
#define LOOP_MAJOR 7

static char borrowed[64]; /* the folder of the build */

static void make_image(const char *kind)
{
	_cleanup_close_ int fd = open(IMAGE, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	struct result result;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 32 * 1024 * 1024), 0);
	setenv("PATH", pathf("%s:/usr/sbin:/sbin", getenv("PATH")), 1);
	run(&result, "mke2fs", "-q", "-F", "-t", kind, IMAGE);
	if (result.status)
		fail_msg("mke2fs (package e2fsprogs): %s", result.err);
	result_deinit(&result);
}

/* A device file of the sandbox's own: a chroot may have none. */
static int open_device(const char *path, mode_t kind, dev_t device)
{
	unlink(path);
	assert_int_equal(mknod(path, kind | 0600, device), 0);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* A free loop device with the image; it is free again when its last user is gone. */
static int attach(const char *path)
{
	_cleanup_close_ int image = open(IMAGE, O_RDWR | O_CLOEXEC);
	struct loop_config config = {.fd = (unsigned)image, .info.lo_flags = LO_FLAGS_AUTOCLEAR};

	for (int tries = 0; tries < 100; tries++) {
		_cleanup_close_ int control = open_device(SANDBOX_WORK "/loop-control", S_IFCHR,
							  makedev(10, LOOP_CONTROL_MINOR));
		int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
		int loop;

		if (number < 0)
			fail_msg("no loop device: %s", strerror(errno));
		loop = open_device(path, S_IFBLK, makedev(LOOP_MAJOR, (unsigned)number));
		if (loop < 0)
			fail_msg("loop%d: %s", number, strerror(errno));
		if (ioctl(loop, LOOP_CONFIGURE, &config) == 0)
			return loop;
		close(loop);
		if (errno != EBUSY) /* somebody else was faster */
			fail_msg("loop%d: %s", number, strerror(errno));
	}
	return -1;
}

bool ext4_setup(const char *kind)
{
	const char *path = SANDBOX_WORK "/loop";
	int loop;

	assert_int_equal(mkdir(EXT4, 0755), 0);
	if (!sandbox_has_user(65534)) {
		snprintf(borrowed, sizeof(borrowed), SANDBOX_BUILD "/ext4.XXXXXX");
		assert_non_null(mkdtemp(borrowed));
		assert_int_equal(mount(borrowed, EXT4, NULL, MS_BIND, NULL), 0);
		return false;
	}
	make_image(kind);
	loop = attach(path);
	assert_true(loop >= 0);
	if (mount(path, EXT4, kind, MS_NOSUID | MS_NODEV, NULL) < 0)
		fail_msg("mount an %s: %s", kind, strerror(errno));
	close(loop);
	return true;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

void ext4_clean(void)
{
	if (*borrowed)
		nftw(borrowed, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	*borrowed = '\0';
}
