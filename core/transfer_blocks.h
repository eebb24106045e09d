/* SPDX-License-Identifier: MIT */
/*
 * The block protocol: several numbered blocks, and a pair of pipes that carry their numbers.
 *
 * Each side owns the blocks whose numbers it has. What it sleeps in is a read of its pipe: poll(2)
 * can wait for it, and a side that ends in whatever way hangs up. The pipes have no names, so that
 * nothing of them is left: the reader opens those of the writer by /proc/PID/fd.
 */
#pragma once

#include "core/transfer_half.h"

/* What comes through the pipes besides numbers of blocks. */
#define BLOCKS_END UINT32_MAX          /* all is sent; from the reader: all is written */
#define BLOCKS_FAILED (UINT32_MAX - 1) /* no more will come, or be taken */
#define BLOCKS_HELLO (UINT32_MAX - 2)  /* the reader has come */

/* How much is read or written in one system call where blocks are smaller. */
#define BLOCKS_STAGE (256 * 1024)

int blocks_send(struct half *half);
int blocks_receive(struct half *half);

/* Take over what the object says, once. 0 or half_fail(). */
int blocks_load(struct half *half);

/* Send numbers, all in one write(2). 0 or half_fail(). */
int blocks_put(struct half *half, const uint32_t *numbers, size_t n);

/*
 * blocks_collect() - Read numbers as soon as there are any: those of blocks go to our queue.
 *
 * 0, also when it was interrupted, and what was to be looked at has been; or half_fail().
 */
int blocks_collect(struct half *half);

/* The number that is first in the queue, and the one that is n behind it. */
uint32_t blocks_next(const struct half *half);
uint32_t blocks_nth(const struct half *half, size_t n);

/* Take so many out of the queue, and send them to the other side. 0 or half_fail(). */
int blocks_pass_on(struct half *half, size_t n);

/* What a block is about, for those who look: `bytes` of it are filled. */
void blocks_mark(struct half *half, uint32_t number, enum block_state state, uint32_t bytes);

/* The same of n blocks in a row; their bytes stay as they are, but of empty ones there are none. */
void blocks_mark_row(struct half *half, uint32_t first, size_t n, enum block_state state);

char *blocks_data(const struct half *half, uint32_t number);

/* How many blocks in a row are handed over at once: a quarter, so that both sides have some. */
size_t blocks_run(const struct half *half);
