/* SPDX-License-Identifier: MIT */
/* The course of a transfer, whatever the protocol: take one's place, go on to the end, leave. */
#include "core/transfer.h"

#include <errno.h>

#include "core/shared_object.h"
#include "core/transfer_half.h"

int half_fail(struct half *half, enum transfer_end end, int error)
{
	if (half->result->end == TRANSFER_DONE) {
		half->result->end = end;
		half->result->error = error;
	}
	return -ECANCELED;
}

int half_tick(struct half *half)
{
	half->result->signal = tick_signal();
	if (half->result->signal)
		return half_fail(half, TRANSFER_STOPPED, 0);
	if (tick_passed() && half->setup->progress && half->met)
		half->setup->progress(half->result);
	return half->memory ? half->protocol->watch(half) : 0;
}

bool half_bereft(struct half *half)
{
	const enum transfer_role other =
		half->role == TRANSFER_WRITER ? TRANSFER_READER : TRANSFER_WRITER;
	int left = 0;

	if (!half->met ||
	    !peer_gone(&half->peer, half->fd, other, half->protocol->seats[half->role]))
		return false;
	/* One of ours does not leave before it is told that all has been written. */
	if (half->peer.ours || !half->due)
		return true;
	return sem_getvalue(half->due, &left) == 0 && left == 0;
}

int half_lost(struct half *half)
{
	int r = half->protocol->watch(half);

	return r < 0 ? r : half_fail(half, TRANSFER_PEER_DIED, 0);
}

int half_take(struct half *half, sem_t *sem)
{
	int r = tick_due() ? half_tick(half) : 0;

	if (r < 0 || turn_spin(&half->turn, sem))
		return r;
	while (sem_wait(sem) < 0) {
		if (errno != EINTR)
			return half_fail(half, TRANSFER_OBJECT, -errno);
		r = half_tick(half);
		if (r < 0)
			return r;
		if (half_bereft(half))
			return sem_trywait(sem) == 0 ? 0 : half_lost(half);
	}
	return 0;
}

/* The name goes with the writer, and where anything has failed. */
static void leave(struct half *half, int r)
{
	if (!half->memory)
		return;
	if (r < 0 && half->result->end != TRANSFER_PEER_DIED)
		half->protocol->abandon(half);
	if (half->role == TRANSFER_WRITER || r < 0)
		shared_object_unlink(half->fd, half->setup->name);
}

static void transfer(struct half *half, int (*join)(struct half *half),
		     int (*go)(struct half *half))
{
	int r = ticks_start();

	if (r < 0) {
		half_fail(half, TRANSFER_OBJECT, r);
		return;
	}
	turn_init(&half->turn);
	r = join(half);
	if (r == 0)
		r = go(half);
	leave(half, r);
	half_release(half);
	peer_deinit(&half->peer);
	ticks_stop();
}

void transfer_send(const struct transfer_setup *setup, struct transfer_result *ret)
{
	struct half half = {
		.setup = setup,
		.result = ret,
		.protocol = &transfer_alternate,
		.role = TRANSFER_WRITER,
		.fd = -1,
		.peer = PEER_NONE,
	};

	*ret = (struct transfer_result){0};
	transfer(&half, half_make, half.protocol->send);
}

void transfer_receive(const struct transfer_setup *setup, struct transfer_result *ret)
{
	struct half half = {
		.setup = setup,
		.result = ret,
		.protocol = &transfer_alternate,
		.role = TRANSFER_READER,
		.fd = -1,
		.peer = PEER_NONE,
	};

	*ret = (struct transfer_result){0};
	transfer(&half, half_find, half.protocol->receive);
}
