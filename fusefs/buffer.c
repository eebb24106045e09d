/* SPDX-License-Identifier: MIT */
/* The store of large buffers. */
#include "fusefs/buffer.h"

#include <pthread.h>
#include <stdlib.h>

#define PAGE ((size_t)4096)

/* What the largest request asks for: FUSE_MAX_MAX_PAGES of the kernel's fs/fuse/fuse_i.h. */
#define STORED_SIZE ((size_t)1024 * 1024)
/* Most of the time one is enough; those of a greater crowd are not kept. */
#define STORED_MAX 4

/* In a page of its own, before that in which the buffer begins. */
struct block {
	struct block *next; /* in the store */
	size_t size;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *stored;
static unsigned n_stored;

static struct block *block_create(size_t size)
{
	struct block *block = aligned_alloc(PAGE, 2 * PAGE + (size + PAGE - 1) / PAGE * PAGE);

	if (block)
		block->size = size;
	return block;
}

static struct block *take(void)
{
	struct block *block;

	pthread_mutex_lock(&lock);
	block = stored;
	if (block) {
		stored = block->next;
		n_stored--;
	}
	pthread_mutex_unlock(&lock);
	return block ? block : block_create(STORED_SIZE);
}

char *buffer_take(size_t size, uint64_t offset)
{
	struct block *block = size <= STORED_SIZE ? take() : block_create(size);

	return block ? (char *)block + PAGE + (offset + PAGE / 2) % PAGE : NULL;
}

/* Stored, or NULL: there is no room for it. */
static struct block *store(struct block *block)
{
	struct block *ret = NULL;

	pthread_mutex_lock(&lock);
	if (block->size == STORED_SIZE && n_stored < STORED_MAX) {
		block->next = stored;
		stored = ret = block;
		n_stored++;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

void buffer_give(char *buffer)
{
	struct block *block;

	if (!buffer)
		return;
	block = (struct block *)(buffer - (uintptr_t)buffer % PAGE - PAGE);
	if (!store(block))
		free(block);
}
