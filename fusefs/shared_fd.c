/* SPDX-License-Identifier: MIT */
/* Counting who reads an object. */
#include "fusefs/shared_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int shared_fd_get(struct slot *slot, int fd)
{
	int r;

	pthread_mutex_lock(&lock);
	if (slot->readers == 0)
		slot->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	r = slot->fd < 0 ? -errno : slot->fd;
	if (r >= 0)
		slot->readers++;
	pthread_mutex_unlock(&lock);
	return r;
}

void shared_fd_put(struct slot *slot)
{
	pthread_mutex_lock(&lock);
	if (--slot->readers == 0)
		close(slot->fd);
	pthread_mutex_unlock(&lock);
}
