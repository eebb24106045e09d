/* SPDX-License-Identifier: MIT */
/* Looking at processes from a test. */
#include "tests/snapshots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/object.h"
#include "tests/support.h"

unsigned look_flags;

/* All zero where there is none (yet). */
static struct statx stat_of(const char *path)
{
	struct statx st = {0};

	statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_MNT_ID, &st);
	return st;
}

uint64_t shm_dev(void)
{
	struct statx st = stat_of("/dev/shm");

	return object_device(st.stx_dev_major, st.stx_dev_minor);
}

uint64_t shm_ino(const char *name)
{
	return stat_of(shm_path(name)).stx_ino;
}

struct snapshot_question question_open(void)
{
	struct snapshot_question question = {
		.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.threads = 2,
		.cgroupfd = open("/sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.dev = shm_dev(),
		.mount = stat_of("/dev/shm").stx_mnt_id,
		.flags = LOOK_ALL | look_flags,
	};

	assert_true(question.procfd >= 0);
	return question;
}

void question_close(struct snapshot_question *question)
{
	close(question->procfd);
	if (question->cgroupfd >= 0)
		close(question->cgroupfd);
}

void look(struct since_table *since, struct snapshot *ret)
{
	struct snapshot_question question = question_open();
	int r = snapshot_take(&question, since, ret);

	question_close(&question);
	assert_int_equal(r, 0);
}

struct expectation {
	pid_t tid;
	enum waiter_state state;
	struct snapshot *snapshot;
};

static bool is_met(void *data)
{
	struct expectation *wanted = data;
	const struct waiter *waiter;

	snapshot_deinit(wanted->snapshot);
	look(NULL, wanted->snapshot);
	waiter = find_waiter(wanted->snapshot, wanted->tid);
	return waiter && waiter->state == wanted->state;
}

void look_for_waiter(pid_t tid, enum waiter_state state, struct snapshot *ret)
{
	struct expectation wanted = {tid, state, ret};

	*ret = (struct snapshot){0};
	if (!wait_until(DEADLINE_MS, is_met, &wanted))
		fail_msg("thread %d is no waiter in state %d", tid, state);
}

const struct process *find_process(const struct snapshot *snapshot, pid_t pid)
{
	for (size_t i = 0; i < snapshot->n_processes; i++)
		if (snapshot->processes[i].pid == pid)
			return &snapshot->processes[i];
	return NULL;
}

const struct waiter *find_waiter(const struct snapshot *snapshot, pid_t tid)
{
	for (size_t i = 0; i < snapshot->n_waiters; i++)
		if (snapshot->waiters[i].tid == tid)
			return &snapshot->waiters[i];
	return NULL;
}

const struct holder *nth_holder(const struct snapshot *snapshot, pid_t pid, size_t n)
{
	for (size_t i = 0; i < snapshot->n_holders; i++) {
		const struct holder *holder = &snapshot->holders[i];

		if (snapshot->processes[holder->process].pid == pid && n-- == 0)
			return holder;
	}
	return NULL;
}

size_t count_holders(const struct snapshot *snapshot, pid_t pid)
{
	size_t n = 0;

	while (nth_holder(snapshot, pid, n))
		n++;
	return n;
}

void judge_real(uint64_t ino, struct verdicts *ret)
{
	const pid_t self = getpid();
	struct verdict_question question = {.look = question_open(), .dirfd = shm_folder()};

	question.look.ino = ino;
	question.look.except = &self;
	question.look.n_except = 1;
	assert_int_equal(verdicts_take(&question, NULL, ret), 0);
	question_close(&question.look);
}
