/* SPDX-License-Identifier: MIT */
#include "core/transfer_alternate.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

/* As the C compiler has it: the struct's size is a multiple of 8. */
static size_t size_of(const struct transfer_setup *setup)
{
	return (offsetof(struct pshm_xfr, buf) + setup->buffer + 7) / 8 * 8;
}

_Static_assert((offsetof(struct pshm_xfr, buf) + PSHM_XFR_BUF_SIZE + 7) / 8 * 8 == 1096,
	       "the size of the course's objects");

static int init(struct half *half, void *head)
{
	struct pshm_xfr *xfr = head;

	(void)half;
	sem_init(&xfr->wsem, 1, 1);
	sem_init(&xfr->rsem, 1, 0);
	return 0;
}

static bool initialised(const struct semaphore_abi *abi, const char *bytes)
{
	return semaphore_plausible(abi, bytes, NULL) && semaphore_decode(abi, bytes).shared;
}

/* musl's cannot be told from half-made ones before somebody waits; but its writer soon does. */
static enum half_readiness readiness(const void *head, const char **ret_abi)
{
	const char *bytes = head;

	*ret_abi = NULL;
	if (initialised(&semaphore_glibc64, bytes + offsetof(struct pshm_xfr, wsem)) &&
	    initialised(&semaphore_glibc64, bytes + offsetof(struct pshm_xfr, rsem)))
		return HALF_READY;
	if (initialised(&semaphore_glibc32, bytes + offsetof(struct pshm_xfr32, wsem)) &&
	    initialised(&semaphore_glibc32, bytes + offsetof(struct pshm_xfr32, rsem)))
		*ret_abi = semaphore_glibc32.name;
	if (semaphore_waited(&semaphore_musl64, bytes + offsetof(struct pshm_xfr_musl, wsem)) ||
	    semaphore_waited(&semaphore_musl64, bytes + offsetof(struct pshm_xfr_musl, rsem)))
		*ret_abi = semaphore_musl64.name;
	return *ret_abi ? HALF_FOREIGN : HALF_UNREADY;
}

/*
 * A program of another ABI has come, and has waited in its way: musl's marks the value, and a
 * 32-bit one has its second sem_t in what is the first one's padding.
 */
static int check_peer(struct half *half)
{
	_Alignas(16) char now[offsetof(struct pshm_xfr, cnt)];
	const char *abi = NULL;

	memcpy(now, half->memory, sizeof(now));
	if (semaphore_waited(&semaphore_musl64, now + offsetof(struct pshm_xfr, wsem)) ||
	    semaphore_waited(&semaphore_musl64, now + offsetof(struct pshm_xfr, rsem)))
		abi = semaphore_musl64.name;
	else if (!semaphore_plausible(&semaphore_glibc64, now, NULL))
		abi = semaphore_glibc32.name;
	if (!abi)
		return 0;
	half->result->abi = abi;
	return half_fail(half, TRANSFER_FOREIGN, 0);
}

static int watch(struct half *half)
{
	struct pshm_xfr *xfr = half->memory;
	int left = 0;

	sem_getvalue(&xfr->rsem, &left);
	if (half->role == TRANSFER_WRITER) {
		if (left == SEM_VALUE_MAX)
			return half_fail(half, TRANSFER_PEER_FAILED, 0);
		if (!half->met && half->handed && left == 0 && !half->holds)
			half_meet(half);
	}
	return check_peer(half);
}

static bool bereft(struct half *half)
{
	const enum transfer_role other =
		half->role == TRANSFER_WRITER ? TRANSFER_READER : TRANSFER_WRITER;
	int left = 0;

	if (!peer_gone(&half->peer, half->fd, other, half->protocol->seats[half->role]))
		return false;
	/* One of ours does not leave before it is told that all has been written. */
	if (half->peer.ours || !half->due)
		return true;
	return sem_getvalue(half->due, &left) == 0 && left == 0;
}

/* While we have the turn the other side has at most begun to wait, and musl's marks the value. */
int alternate_post(struct half *half, sem_t *sem)
{
	int value = 0, r = 0;

	sem_getvalue(sem, &value);
	if (value != 0)
		r = watch(half);
	if (r == 0)
		r = half_sound(half, sem);
	if (r < 0)
		return r;
	half->holds = false;
	if (sem_post(sem) == 0)
		return 0;
	return half_fail(half, errno == EOVERFLOW ? TRANSFER_PEER_FAILED : TRANSFER_OBJECT, -errno);
}

static struct timespec in_ms(int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return until;
}

/*
 * Give a reader that has a block the time to write it, and then no further one. A reader that is
 * only just being started should find out, too, unless a signal wants the writer to end now.
 */
static void abandon_reader(struct half *half, struct pshm_xfr *xfr)
{
	enum { PATIENCE_MS = 200, FIRST_MS = 1000 };
	struct timespec until = in_ms(PATIENCE_MS);
	int left = 1;

	sem_getvalue(&xfr->rsem, &left);
	while (half->handed && !half->holds && left == 0 && half_sound(half, &xfr->wsem) == 0 &&
	       sem_clockwait(&xfr->wsem, CLOCK_MONOTONIC, &until) < 0)
		if (errno != EINTR)
			break;
	__atomic_store_n(&xfr->cnt, ALTERNATE_FAILED, __ATOMIC_RELAXED);
	if (half_sound(half, &xfr->rsem) < 0)
		return;
	sem_post(&xfr->rsem);
	if (half->met || half->result->end == TRANSFER_STOPPED)
		return;
	for (int ms = 0; ms < FIRST_MS && !tick_signal(); ms += TICK_MS) {
		sem_getvalue(&xfr->rsem, &left);
		if (left == 0)
			break;
		until = in_ms(TICK_MS);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
}

/* Post it as often as can be; but the last time by sem_post(3), which wakes. */
static void fill(struct half *half, sem_t *sem)
{
	int value, wake, r;

	if (half_sound(half, sem) < 0)
		return;
	do {
		sem_getvalue(sem, &value);
		/* A value that is too large for any looks negative. */
		r = value >= 0 && value < SEM_VALUE_MAX - 1
			    ? semaphore_post_glibc64(sem, (uint32_t)(SEM_VALUE_MAX - 1 - value),
						     &wake)
			    : 0;
	} while (r < 0);
	sem_post(sem);
}

/*
 * Nothing in the object says "the reader has failed", but sem_post(3) does, with EOVERFLOW: it is
 * what a writer calls next. One that does not look at it goes through its input, and ends.
 */
static void abandon_writer(struct half *half, struct pshm_xfr *xfr)
{
	fill(half, &xfr->rsem);
	fill(half, &xfr->wsem);
}

static void abandon(struct half *half)
{
	if (half->role == TRANSFER_WRITER)
		abandon_reader(half, half->memory);
	else
		abandon_writer(half, half->memory);
}

const struct transfer_protocol transfer_alternate = {
	.layout = "xfr",
	.head = offsetof(struct pshm_xfr, buf),
	.seats = {offsetof(struct pshm_xfr, wsem), offsetof(struct pshm_xfr, rsem)},
	.size = size_of,
	.init = init,
	.readiness = readiness,
	.watch = watch,
	.bereft = bereft,
	.send = alternate_send,
	.receive = alternate_receive,
	.abandon = abandon,
};
