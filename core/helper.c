/* SPDX-License-Identifier: MIT */
#include "core/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

static void ignore(int number)
{
	const struct sigaction action = {.sa_handler = SIG_IGN};

	sigaction(number, &action, NULL);
}

int helper_begin(const char *name, int fd)
{
	const int own = 3;
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_NAME, name);
	for (int standard = 0; null >= 0 && standard < own; standard++)
		dup2(null, standard);
	if (dup2(fd, own) < 0 || close_range((unsigned)own + 1, ~0U, 0) < 0 || chdir("/") < 0)
		return -errno;
	ignore(SIGINT);
	ignore(SIGTERM);
	ignore(SIGHUP);
	return own;
}
