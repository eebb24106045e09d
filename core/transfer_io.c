/* SPDX-License-Identifier: MIT */
/* The input and the output of a transfer, which may be anything that has a descriptor. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "core/transfer_half.h"

/* A read(2) or write(2) has failed: 0 when it is to be tried again, or half_fail(). */
static int go_on(struct half *half, int error, short events)
{
	struct pollfd ready = {.fd = half->setup->fd, .events = events};
	int r;

	if (error != EINTR && error != EAGAIN)
		return half_fail(half, TRANSFER_STREAM, -error);
	/* EAGAIN: whoever shares it has made it non-blocking. */
	if (error == EAGAIN && poll(&ready, 1, -1) >= 0)
		return 0;
	r = half_tick(half);
	if (r < 0)
		return r;
	return half_bereft(half) ? half_lost(half) : 0;
}

ssize_t half_read(struct half *half, void *buffer, size_t size)
{
	for (;;) {
		ssize_t n = read(half->setup->fd, buffer, size);
		int r = n < 0 ? go_on(half, errno, POLLIN) : 0;

		if (n >= 0 || r < 0)
			return n >= 0 ? n : r;
	}
}

int half_write(struct half *half, const void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(half->setup->fd, (const char *)bytes + done, size - done);
		int r = n < 0 ? go_on(half, errno, POLLOUT) : 0;

		if (r < 0)
			return r;
		if (n > 0) {
			done += (size_t)n;
			half->result->bytes += (size_t)n;
		}
	}
	return 0;
}
