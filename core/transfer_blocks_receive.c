/* SPDX-License-Identifier: MIT */
/* The reader of the block protocol. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/transfer_blocks.h"

/*
 * A pipe of another process, by the number of its descriptor there: a new descriptor of the other
 * end, or of the same. What it is is looked at before it is opened: the number is hostile, and a
 * device may do anything when it is opened.
 */
static int open_pipe(pid_t pid, uint32_t number, int flags)
{
	_cleanup_close_ int path = -1;
	struct stat st;
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/fd/%u", pid, number);
	path = open(name, O_PATH | O_CLOEXEC);
	if (path < 0 || fstat(path, &st) < 0)
		return -errno;
	if (!S_ISFIFO(st.st_mode))
		return -EINVAL;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
	fd = open(name, flags | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* One that is being ended has no descriptors any more, and for a moment still its lock. */
static bool is_ending(const struct half *half, int error)
{
	for (int ms = 0; error == -ENOENT && ms < 100; ms++) {
		if (!peer_locked(half->fd, TRANSFER_WRITER, NULL))
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

/* Whose lock it is, is no matter of trust: the kernel says which process has it. */
static int open_pipes(struct half *half)
{
	const struct pshm_blocks *object = half->memory;
	struct blocks *blocks = &half->blocks;
	pid_t writer = 0;
	int error;

	if (!peer_locked(half->fd, TRANSFER_WRITER, &writer))
		return half_fail(half, TRANSFER_PEER_DIED, 0);
	blocks->in = open_pipe(writer, object->filled, O_RDONLY);
	if (blocks->in >= 0)
		blocks->out = open_pipe(writer, object->emptied, O_WRONLY);
	if (blocks->in >= 0 && blocks->out >= 0)
		return 0;
	error = blocks->in < 0 ? blocks->in : blocks->out;
	if (is_ending(half, error))
		return half_fail(half, TRANSFER_PEER_DIED, 0);
	return half_fail(half, TRANSFER_PIPES, error);
}

/* How many of the filled blocks follow each other, all but the last of them full. */
static ssize_t row_of_filled(struct half *half, size_t *ret_bytes)
{
	const struct pshm_blocks *object = half->memory;
	const uint32_t first = blocks_next(half);
	const size_t most = blocks_run(half);
	uint32_t bytes = half->blocks.size;
	size_t row = 0;

	for (*ret_bytes = 0; row < most && row < half->blocks.n && bytes == half->blocks.size;
	     row++) {
		if (blocks_nth(half, row) != first + row)
			break;
		bytes = __atomic_load_n(&object->blocks[first + row].bytes, __ATOMIC_RELAXED);
		if (bytes == 0 || bytes > half->blocks.size)
			return half_fail(half, TRANSFER_DAMAGED, 0);
		*ret_bytes += bytes;
	}
	return (ssize_t)row;
}

/* Write out as many of the blocks as one call can, and send their numbers back. */
static int receive_row(struct half *half)
{
	const uint32_t first = blocks_next(half);
	size_t bytes;
	const ssize_t row = row_of_filled(half, &bytes);
	int r;

	if (row < 0)
		return (int)row;
	blocks_mark_row(half, first, (size_t)row, BLOCK_EMPTYING);
	r = half_write(half, blocks_data(half, first), bytes);
	blocks_mark_row(half, first, (size_t)row, BLOCK_EMPTY);
	half->result->blocks += r == 0 ? (uint64_t)row : 0;
	return r < 0 ? r : blocks_pass_on(half, (size_t)row);
}

int blocks_receive(struct half *half)
{
	const uint32_t hello = BLOCKS_HELLO, end = BLOCKS_END;
	int r = blocks_load(half);

	if (r == 0)
		r = open_pipes(half);
	if (r == 0)
		r = blocks_put(half, &hello, 1);
	while (r == 0 && (half->blocks.n > 0 || !half->blocks.ended)) {
		if (tick_due())
			r = half_tick(half);
		if (r == 0)
			r = half->blocks.n > 0 ? receive_row(half) : blocks_collect(half);
	}
	return r < 0 ? r : blocks_put(half, &end, 1);
}
