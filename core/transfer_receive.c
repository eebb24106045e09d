/* SPDX-License-Identifier: MIT */
/* The reader of the alternating protocol. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/transfer_alternate.h"

/* What has been taken and not been written yet. */
struct stage {
	char *bytes;
	size_t size, used;
};

static int flush(struct half *half, struct stage *stage)
{
	int r = half_write(half, stage->bytes, stage->used);

	stage->used = 0;
	return r;
}

/* The next block's size. When the writer pauses, what it has sent goes out first. */
static int take_block(struct half *half, struct stage *stage, size_t *ret)
{
	struct pshm_xfr *xfr = half->memory;
	const size_t room = half->size - offsetof(struct pshm_xfr, buf);
	int r = 0, count;

	if (tick_due() || stage->used == 0 || !turn_soon(&half->turn, &xfr->rsem)) {
		r = stage->used ? flush(half, stage) : 0;
		if (r == 0)
			r = half_take(half, &xfr->rsem);
	}
	if (r < 0)
		return r;
	half->holds = true;
	count = __atomic_load_n(&xfr->cnt, __ATOMIC_RELAXED); /* looked at once: hostile */
	if (count < 0 || (size_t)count > room) {
		half->result->count = count;
		half->result->room = room;
		return half_fail(
			half, count == ALTERNATE_FAILED ? TRANSFER_PEER_FAILED : TRANSFER_COUNT, 0);
	}
	half->result->blocks += count > 0;
	*ret = (size_t)count;
	return 0;
}

/* Small blocks: collected, so that the turn is given back at once, and written many at a time. */
static int receive_staged(struct half *half, struct stage *stage, size_t room)
{
	struct pshm_xfr *xfr = half->memory;
	size_t size;
	int r;

	while ((r = take_block(half, stage, &size)) == 0 && size > 0) {
		memcpy(stage->bytes + stage->used, xfr->buf, size);
		stage->used += size;
		r = alternate_post(half, &xfr->wsem);
		if (r == 0 && stage->size - stage->used < room)
			r = flush(half, stage);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : flush(half, stage);
}

/*
 * Large ones: written straight from the object. But where that takes longer than a copy, the block
 * is copied and the turn given back, so that the writer fills the next one meanwhile: times are
 * kept as moving averages per KiB, and each way is looked at again now and then.
 */
static int receive_direct(struct half *half, struct stage *stage)
{
	struct pshm_xfr *xfr = half->memory;
	size_t size;
	int r;

	while ((r = take_block(half, stage, &size)) == 0 && size > 0) {
		memcpy(stage->bytes, xfr->buf, size);
		stage->used = size;
		r = alternate_post(half, &xfr->wsem);
		if (r == 0)
			r = flush(half, stage);
		if (r < 0)
			return r;
	}
	return r;
}

int alternate_receive(struct half *half)
{
	struct pshm_xfr *xfr = half->memory;
	const size_t room = half->size - offsetof(struct pshm_xfr, buf);
	const bool small = room < ALTERNATE_DIRECT_MIN;
	struct stage stage = {.size = small ? ALTERNATE_STAGE : room};
	int r;

	half->due = &xfr->rsem;
	stage.bytes = malloc(stage.size);
	if (!stage.bytes)
		return half_fail(half, TRANSFER_OBJECT, -ENOMEM);
	r = small ? receive_staged(half, &stage, room) : receive_direct(half, &stage);
	free(stage.bytes);
	return r < 0 ? r : alternate_post(half, &xfr->wsem); /* all is written: the writer may go */
}
