/* SPDX-License-Identifier: MIT */
/* A mount point, and the daemon that a test starts there by itself. */
#include "tests/point.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "tests/support.h"

int point_setup(void **state)
{
	if (sandbox_setup(state) < 0 || mkdir(POINT, 0755) < 0)
		return -1;
	put_seqnum("count", 41);
	return 0;
}

int point_teardown(void **state)
{
	while (umount2("/dev/fuse", MNT_DETACH) == 0)
		;
	return sandbox_clean(state);
}

pid_t point_daemon(void)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	while (!found && (entry = readdir(proc))) {
		_cleanup_free_ char *name = NULL;

		if (read_file(pathf("/proc/%s/comm", entry->d_name), &name, NULL) == 0 &&
		    strcmp(name, "pshmfs\n") == 0)
			found = atoi(entry->d_name);
	}
	return found;
}

bool point_daemon_gone(void *data)
{
	(void)data;
	return point_daemon() == 0;
}

void point_await_end(void)
{
	assert_true(wait_until(DEADLINE_MS, point_daemon_gone, NULL));
	assert_false(mount_shown(POINT));
}

bool point_serves(void *data)
{
	return errno_of_open(POINT "/.pshmfs/about", O_RDONLY) == 0 || child_ended(data);
}
