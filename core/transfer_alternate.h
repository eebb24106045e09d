/* SPDX-License-Identifier: MIT */
/* The course's protocol: one block, and two semaphores that say whose turn it is. */
#pragma once

#include "core/layouts.h"
#include "core/transfer_half.h"

/*
 * A count that tells a reader that no more will come, though it is not the end of file. Not -1:
 * write(2) of so many bytes returns -1, and a plain reader that compares the two finds all right.
 */
#define ALTERNATE_FAILED (-2)

/* How much is read or written in one system call where blocks are smaller. */
#define ALTERNATE_STAGE (64 * 1024)

/*
 * From so many bytes a block on, the writer reads into the object: below, to read the next block
 * while the reader has the turn is faster, though it costs a copy (64 KiB: 1.2 times).
 */
#define ALTERNATE_DIRECT_MIN (128 * 1024)

/* From so many on, the reader writes each block by itself; on one processor both go direct. */
#define ALTERNATE_LARGE_MIN (32 * 1024)

int alternate_send(struct half *half);
int alternate_receive(struct half *half);

/* Our turn ends: post the semaphore. 0 or half_fail(). */
int alternate_post(struct half *half, sem_t *sem);
