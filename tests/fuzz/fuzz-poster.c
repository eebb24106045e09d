/* SPDX-License-Identifier: MIT */
/* Any messages to the process that changes objects: who asks it may have been taken over. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/poster.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

enum { OBJECT_SIZE = 80, MESSAGE_MAX = 255, MESSAGES_MAX = 16 };

/* Semaphores, one of each library, and numbers. */
static const uint32_t words[OBJECT_SIZE / 4] = {
	[0] = 1, [2] = 0x80, [8] = 2, [9] = 0x80, [12] = 0x80000000, [13] = 1, [19] = 7};

/* The message with an open object, or with none. */
static void say(int socket, const uint8_t *bytes, size_t size, int fd)
{
	struct iovec part = {(void *)(uintptr_t)bytes, size};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(2 * sizeof(int))}};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	/* Twice: there is to be room for one. */
	memcpy(CMSG_DATA(&control.header), (int[]){fd, fd}, 2 * sizeof(int));
	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		abort();
}

static size_t size_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		abort();
	return (size_t)st.st_size;
}

static int lowest_free(void)
{
	const int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* Of each message the length, and the bytes; 255: it comes without an object, and ends all. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_close_ int object = exercise_file(words, sizeof(words));
	struct input input = {bytes, size};
	const int before = lowest_free();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	for (unsigned i = 0; i < MESSAGES_MAX && input.left > 0; i++) {
		const size_t length = input_number(&input, 1);
		uint8_t message[MESSAGE_MAX];
		const size_t n = input_bytes(&input, message, length);

		say(ends[0], message, n, length == MESSAGE_MAX ? -1 : object);
	}
	shutdown(ends[0], SHUT_WR);
	poster_serve(ends[1]);
	close(ends[0]);
	close(ends[1]);
	/* It never makes an object longer, and keeps no descriptor. */
	if (size_of(object) != sizeof(words) || lowest_free() != before)
		abort();
	return 0;
}
