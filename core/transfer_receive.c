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
	size_t size = 0;
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

/* What a MiB of late has taken, in ns. */
struct pace {
	uint64_t copy, write;
};

static void settle(uint64_t *pace, uint64_t took, size_t size)
{
	const uint64_t now = (took << 20) / size;

	*pace = *pace ? (*pace * 7 + now) / 8 : now;
}

/* Copy the block and give the turn back: the writer fills the next one while this one is written.
 */
static int receive_early(struct half *half, struct stage *stage, struct pace *pace, size_t size)
{
	struct pshm_xfr *xfr = half->memory;
	const uint64_t begun = clock_ns();
	uint64_t copied;
	int r;

	memcpy(stage->bytes, xfr->buf, size);
	copied = clock_ns();
	stage->used = size;
	r = alternate_post(half, &xfr->wsem);
	if (r == 0)
		r = flush(half, stage);
	settle(&pace->copy, copied - begun, size);
	settle(&pace->write, clock_ns() - copied, size);
	return r;
}

/* Large blocks: early, unless that takes no longer than the copy (/dev/null), or is all in vain. */
static int receive_large(struct half *half, struct stage *stage)
{
	struct pshm_xfr *xfr = half->memory;
	struct pace pace = {0};
	size_t size = 0;
	int r;

	while ((r = take_block(half, stage, &size)) == 0 && size > 0) {
		if (!half->turn.alone && pace.write >= pace.copy) {
			r = receive_early(half, stage, &pace, size);
		} else {
			const uint64_t begun = clock_ns();

			r = half_write(half, xfr->buf, size);
			settle(&pace.write, clock_ns() - begun, size);
			if (r == 0)
				r = alternate_post(half, &xfr->wsem);
		}
		if (r < 0)
			return r;
	}
	return r;
}

int alternate_receive(struct half *half)
{
	struct pshm_xfr *xfr = half->memory;
	const size_t room = half->size - offsetof(struct pshm_xfr, buf);
	const bool small = room < ALTERNATE_LARGE_MIN;
	struct stage stage = {.size = small ? ALTERNATE_STAGE : room};
	int r;

	half->due = &xfr->rsem;
	stage.bytes = malloc(stage.size);
	if (!stage.bytes)
		return half_fail(half, TRANSFER_OBJECT, -ENOMEM);
	r = small ? receive_staged(half, &stage, room) : receive_large(half, &stage);
	free(stage.bytes);
	return r < 0 ? r : alternate_post(half, &xfr->wsem); /* all is written: the writer may go */
}
