/* SPDX-License-Identifier: MIT */
#include "core/standard_fds.h"

#include <fcntl.h>
#include <unistd.h>

void standard_fds_open(void)
{
	int fd;

	do
		fd = open("/dev/null", fcntl(STDIN_FILENO, F_GETFD) < 0 ? O_WRONLY : O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
