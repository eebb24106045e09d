/* SPDX-License-Identifier: MIT */
#include "core/transfer_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/process.h"

static struct flock place(enum transfer_role role)
{
	return (struct flock){.l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = ((off_t)1 << 62) + role,
			      .l_len = 1};
}

bool peer_locked(int fd, enum transfer_role role, pid_t *ret)
{
	struct flock lock = place(role);

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return false;
	if (ret)
		*ret = lock.l_pid;
	return true;
}

int peer_lock(int fd, enum transfer_role role, pid_t *ret)
{
	struct flock lock = place(role);

	*ret = 0;
	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return 0; /* a filesystem without locks */
	peer_locked(fd, role, ret);
	return -EBUSY;
}

/*
 * Is it open in no other place? Given back at once: who opens it in between waits for that, or with
 * O_NONBLOCK gets EAGAIN. -EACCES for another user's object.
 */
static int check_alone(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return -errno;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

/* Does this process sleep on the word at the offset? */
static bool sleeps_at(const struct snapshot *snapshot, size_t process, uint64_t offset)
{
	for (size_t i = 0; i < snapshot->n_waiters; i++) {
		const struct waiter *waiter = &snapshot->waiters[i];

		if (waiter->process == process && waiter->place == WAITER_OBJECT &&
		    waiter->offset == offset)
			return true;
	}
	return false;
}

/* Holders are by process: those of one follow each other. */
static void count(const struct snapshot *snapshot, size_t seat, pid_t skip, struct survey *ret)
{
	const struct process *last = NULL;
	size_t counted = SIZE_MAX;
	bool seen = false;

	for (size_t i = 0; i < snapshot->n_holders; i++) {
		const struct holder *holder = &snapshot->holders[i];
		const struct process *process = &snapshot->processes[holder->process];

		seen = true;
		if (holder->kind != HOLDER_MAPPING || !holder->shared || process->pid == skip ||
		    holder->process == counted)
			continue;
		counted = holder->process;
		if (sleeps_at(snapshot, holder->process, seat)) {
			ret->seated = process->pid;
			continue;
		}
		if (ret->n++ == 0)
			ret->first = process->pid;
		if (!last || process->started >= last->started) {
			last = process;
			ret->last = process->pid;
		}
	}
	ret->hidden = !seen;
	ret->denied = snapshot->n_denied > 0 || snapshot->hides;
}

/* Who had it open for a moment has gone when the processes are looked at: then once more. */
static int look(const struct snapshot_question *question, int fd, size_t seat, pid_t skip,
		struct survey *ret)
{
	for (int tries = 0; tries < 3; tries++) {
		struct snapshot snapshot;
		int r;

		*ret = (struct survey){0};
		ret->alone = check_alone(fd) == 0;
		if (ret->alone)
			return 0;
		r = snapshot_take(question, NULL, &snapshot);
		if (r < 0)
			return r;
		count(&snapshot, seat, skip, ret);
		snapshot_deinit(&snapshot);
		if (!ret->hidden)
			break;
	}
	return 0;
}

int survey_take(int fd, size_t seat, pid_t skip, struct survey *ret)
{
	_cleanup_close_ int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const pid_t self = getpid();
	struct snapshot_question question = {
		.procfd = procfd,
		.cgroupfd = -1,
		.except = &self,
		.n_except = 1,
		.flags = SNAPSHOT_FDS | SNAPSHOT_WAITERS,
	};
	struct statx st;

	if (procfd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return -errno;
	snapshot_place(&question, &st);
	question.ino = st.stx_ino;
	return look(&question, fd, seat, skip, ret);
}

/* Has the process ended (its mappings go before it is waited for)? */
static bool has_ended(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	return poll(&end, 1, 0) > 0;
}

/* A plain program: look who maps the object, and remember one, which is asked more often. */
static bool plain_gone(struct peer *peer, int fd, size_t seat)
{
	enum { TIMES = 2, EVERY = 1000000000 };
	struct survey survey = {0};
	int64_t now = (int64_t)clock_ns();

	if (check_alone(fd) == 0)
		return true;
	if (peer->pidfd >= 0 && now < peer->next && !has_ended(peer->pidfd))
		return false;
	peer_deinit(peer);
	peer->next = now + EVERY;
	if (survey_take(fd, seat, 0, &survey) < 0)
		return false;
	if (survey.n == 0 && (survey.hidden || (survey.denied && !peer->seen)))
		return false;
	if (survey.n > 0) {
		peer->pidfd = pidfd_open(survey.first, 0);
		peer->seen = true;
		peer->absent = 0;
		return false;
	}
	return ++peer->absent >= TIMES;
}

bool peer_gone(struct peer *peer, int fd, enum transfer_role role, size_t seat)
{
	if (peer_locked(fd, role, NULL)) {
		peer->ours = true;
		return false;
	}
	return peer->ours || plain_gone(peer, fd, seat);
}

void peer_deinit(struct peer *peer)
{
	close_fdp(&peer->pidfd);
	peer->pidfd = -1;
}
