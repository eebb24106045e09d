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

/* The process whose name begins so, or 0. */
static pid_t process_called(const char *name)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	while (!found && (entry = readdir(proc))) {
		_cleanup_free_ char *comm = NULL;

		if (read_file(pathf("/proc/%s/comm", entry->d_name), &comm, NULL) == 0 &&
		    strncmp(comm, name, strlen(name)) == 0)
			found = atoi(entry->d_name);
	}
	return found;
}

pid_t point_daemon(void)
{
	return process_called("pshmfs\n");
}

/* Those that it has started, too. */
bool point_daemon_gone(void *data)
{
	(void)data;
	return process_called("pshmfs") == 0;
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
