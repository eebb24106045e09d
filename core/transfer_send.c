/* SPDX-License-Identifier: MIT */
/* The writer of the alternating protocol. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/transfer_alternate.h"

/* The turn comes back: somebody has taken what was handed over. */
static int take_turn(struct half *half)
{
	struct pshm_xfr *xfr = half->memory;
	int r = half_take(half, &xfr->wsem);

	if (r < 0)
		return r;
	half->holds = true;
	if (half->handed && !half->met)
		half_meet(half);
	return 0;
}

static int hand_over(struct half *half, size_t size)
{
	struct pshm_xfr *xfr = half->memory;
	int r;

	xfr->cnt = (int)size;
	half->handed = true;
	r = alternate_post(half, &xfr->rsem);
	if (r < 0)
		return r;
	half->result->bytes += size;
	half->result->blocks += size > 0;
	return 0;
}

/* Small blocks: the input is read while the reader has the turn, as many blocks at once as fit. */
static int send_staged(struct half *half, size_t room)
{
	struct pshm_xfr *xfr = half->memory;
	const size_t batch = room < ALTERNATE_STAGE ? ALTERNATE_STAGE / room * room : room;
	_cleanup_free_ char *stage = malloc(batch);
	ssize_t n;

	if (!stage)
		return half_fail(half, TRANSFER_OBJECT, -ENOMEM);
	while ((n = half_read(half, stage, batch)) > 0) {
		for (size_t at = 0; at < (size_t)n; at += room) {
			const size_t size = (size_t)n - at < room ? (size_t)n - at : room;
			int r = take_turn(half);

			if (r < 0)
				return r;
			memcpy(xfr->buf, stage + at, size);
			r = hand_over(half, size);
			if (r < 0)
				return r;
		}
	}
	return (int)n;
}

static int send_direct(struct half *half, size_t room)
{
	struct pshm_xfr *xfr = half->memory;

	for (;;) {
		ssize_t n;
		int r = take_turn(half);

		if (r < 0)
			return r;
		n = half_read(half, xfr->buf, room);
		if (n <= 0)
			return (int)n;
		r = hand_over(half, (size_t)n);
		if (r < 0)
			return r;
	}
}

/*
 * Before the reader has taken it the object must stay. Ours posts wsem when all is written; of
 * plain ones some post it, too; one that does not has taken rsem, and has written before.
 */
static int wait_for_end(struct half *half)
{
	struct pshm_xfr *xfr = half->memory;
	int left, r;

	if (turn_spin(&half->turn, &xfr->wsem))
		return half->protocol->watch(half);
	while ((r = half_sound(half, &xfr->wsem)) == 0 && sem_wait(&xfr->wsem) < 0) {
		if (errno != EINTR)
			return half_fail(half, TRANSFER_OBJECT, -errno);
		r = half_tick(half);
		if (r < 0)
			return r;
		if (sem_getvalue(&xfr->rsem, &left) == 0 && left == 0 && !half->peer.ours &&
		    !peer_locked(half->fd, TRANSFER_READER, NULL))
			return 0;
		if (half_bereft(half))
			return sem_trywait(&xfr->wsem) == 0 ? half->protocol->watch(half)
							    : half_lost(half);
	}
	/* It may have failed at the very end. */
	return r < 0 ? r : half->protocol->watch(half);
}

int alternate_send(struct half *half)
{
	const size_t room = half->setup->buffer;
	/* On one processor nothing is read while the reader has the turn: only the copy remains. */
	const size_t direct = half->turn.alone ? ALTERNATE_LARGE_MIN : ALTERNATE_DIRECT_MIN;
	int r = room < direct ? send_staged(half, room) : send_direct(half, room);

	if (r == 0 && !half->holds)
		r = take_turn(half);
	if (r == 0)
		r = hand_over(half, 0);
	return r < 0 ? r : wait_for_end(half);
}
