/* SPDX-License-Identifier: MIT */
/* Situation: who reads all that there is, as grep -r does, whatever becomes of it meanwhile. */
#include "tests/actor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"

static unsigned long files, refused;
static char wrong[512];

/* What an object that changes, or may not be read, is refused with. */
static bool may_happen(int error)
{
	static const int errors[] = {ENOENT,  ESTALE, ENOTDIR, EISDIR, ENODATA,
				     EBADMSG, EFBIG,  EAGAIN,  EACCES};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i] == error)
			return true;
	return false;
}

static void refuse(const char *what, const char *name)
{
	if (may_happen(errno))
		refused++;
	else if (!*wrong)
		snprintf(wrong, sizeof(wrong), "%s of %.255s: %s", what, name, strerror(errno));
}

static void read_file(int folder, const char *name)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char bytes[16384];
	ssize_t n = 1;

	if (fd < 0) {
		refuse("open", name);
		return;
	}
	/* One that grows as fast as it is read is left. */
	for (int i = 0; i < 64 && n > 0; i++)
		n = read(fd, bytes, sizeof(bytes));
	if (n < 0)
		refuse("read", name);
	else
		files++;
}

/* Folders first in the way that find(1) has: what it is says fstatat(2). */
static void walk(int folder, const char *name, int depth)
{
	_cleanup_close_ int fd =
		openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	if (!dir) {
		refuse("opendir", name);
		return;
	}
	take_fd(&fd);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			refuse("stat", entry->d_name);
		else if (!S_ISDIR(st.st_mode))
			read_file(dirfd(dir), entry->d_name);
		else if (depth > 0)
			walk(dirfd(dir), entry->d_name, depth - 1);
	}
}

void play_walker(char **arguments)
{
	actor_ready(NULL, 0);
	do {
		if (!*wrong)
			walk(AT_FDCWD, arguments[0], 4);
	} while (*wrong ? actor_line_answered("wrong: %s", wrong)
			: !actor_called() || actor_line_answered("%lu %lu", files, refused));
}
