/* SPDX-License-Identifier: MIT */
#include "core/transfer_blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"

/* The data begins on a page of its own. */
static size_t data_offset(uint32_t count)
{
	const size_t head = sizeof(struct pshm_blocks) + count * sizeof(struct pshm_block);

	return (head + 4095) / 4096 * 4096;
}

static size_t size_of(const struct transfer_setup *setup)
{
	return data_offset(setup->blocks) + (size_t)setup->blocks * setup->buffer;
}

/* Until the reader has come this side has its ends, too: a pipe that nobody reads is EPIPE. */
static int init(struct half *half, void *head)
{
	struct blocks *blocks = &half->blocks;
	struct pshm_blocks *object = head;
	int filled[2], emptied[2];

	if (pipe2(filled, O_CLOEXEC) < 0)
		return half_fail(half, TRANSFER_OBJECT, -errno);
	blocks->spare_in = filled[0];
	blocks->out = filled[1];
	if (pipe2(emptied, O_CLOEXEC) < 0)
		return half_fail(half, TRANSFER_OBJECT, -errno);
	blocks->in = emptied[0];
	blocks->spare_out = emptied[1];
	if (fcntl(blocks->in, F_SETFL, O_NONBLOCK) < 0)
		return half_fail(half, TRANSFER_OBJECT, -errno);
	memcpy(object->magic, PSHM_BLOCKS_MAGIC, sizeof(object->magic));
	object->count = half->setup->blocks;
	object->size = (uint32_t)half->setup->buffer;
	object->data = data_offset(object->count);
	object->filled = (uint32_t)blocks->out;
	object->emptied = (uint32_t)blocks->in;
	return 0;
}

/* Nobody makes one but our writer, which publishes it whole. */
static enum half_readiness readiness(const void *head, const char **ret_abi)
{
	*ret_abi = NULL;
	return memcmp(head, PSHM_BLOCKS_MAGIC, strlen(PSHM_BLOCKS_MAGIC)) == 0 ? HALF_READY
									       : HALF_UNREADY;
}

int blocks_load(struct half *half)
{
	const struct pshm_blocks *object = half->memory;
	struct blocks *blocks = &half->blocks;
	const uint64_t data = object->data;

	blocks->count = object->count;
	blocks->size = object->size;
	if (blocks->count < 1 || blocks->count > PSHM_BLOCKS_MAX ||
	    blocks->size < TRANSFER_BUFFER_MIN || blocks->size > TRANSFER_BUFFER_MAX ||
	    data < data_offset(blocks->count) || data > half->size ||
	    (half->size - data) / blocks->size < blocks->count)
		return half_fail(half, TRANSFER_DAMAGED, 0);
	blocks->data = (char *)half->memory + data;
	return 0;
}

/* A read that does not wait. */
struct attempt {
	int fd;
	uint32_t *numbers;
	size_t max;
	ssize_t n;
	int error;
};

static bool try_read(void *data)
{
	struct attempt *attempt = data;

	attempt->n = read(attempt->fd, attempt->numbers, attempt->max * sizeof(*attempt->numbers));
	attempt->error = attempt->n < 0 ? errno : 0;
	return attempt->error != EAGAIN;
}

/* How many, at most `max`; 0: it was interrupted; or half_fail(). */
static ssize_t take(struct half *half, uint32_t *ret, size_t max)
{
	struct attempt attempt = {.fd = half->blocks.in, .numbers = ret, .max = max};
	struct pollfd wait = {.fd = half->blocks.in, .events = POLLIN};

	if (!turn_spin_for(&half->turn, try_read, &attempt)) {
		if (poll(&wait, 1, -1) < 0)
			return errno == EINTR ? half_tick(half)
					      : half_fail(half, TRANSFER_OBJECT, -errno);
		try_read(&attempt);
	}
	if (attempt.n == 0)
		return half_fail(half, TRANSFER_PEER_DIED, 0);
	if (attempt.error)
		return attempt.error == EAGAIN ? 0
					       : half_fail(half, TRANSFER_OBJECT, -attempt.error);
	/* All that is written at once is less than PIPE_BUF, and so is never torn, pipe(7). */
	return attempt.n % (ssize_t)sizeof(*ret) == 0 ? attempt.n / (ssize_t)sizeof(*ret)
						      : half_fail(half, TRANSFER_PEER_FAILED, 0);
}

_Static_assert(PSHM_BLOCKS_MAX * sizeof(uint32_t) <= 4096, "PIPE_BUF, pipe(7)");

int blocks_put(struct half *half, const uint32_t *numbers, size_t n)
{
	while (write(half->blocks.out, numbers, n * sizeof(*numbers)) < 0) {
		int r;

		if (errno == EPIPE)
			return half_lost(half);
		if (errno != EINTR)
			return half_fail(half, TRANSFER_OBJECT, -errno);
		r = half_tick(half);
		if (r < 0)
			return r;
	}
	return 0;
}

/* From now on each end of the pipes is open in one process: when that ends, it is hung up. */
static void meet(struct half *half)
{
	half_meet(half);
	close_fdp(&half->blocks.spare_in);
	close_fdp(&half->blocks.spare_out);
	half->blocks.spare_in = -1;
	half->blocks.spare_out = -1;
}

/* No number of a block: is it a word, and one that comes from that side? 0 or half_fail(). */
static int take_word(struct half *half, uint32_t word)
{
	if (word == BLOCKS_HELLO && half->role == TRANSFER_WRITER)
		meet(half);
	else if (word == BLOCKS_END)
		half->blocks.ended = true;
	else if (word == BLOCKS_FAILED || half->role == TRANSFER_WRITER)
		return half_fail(half, TRANSFER_PEER_FAILED, 0);
	else
		return half_fail(half, TRANSFER_DAMAGED, 0);
	return 0;
}

static int take_in(struct half *half, uint32_t number)
{
	struct blocks *blocks = &half->blocks;

	if (number >= blocks->count || blocks->n == blocks->count)
		return take_word(half, number);
	blocks->queue[(blocks->first + blocks->n++) % PSHM_BLOCKS_MAX] = number;
	return 0;
}

int blocks_collect(struct half *half)
{
	uint32_t numbers[PSHM_BLOCKS_MAX];
	ssize_t n = take(half, numbers, PSHM_BLOCKS_MAX);
	int r = n < 0 ? (int)n : 0;

	for (ssize_t i = 0; r == 0 && i < n; i++)
		r = take_in(half, numbers[i]);
	return r;
}

uint32_t blocks_nth(const struct half *half, size_t n)
{
	return half->blocks.queue[(half->blocks.first + n) % PSHM_BLOCKS_MAX];
}

uint32_t blocks_next(const struct half *half)
{
	return blocks_nth(half, 0);
}

int blocks_pass_on(struct half *half, size_t n)
{
	uint32_t numbers[PSHM_BLOCKS_MAX];

	for (size_t i = 0; i < n; i++)
		numbers[i] = blocks_nth(half, i);
	half->blocks.first = (half->blocks.first + (uint32_t)n) % PSHM_BLOCKS_MAX;
	half->blocks.n -= (uint32_t)n;
	return blocks_put(half, numbers, n);
}

static short events(int fd, short wanted)
{
	struct pollfd state = {.fd = fd, .events = wanted};

	return (short)(poll(&state, 1, 0) > 0 ? state.revents : 0);
}

/* For who waits for its input or output: has the other side come, or said something? */
static int watch(struct half *half)
{
	return half->blocks.in >= 0 && events(half->blocks.in, POLLIN) & POLLIN
		       ? blocks_collect(half)
		       : 0;
}

static bool bereft(struct half *half)
{
	const short state = events(half->blocks.in, POLLIN);

	return !half->blocks.ended && state & POLLHUP && !(state & POLLIN);
}

/* Where there is no room for it the other side has more to read than it wants already. */
static void abandon(struct half *half)
{
	const uint32_t word = BLOCKS_FAILED;

	if (half->blocks.out >= 0 && events(half->blocks.out, POLLOUT) & POLLOUT)
		blocks_put(half, &word, 1);
}

void blocks_mark(struct half *half, uint32_t number, enum block_state state, uint32_t bytes)
{
	struct pshm_block *block = &((struct pshm_blocks *)half->memory)->blocks[number];

	__atomic_store_n(&block->bytes, bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&block->state, (uint32_t)state, __ATOMIC_RELAXED);
}

void blocks_mark_row(struct half *half, uint32_t first, size_t n, enum block_state state)
{
	struct pshm_block *block = &((struct pshm_blocks *)half->memory)->blocks[first];

	for (size_t i = 0; i < n; i++) {
		if (state == BLOCK_EMPTY)
			__atomic_store_n(&block[i].bytes, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&block[i].state, (uint32_t)state, __ATOMIC_RELAXED);
	}
}

char *blocks_data(const struct half *half, uint32_t number)
{
	return half->blocks.data + (size_t)number * half->blocks.size;
}

size_t blocks_run(const struct half *half)
{
	const size_t quarter = half->blocks.count / 4, stage = BLOCKS_STAGE / half->blocks.size;
	const size_t run = quarter < stage ? quarter : stage;

	return run ? run : 1;
}

const struct transfer_protocol transfer_blocks = {
	.layout = "blocks",
	.head = sizeof(struct pshm_blocks),
	.seats = {SIZE_MAX, SIZE_MAX},
	.size = size_of,
	.init = init,
	.readiness = readiness,
	.watch = watch,
	.bereft = bereft,
	.send = blocks_send,
	.receive = blocks_receive,
	.abandon = abandon,
};
