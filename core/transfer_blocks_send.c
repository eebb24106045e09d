/* SPDX-License-Identifier: MIT */
/* The writer of the block protocol. */
#include "core/transfer_blocks.h"

/* How many of the empty blocks follow each other, in number and in memory. */
static size_t row_of_empty(const struct half *half)
{
	const uint32_t first = blocks_next(half);
	const size_t most = blocks_run(half);
	size_t n = 1;

	while (n < most && n < half->blocks.n && blocks_nth(half, n) == first + n)
		n++;
	return n;
}

/* The next n blocks have the bytes: their numbers go to the reader. */
static int hand_over(struct half *half, size_t n, size_t bytes)
{
	const uint32_t first = blocks_next(half), size = half->blocks.size;
	int r;

	for (size_t i = 0; i < n; i++)
		blocks_mark(half, first + (uint32_t)i, BLOCK_FILLED,
			    i + 1 < n ? size : (uint32_t)(bytes - i * size));
	r = blocks_pass_on(half, n);
	if (r < 0)
		return r;
	half->result->bytes += bytes;
	half->result->blocks += n;
	return 0;
}

/* How many bytes were sent, 0: the input has ended; or half_fail(). */
static ssize_t send_row(struct half *half)
{
	const uint32_t first = blocks_next(half);
	const size_t row = row_of_empty(half);
	size_t used;
	ssize_t n;
	int r = 0;

	blocks_mark_row(half, first, row, BLOCK_FILLING);
	n = half_read(half, blocks_data(half, first), row * half->blocks.size);
	used = n > 0 ? ((size_t)n + half->blocks.size - 1) / half->blocks.size : 0;
	blocks_mark_row(half, first + (uint32_t)used, row - used, BLOCK_EMPTY);
	if (n > 0)
		r = hand_over(half, used, (size_t)n);
	return r < 0 ? r : n;
}

/* The object must stay, and so must the pipes, until the reader has written all. */
static int finish(struct half *half)
{
	const uint32_t word = BLOCKS_END;
	int r = tick_due() ? half_tick(half) : 0;

	if (r == 0)
		r = blocks_put(half, &word, 1);
	while (r == 0 && !half->blocks.ended)
		r = blocks_collect(half);
	return r;
}

int blocks_send(struct half *half)
{
	struct blocks *blocks = &half->blocks;
	ssize_t n = 1;
	int r = blocks_load(half);

	for (blocks->n = 0; r == 0 && blocks->n < blocks->count; blocks->n++)
		blocks->queue[blocks->n] = blocks->n;
	while (r == 0 && n > 0) {
		if (tick_due())
			r = half_tick(half);
		while (r == 0 && blocks->n == 0)
			r = blocks_collect(half);
		if (r == 0) {
			n = send_row(half);
			r = n < 0 ? (int)n : 0;
		}
	}
	return r < 0 ? r : finish(half);
}
