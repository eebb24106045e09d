/* SPDX-License-Identifier: MIT */
/* The ways of pshm_xfr_bench: the exercise as it is written down, and what this project has. */
#include <errno.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "core/shared_object.h"
#include "progs/xfr_bench.h"

/* The object of the plain halves, which have inherited the mapping; it never has a name. */
static struct pshm_xfr *object;
static size_t object_size;

static int plain_open(size_t size)
{
	_cleanup_(shared_draft_close) struct shared_draft draft = SHARED_DRAFT_NONE;
	struct pshm_xfr head = {.cnt = 0};
	uint64_t total;
	void *memory;
	int r;

	sem_init(&head.wsem, 1, 1);
	sem_init(&head.rsem, 1, 0);
	object_size = offsetof(struct pshm_xfr, buf) + size;
	r = shared_draft_open("xfr", &head, offsetof(struct pshm_xfr, buf), object_size, &draft);
	if (r == 0)
		r = shared_object_map(draft.fd, object_size, &memory, &total);
	if (r == 0)
		object = memory;
	return r;
}

static void plain_close(void)
{
	munmap(object, object_size);
}

static void fail(struct transfer_result *result)
{
	result->end = TRANSFER_STREAM;
	result->error = -errno;
}

static void plain_send(const struct transfer_setup *setup, struct transfer_result *ret)
{
	*ret = (struct transfer_result){.end = TRANSFER_DONE};
	do {
		sem_wait(&object->wsem);
		object->cnt = (int)read(setup->fd, object->buf, setup->buffer);
		if (object->cnt < 0)
			return fail(ret);
		ret->bytes += (uint64_t)object->cnt;
		ret->blocks += object->cnt > 0;
		sem_post(&object->rsem);
	} while (object->cnt > 0);
	sem_wait(&object->wsem); /* the reader has seen the end */
}

static void plain_receive(const struct transfer_setup *setup, struct transfer_result *ret)
{
	*ret = (struct transfer_result){.end = TRANSFER_DONE};
	for (;;) {
		sem_wait(&object->rsem);
		if (object->cnt == 0)
			break;
		if (write(setup->fd, object->buf, (size_t)object->cnt) != object->cnt)
			return fail(ret);
		ret->bytes += (uint64_t)object->cnt;
		ret->blocks++;
		sem_post(&object->wsem);
	}
	sem_post(&object->wsem);
}

static unsigned one_block(size_t size)
{
	(void)size;
	return 0;
}

/* As much memory as TRANSFER_BLOCKS of TRANSFER_BLOCKS_BUFFER bytes, or as many as there may be. */
static unsigned many_blocks(size_t size)
{
	const size_t n = (size_t)TRANSFER_BLOCKS * TRANSFER_BLOCKS_BUFFER / size;

	return n < TRANSFER_BLOCKS   ? TRANSFER_BLOCKS
	       : n > PSHM_BLOCKS_MAX ? PSHM_BLOCKS_MAX
				     : (unsigned)n;
}

const struct bench_way bench_ways[BENCH_WAYS] = {
	{"plain", "the exercise, as it is written down: wait, read, post", one_block, plain_open,
	 plain_close, plain_send, plain_receive},
	{"ours", "the same protocol, as pshm_xfr_writer and pshm_xfr_reader have it", one_block,
	 NULL, NULL, transfer_send, transfer_receive},
	{"blocks", "pshm_xfr_writer --blocks: up to 1024 of them, 1 MiB in all", many_blocks, NULL,
	 NULL, transfer_send, transfer_receive},
};
