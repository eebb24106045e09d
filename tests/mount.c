/* SPDX-License-Identifier: MIT */
/* Starting and stopping the real pshmfs. */
#include "tests/mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

const char *pshmfs_path(void)
{
	const char *path = getenv("PSHMFS");

	if (!path)
		fail_msg("PSHMFS is not set: run the tests by meson test");
	return path;
}

bool mount_waited_for(pid_t pid)
{
	_cleanup_free_ char *wchan = NULL;

	return read_file(pathf("/proc/%d/wchan", pid), &wchan, NULL) == 0 &&
	       (strstr(wchan, "request_wait") || strstr(wchan, "fuse"));
}

long mount_resident(const struct mount *mount)
{
	_cleanup_free_ char *status = NULL;
	const char *line;

	assert_int_equal(read_file(pathf("/proc/%d/status", mount->daemon.pid), &status, NULL), 0);
	line = strstr(status, "VmRSS:");
	assert_non_null(line);
	return strtol(line + strlen("VmRSS:"), NULL, 10);
}

int mount_shown(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	const char *wanted = pathf(" %s ", path);
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0)
		if (strstr(line, wanted))
			return 1;
	return 0;
}

static bool shown_or_ended(void *data)
{
	const struct mount *mount = data;

	return mount_shown(mount->path) || child_ended(&mount->daemon);
}

static void start_daemon(struct mount *mount, const char *source, const char *options)
{
	const char *argv[8];
	size_t n = 0;

	argv[n++] = pshmfs_path();
	argv[n++] = "-f";
	if (options) {
		argv[n++] = "-o";
		argv[n++] = options;
	}
	if (source)
		argv[n++] = source;
	argv[n++] = mount->path;
	argv[n] = NULL;
	child_start(&mount->daemon, argv, NULL);
}

static void show_said(const struct mount *mount)
{
	_cleanup_free_ char *out = child_said(mount->daemon.out, NULL);
	_cleanup_free_ char *err = child_said(mount->daemon.err, NULL);

	fprintf(stderr, "pshmfs said: %s%s\n", out, err);
}

/* Ends it, however it is. */
static void destroy(struct mount *mount)
{
	if (mount_shown(mount->path))
		umount2(mount->path, MNT_DETACH | UMOUNT_NOFOLLOW);
	child_kill(&mount->daemon);
	rmdir(mount->path);
}

void mount_start(struct mount *ret, const char *source, const char *options)
{
	struct stat st;

	snprintf(ret->path, sizeof(ret->path), "%s/mount.XXXXXX", SANDBOX_WORK);
	assert_non_null(mkdtemp(ret->path));
	chmod(ret->path, 0755);
	start_daemon(ret, source, options);
	/* The first answer comes after INIT: from then on nothing is opened for the start. */
	if (!wait_until(DEADLINE_MS, shown_or_ended, ret) || child_ended(&ret->daemon) ||
	    stat(pathf("%s/.pshmfs/about", ret->path), &st) < 0) {
		show_said(ret);
		destroy(ret);
		fail_msg("pshmfs did not start");
	}
	ret->fds = fds_count(ret->daemon.pid);
}

/* Unmount as umount(8) does it; false, with a message, where it is in use. */
static bool unmount(const struct mount *mount)
{
	if (umount2(mount->path, UMOUNT_NOFOLLOW) == 0)
		return true;
	fprintf(stderr, "umount %s: %s\n", mount->path, strerror(errno));
	umount2(mount->path, MNT_DETACH | UMOUNT_NOFOLLOW);
	return false;
}

static int lost_requests(const struct mount *mount)
{
	static const char lost[] = "fuse: failed to allocate request\n";
	_cleanup_free_ char *said = child_said(mount->daemon.err, NULL);
	int n = 0;

	for (const char *at = said; (at = strstr(at, lost)); at++)
		n++;
	return n;
}

static bool settled_but_lost(void *data)
{
	const struct mount *mount = data;

	return fds_count(mount->daemon.pid) <= mount->fds + lost_requests(mount);
}

void mount_stop_short(struct mount *mount)
{
	bool settled = wait_until(DEADLINE_MS, settled_but_lost, mount);
	bool unmounted = unmount(mount);
	struct result result;

	child_finish(&mount->daemon, &result);
	rmdir(mount->path);
	for (const char *line = result.err; *line; line += strcspn(line, "\n") + 1)
		if (strncmp(line, "pshmfs: fuse: ", strlen("pshmfs: fuse: ")) != 0)
			fail_msg("%s", line);
	if (result.status || *result.out || !settled || !unmounted)
		fail_msg("pshmfs ended with status %d", result.status);
	result_deinit(&result);
}

void mount_stop(struct mount *mount)
{
	bool settled = fds_settle(mount->daemon.pid, mount->fds);
	bool unmounted = unmount(mount);
	struct result result;

	child_finish(&mount->daemon, &result);
	rmdir(mount->path);
	if (*result.out || *result.err)
		fprintf(stderr, "pshmfs said: %s%s\n", result.out, result.err);
	if (result.status || *result.out || *result.err || !settled || !unmounted)
		fail_msg("pshmfs ended with status %d", result.status);
	result_deinit(&result);
}
