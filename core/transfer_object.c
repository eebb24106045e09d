/* SPDX-License-Identifier: MIT */
/* The object of a transfer: made by the writer, found by the reader, each of whom is alone. */
#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/shared_object.h"
#include "core/transfer_half.h"

/* The most that any protocol's head takes. */
enum { HEAD_MAX = 128 };

static int fail_taken(struct half *half, pid_t pid)
{
	half->result->pid = pid;
	return half_fail(half, TRANSFER_TAKEN, -EBUSY);
}

/* EAGAIN: somebody has a lease, such as check_alone() in core/transfer_peer.c for a moment. */
static int open_soon(struct half *half)
{
	enum { TIMES = 100, NAP_MS = 2 };
	int fd = shared_object_open(half->setup->name, 0, 0);

	for (int i = 0; fd == -EAGAIN && i < TIMES; i++) {
		poll(NULL, 0, NAP_MS);
		fd = shared_object_open(half->setup->name, 0, 0);
	}
	return fd;
}

static int map(struct half *half, size_t size)
{
	uint64_t total;
	int r = shared_object_map(half->fd, size, &half->memory, &total);

	half->size = size;
	return r < 0 ? half_fail(half, TRANSFER_OBJECT, r) : 0;
}

/*
 * Not every writer publishes its object whole, as ours does. To map it before ftruncate(2) is
 * SIGBUS; to wait for a semaphore before sem_init(3) is to wait for ever, as it is not shared yet.
 * By which protocol it is, is known when it is ready.
 */
static enum half_readiness readiness(int fd, const struct transfer_protocol **ret,
				     const char **ret_abi)
{
	static const struct transfer_protocol *const protocols[] = {&transfer_blocks,
								    &transfer_alternate};
	enum half_readiness ready = HALF_UNREADY;

	for (size_t i = 0; ready == HALF_UNREADY && i < sizeof(protocols) / sizeof(*protocols);
	     i++) {
		_Alignas(16) char head[HEAD_MAX];
		const size_t size = protocols[i]->head + 1;

		*ret = protocols[i];
		if (pread(fd, head, size, 0) == (ssize_t)size)
			ready = protocols[i]->readiness(head, ret_abi);
	}
	return ready;
}

/*
 * Something has the name. One that nobody uses is what a dead pair has left: it is removed. Of two
 * writers that find it, one has its lock. A reader that waits in it waits in vain.
 * 0: try again.
 */
static int replace(struct half *half)
{
	_cleanup_close_ int fd = open_soon(half);
	const struct transfer_protocol *protocol;
	const char *abi;
	struct survey survey;
	pid_t rival = 0, reader = 0;
	int r;

	if (fd == -ENOENT)
		return half_tick(half);
	if (fd < 0)
		return half_fail(half, TRANSFER_OBJECT, fd);
	if (peer_locked(fd, TRANSFER_WRITER, &rival) || peer_lock(fd, TRANSFER_REMOVER, &rival) < 0)
		return fail_taken(half, rival);
	peer_locked(fd, TRANSFER_READER, &reader);
	readiness(fd, &protocol, &abi);
	r = survey_take(fd, protocol->seats[TRANSFER_READER], reader, &survey);
	if (r < 0)
		return half_fail(half, TRANSFER_OBJECT, r);
	if (survey.n > 0 || survey.hidden)
		return fail_taken(half, survey.first);
	r = shared_object_unlink(fd, half->setup->name);
	if (r < 0 && r != -ENOENT && r != -ESTALE)
		return half_fail(half, TRANSFER_OBJECT, r);
	return half_tick(half);
}

int half_make(struct half *half)
{
	_cleanup_(shared_draft_close) struct shared_draft draft = SHARED_DRAFT_NONE;
	const struct transfer_protocol *protocol = half->protocol;
	const size_t size = protocol->size(half->setup);
	_Alignas(16) char head[HEAD_MAX] = {0};
	pid_t nobody;
	int r = protocol->init(half, head);

	if (r < 0)
		return r;
	r = shared_draft_open(protocol->layout, head, protocol->head, size, &draft);
	if (r < 0)
		return half_fail(half, TRANSFER_OBJECT, r);
	peer_lock(draft.fd, TRANSFER_WRITER, &nobody);
	while ((r = shared_draft_name(&draft, half->setup->name)) == -EEXIST) {
		r = replace(half);
		if (r < 0)
			return r;
	}
	half->fd = take_fd(&draft.fd);
	return r < 0 ? half_fail(half, TRANSFER_OBJECT, r) : map(half, size);
}

enum found {
	FOUND,
	FOUND_NOTHING,
	FOUND_LEFTOVER, /* nobody writes there any more */
	FOUND_UNREADY,
};

/* Does anybody write there? A process that sleeps where readers do is none that does. */
static int judge(struct half *half, int fd, pid_t *ret_writer)
{
	const enum half_readiness ready = readiness(fd, &half->protocol, &half->result->abi);
	struct survey survey;
	int r;

	*ret_writer = 0;
	if (ready == HALF_READY && peer_locked(fd, TRANSFER_WRITER, ret_writer))
		return FOUND;
	r = survey_take(fd, half->protocol->seats[TRANSFER_READER], 0, &survey);
	if (r < 0)
		return half_fail(half, TRANSFER_OBJECT, r);
	if (ready == HALF_UNREADY)
		return survey.alone ? FOUND_LEFTOVER : FOUND_UNREADY;
	if (survey.n == 0 && !survey.hidden)
		return FOUND_LEFTOVER;
	return ready == HALF_READY ? FOUND : half_fail(half, TRANSFER_FOREIGN, 0);
}

/* Does a plain reader, which has locked nothing, read it already? Of blocks there are none. */
static int check_rivals(struct half *half, int fd, pid_t writer)
{
	struct survey survey;
	int r;

	if (half->protocol->seats[TRANSFER_READER] == SIZE_MAX)
		return 0;
	r = survey_take(fd, half->protocol->seats[TRANSFER_READER], writer, &survey);
	if (r < 0)
		return half_fail(half, TRANSFER_OBJECT, r);
	if (survey.seated)
		return fail_taken(half, survey.seated);
	if (writer && survey.n > 0)
		return fail_taken(half, survey.first);
	return survey.n > 1 ? fail_taken(half, survey.last) : 0;
}

/* Try to take our place in what has the name now. */
static int look(struct half *half)
{
	_cleanup_close_ int fd = open_soon(half);
	struct stat st;
	pid_t writer, rival;
	int found;

	if (fd == -ENOENT)
		return FOUND_NOTHING;
	if (fd < 0)
		return half_fail(half, TRANSFER_OBJECT, fd);
	found = judge(half, fd, &writer);
	if (found != FOUND)
		return found;
	if (peer_lock(fd, TRANSFER_READER, &rival) < 0)
		return fail_taken(half, rival);
	if (check_rivals(half, fd, writer) < 0)
		return -ECANCELED;
	if (fstat(fd, &st) < 0)
		return half_fail(half, TRANSFER_OBJECT, -errno);
	if (st.st_nlink == 0)
		return FOUND_NOTHING;
	half->fd = take_fd(&fd);
	half->peer.ours = writer != 0;
	if (writer)
		turn_meet(&half->turn, writer);
	half->met = true;
	return map(half, (size_t)st.st_size);
}

/*
 * Until something in the folder is made, or half a second has passed. To close a watch takes the
 * kernel 10 ms and more (inotify(7) ends with a grace period), and mostly the other half has just
 * been started, too: so there is none for the first 50 naps.
 */
static int wait_for_news(struct half *half, unsigned *naps, int *watch)
{
	enum { NAPS = 50 };
	char events[4096] __attribute__((aligned(8)));
	struct pollfd news = {.events = POLLIN};
	int r = 0;

	if (*naps < NAPS) {
		++*naps;
		return poll(NULL, 0, 1) < 0 ? half_tick(half) : 0;
	}
	if (*watch < 0) {
		*watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (*watch >= 0) {
			inotify_add_watch(*watch, SHARED_FOLDER, IN_CREATE | IN_MOVED_TO);
			return 0; /* it may have been made before that: look once more */
		}
	}
	news.fd = *watch;
	for (int ticks = 0; r == 0 && ticks < 5; ticks++) {
		if (poll(&news, 1, *watch < 0 ? TICK_MS : -1) > 0)
			break;
		r = half_tick(half);
	}
	while (*watch >= 0 && read(*watch, events, sizeof(events)) > 0)
		;
	return r;
}

int half_find(struct half *half)
{
	enum { UNREADY_MS = 5000, NAP_MS = 2 };
	_cleanup_close_ int watch = -1;
	unsigned naps = 0;
	uint64_t unready = 0;
	int told = FOUND, found;

	while ((found = look(half)) > FOUND) {
		int r = 0;

		if (found != FOUND_UNREADY) {
			if (found != told && half->setup->waiting)
				half->setup->waiting(found == FOUND_LEFTOVER);
			told = found;
			unready = 0;
			r = wait_for_news(half, &naps, &watch);
		} else if (!unready) {
			unready = clock_ns();
		} else if (clock_ns() - unready > UNREADY_MS * 1000000ul) {
			r = half_fail(half, TRANSFER_UNREADY, 0);
		} else if (poll(NULL, 0, NAP_MS) < 0) {
			r = half_tick(half);
		}
		if (r < 0)
			return r;
	}
	return found < 0 ? found : 0;
}

void half_release(struct half *half)
{
	if (half->memory)
		munmap(half->memory, half->size);
	close_fdp(&half->fd);
	close_fdp(&half->blocks.in);
	close_fdp(&half->blocks.out);
	close_fdp(&half->blocks.spare_in);
	close_fdp(&half->blocks.spare_out);
	half->memory = NULL;
	half->fd = -1;
}
