/* SPDX-License-Identifier: MIT */
/* The course of a transfer, whatever the protocol: take one's place, go on to the end, leave. */
#include "core/transfer.h"

#include <errno.h>

#include "core/semaphore.h"
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

void half_meet(struct half *half)
{
	pid_t reader;

	half->met = true;
	half->peer.ours = peer_locked(half->fd, TRANSFER_READER, &reader);
	if (half->peer.ours)
		turn_meet(&half->turn, reader);
	if (half->setup->met)
		half->setup->met();
}

bool half_bereft(struct half *half)
{
	return half->met && half->protocol->bereft(half);
}

int half_lost(struct half *half)
{
	int r = half->protocol->watch(half);

	return r < 0 ? r : half_fail(half, TRANSFER_PEER_DIED, 0);
}

int half_sound(struct half *half, const sem_t *sem)
{
	const uint32_t *flag = (const uint32_t *)sem + semaphore_glibc64.pshared / sizeof(*flag);
	int r;

	if (__atomic_load_n(flag, __ATOMIC_RELAXED) == SEMAPHORE_SHARED)
		return 0;
	r = half->protocol->watch(half); /* it may be of another ABI */
	return r < 0 ? r : half_fail(half, TRANSFER_DAMAGED, 0);
}

int half_take(struct half *half, sem_t *sem)
{
	int r = tick_due() ? half_tick(half) : 0;

	if (r < 0 || turn_spin(&half->turn, sem))
		return r;
	while ((r = half_sound(half, sem)) == 0 && sem_wait(sem) < 0) {
		if (errno != EINTR)
			return half_fail(half, TRANSFER_OBJECT, -errno);
		r = half_tick(half);
		if (r < 0)
			return r;
		if (half_bereft(half))
			return sem_trywait(sem) == 0 ? 0 : half_lost(half);
	}
	return r;
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

static int go(struct half *half)
{
	return half->role == TRANSFER_WRITER ? half->protocol->send(half)
					     : half->protocol->receive(half);
}

static void transfer(struct half *half, int (*join)(struct half *half))
{
	int r = ticks_start();

	if (r < 0) {
		half_fail(half, TRANSFER_OBJECT, r);
		return;
	}
	turn_init(&half->turn);
	r = join(half);
	if (half->met && half->setup->met)
		half->setup->met();
	if (r == 0)
		r = go(half);
	leave(half, r);
	half_release(half);
	peer_deinit(&half->peer);
	ticks_stop();
}

static struct half half_of(const struct transfer_setup *setup, enum transfer_role role,
			   struct transfer_result *result)
{
	*result = (struct transfer_result){0};
	return (struct half){
		.setup = setup,
		.result = result,
		.protocol = setup->blocks ? &transfer_blocks : &transfer_alternate,
		.role = role,
		.fd = -1,
		.peer = PEER_NONE,
		.blocks = {.in = -1, .out = -1, .spare_in = -1, .spare_out = -1},
	};
}

void transfer_send(const struct transfer_setup *setup, struct transfer_result *ret)
{
	struct half half = half_of(setup, TRANSFER_WRITER, ret);

	transfer(&half, half_make);
}

void transfer_receive(const struct transfer_setup *setup, struct transfer_result *ret)
{
	struct half half = half_of(setup, TRANSFER_READER, ret);

	transfer(&half, half_find);
}
