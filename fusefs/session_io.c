/* SPDX-License-Identifier: MIT */
#include "fusefs/session_io.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * An umount that meets a request on its way (the RELEASE of a file closed just before) is told as
 * ECONNABORTED (fuse_dev_do_read() in the kernel's fs/fuse/dev.c), any other as ENODEV. libfuse
 * takes only the latter for what both are, the regular end, and complains about the former.
 */
static ssize_t read_request(int fd, void *buffer, size_t size, void *userdata)
{
	ssize_t n = read(fd, buffer, size);

	(void)userdata;
	if (n < 0 && errno == ECONNABORTED)
		errno = ENODEV;
	return n;
}

static ssize_t write_answer(int fd, struct iovec *parts, int count, void *userdata)
{
	(void)userdata;
	return writev(fd, parts, count);
}

void session_set_io(struct fuse_session *session)
{
	static const struct fuse_custom_io io = {.read = read_request, .writev = write_answer};

#if FUSE_USE_VERSION >= 317
	fuse_session_custom_io(session, &io, sizeof(io), fuse_session_fd(session));
#else
	fuse_session_custom_io(session, &io, fuse_session_fd(session));
#endif
}
