/* SPDX-License-Identifier: MIT */
/* Mounting by mount(8), and by lines of fstab(5). */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "tests/point.h"
#include "tests/support.h"

/*
 * mount(8) gives mount.fuse3 a PATH of its own: pshmfs is to be found where a `meson install` puts
 * it. The sandbox has its own mounts, and nobody else sees this one.
 */
static void install_pshmfs(void)
{
	_cleanup_free_ char *path = strdup(pshmfs_path());

	assert_non_null(path);
	assert_int_equal(mount(dirname(path), "/usr/local/bin", NULL, MS_BIND, NULL), 0);
}

/* It says nothing, and succeeds. */
static void shell(const char *script)
{
	struct result result;

	run(&result, "sh", "-ec", script);
	assert_string_equal(result.out, "");
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	result_deinit(&result);
}

/* What libmount has for type, device and mount point. */
static void shown_as(const char *device)
{
	struct result result;

	run(&result, "findmnt", "-n", "-o", "FSTYPE,SOURCE", POINT);
	assert_string_equal(result.out, pathf("fuse.pshmfs %s\n", device));
	result_deinit(&result);
}

static void mounted_by_mount(void)
{
	cat_equals(POINT "/count/sem_value", "1\n");
	cat_fails(POINT "/count/seqnum", ENOENT);
}

/* As mount(8) starts it, through mount.fuse3, which adds options of its own. */
static void mount_command(const char *options)
{
	shell(pathf("mount -t fuse.pshmfs -o %s,layout=count=sem /dev/shm " POINT, options));
	mounted_by_mount();
	shown_as("/dev/shm");
	shell("umount " POINT);
	point_await_end();
	shell(pathf("mount -t fuse -o %s,layout=count=sem pshmfs#/dev/shm " POINT, options));
	mounted_by_mount();
	shell("umount " POINT);
	point_await_end();
}

static void test_mount_command(void **state)
{
	(void)state;
	mount_command("rw,nofail,x-systemd.automount");
	mount_command("noauto,user,relatime,nodiratime,comment=x");
	mount_command("group,owner,_rnetdev,X-mount.mkdir");
	mount_command("norelatime,strictatime,lazytime,diratime");
	mount_command("nostrictatime,nolazytime,nousers");
	mount_command("ro,nosuid,nodev,noexec,_netdev,x-systemd.requires=x.service");
	mount_command("setuid=root");
	/* As mount(8) calls it for the type pshmfs. */
	shell("\"$PSHM_TESTS\"/../machines/mount.pshmfs /dev/shm " POINT
	      " -n -v -o rw,nofail,layout=count=sem");
	mounted_by_mount();
	shell("umount " POINT);
	point_await_end();
}

/* By a line of fstab(5), which `mount -a` mounts once, however often it is called. */
static void fstab_line(const char *device, const char *type)
{
	shell(pathf("echo '%s " POINT
		    " %s defaults,nofail,x-systemd.automount,layout=count=sem 0 0' "
		    "> " SANDBOX_WORK "/fstab",
		    device, type));
	shell("mount -T " SANDBOX_WORK "/fstab " POINT);
	mounted_by_mount();
	shown_as(device);
	shell("umount " POINT);
	point_await_end();
	shell("mount -a -T " SANDBOX_WORK "/fstab");
	mounted_by_mount();
	shell("mount -a -T " SANDBOX_WORK "/fstab");
	mounted_by_mount();
	shell("umount " POINT);
	point_await_end();
}

static void test_fstab(void **state)
{
	(void)state;
	fstab_line("/dev/shm", "fuse.pshmfs");
	fstab_line("pshmfs", "fuse.pshmfs");
	fstab_line("none", "fuse.pshmfs");
}

/* A device is shown as it was typed, whatever is in it. */
static void test_device(void **state)
{
	(void)state;
	assert_int_equal(mkdir(SANDBOX_WORK "/a,b\\c", 0755), 0);
	shell("pshmfs '" SANDBOX_WORK "/a,b\\c' " POINT);
	shown_as(SANDBOX_WORK "/a,b\\c");
	shell("umount " POINT);
	point_await_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POINT(test_mount_command),
		WITH_POINT(test_fstab),
		WITH_POINT(test_device),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	install_pshmfs();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
