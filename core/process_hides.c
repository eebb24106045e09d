/* SPDX-License-Identifier: MIT */
/* Whether processes are hidden: by one that is always there, else by how /proc was mounted. */
#include "core/process_hides.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/credentials.h"

/* One /proc that hides is enough; whoever may not even read this is hidden himself. */
static bool mounted_so(int procfd)
{
	_cleanup_free_ char *line = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	int fd = openat(procfd, "thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t size = 0;

	if (fd < 0)
		return true;
	file = fdopen(fd, "r");
	if (!file)
		close(fd);
	while (file && getline(&line, &size, file) > 0)
		if (strstr(line, " - proc ") &&
		    (strstr(line, "hidepid=2") || strstr(line, "hidepid=4") ||
		     strstr(line, "hidepid=invisible") || strstr(line, "hidepid=ptraceable")))
			return true;
	return false;
}

bool process_hides(int procfd)
{
	const uid_t user = credentials_user();
	struct stat st;

	if (user == 0)
		return false;
	/* Process 1 is always there, and most often another user's. */
	if (fstatat(procfd, "1", &st, 0) < 0)
		return errno == ENOENT;
	return st.st_uid == user && mounted_so(procfd);
}
