/* SPDX-License-Identifier: MIT */
/* Who holds objects: mappings and descriptors of real processes, by this kernel's ways and by
 * others'. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/process_scan.h"
#include "tests/support.h"

/* Does this kernel know PROCMAP_QUERY (linux/fs.h, from Linux 6.11 on)? */
static bool has_maps_query(void)
{
	_cleanup_close_ int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	char query[104] = {0};

	assert_true(maps >= 0);
	assert_int_equal(ioctl(maps, _IOC(_IOC_READ | _IOC_WRITE, 'f', 17, sizeof(query)), query),
			 -1);
	return errno != ENOTTY;
}

static void is_mapping(const struct holder *holder, uint64_t offset, uint64_t size, bool writable,
		       bool shared)
{
	assert_non_null(holder);
	assert_int_equal(holder->kind, HOLDER_MAPPING);
	assert_int_equal(holder->dev, shm_dev());
	assert_int_equal(holder->ino, shm_ino("x"));
	assert_int_equal(holder->offset, offset);
	assert_int_equal(holder->end - holder->start, size);
	assert_int_equal(holder->writable, writable);
	assert_int_equal(holder->shared, shared);
	assert_true(holder->readable);
	assert_false(holder->executable);
	assert_int_equal(holder->fd, -1);
}

/* Three mappings, in the order of their addresses: each new one lies below (mmap(2), x86, ARM). */
static void test_mappings(void **state)
{
	const struct process *process;
	struct snapshot snapshot;
	struct actor actor;
	pid_t pid;

	(void)state;
	actor_start(&actor, "map", "/x");
	pid = actor.pids[0];
	look(NULL, &snapshot);
	process = find_process(&snapshot, pid);
	assert_non_null(process);
	assert_int_equal(process->error, 0);
	assert_int_equal(process->uid, 0);
	assert_true(process->state == 'S' || process->state == 'R');
	assert_int_equal(process->reader, pid);
	assert_string_equal(process->comm, "actor");
	assert_true(process->started > 0);
	assert_false(process->frozen || process->words_hidden);
	assert_int_equal(count_holders(&snapshot, pid), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct holder *holder = nth_holder(&snapshot, pid, i);

		if (holder->offset == 0)
			is_mapping(holder, 0, 12288, true, true);
		else if (holder->offset == 4096)
			is_mapping(holder, 4096, 4096, true, false);
		else
			is_mapping(holder, 8192, 4096, false, true);
	}
	assert_int_equal(snapshot.maps_text, look_flags & SNAPSHOT_MAPS_TEXT || !has_maps_query());
	assert_int_equal(snapshot.n_unfinished, 0);
	assert_int_equal(snapshot.n_denied, 0);
	snapshot_deinit(&snapshot);
	actor_stop(&actor);
}

static void test_descriptors(void **state)
{
	static const struct {
		int fd;
		bool readable, writable;
	} rows[] = {{10, true, true}, {11, true, false}, {12, false, false}};
	struct snapshot snapshot;
	struct actor actor;

	(void)state;
	actor_start(&actor, "open", "/x");
	look(NULL, &snapshot);
	assert_int_equal(count_holders(&snapshot, actor.pids[0]), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct holder *holder = nth_holder(&snapshot, actor.pids[0], i);

		assert_int_equal(holder->kind, HOLDER_FD);
		assert_int_equal(holder->ino, shm_ino("x"));
		assert_int_equal(holder->fd, rows[i].fd);
		assert_int_equal(holder->readable, rows[i].readable);
		assert_int_equal(holder->writable, rows[i].writable);
	}
	snapshot_deinit(&snapshot);
	actor_stop(&actor);
}

/* One object; a process that is to be left out; without descriptors; none at all in time. */
static void test_question(void **state)
{
	struct snapshot_question question;
	struct snapshot snapshot;
	struct actor map, other;

	(void)state;
	actor_start(&map, "map", "/x");
	actor_start(&other, "open", "/y");
	question = question_open();
	question.ino = shm_ino("y");
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
	assert_int_equal(count_holders(&snapshot, map.pids[0]), 0);
	assert_int_equal(count_holders(&snapshot, other.pids[0]), 3);
	assert_int_equal(snapshot.n_processes, 1);
	snapshot_deinit(&snapshot);
	question.ino = 0;
	question.except = &map.pids[0];
	question.n_except = 1;
	question.flags &= ~(unsigned)SNAPSHOT_FDS;
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
	assert_int_equal(snapshot.n_processes, 0);
	snapshot_deinit(&snapshot);
	question.deadline = 1;
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
	assert_int_equal(snapshot.n_scanned, 0);
	assert_true(snapshot.n_unfinished >= 2);
	snapshot_deinit(&snapshot);
	question_close(&question);
	question.procfd = -1;
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), -EBADF);
	actor_stop(&map);
	actor_stop(&other);
}

struct crowded {
	struct actor many, map;
};

/* What the one with many threads holds is known, and that nobody else has a thread too many. */
static void check_cut(const struct crowded *crowded, const struct snapshot *snapshot)
{
	const struct process *many = find_process(snapshot, crowded->many.pids[1]);
	const struct process *map = find_process(snapshot, crowded->map.pids[0]);

	assert_true(many && many->cut && many->error == -ETIMEDOUT);
	assert_true(map && !map->cut && !map->error);
	assert_true(count_holders(snapshot, many->pid) > 0);
	assert_int_equal(snapshot->n_denied, 0);
	assert_int_equal(snapshot_unfinished(snapshot, 0), 1);
	assert_int_equal(snapshot_unfinished(snapshot, shm_ino("x")), 1);
	assert_int_equal(snapshot_unfinished(snapshot, shm_ino("held")), 0);
}

/* Half of what a look took: too little for the one with many threads, enough for all others. */
static bool finds_beside_many(void *data)
{
	struct snapshot_question question = question_open();
	const struct crowded *crowded = data;
	struct snapshot snapshot;
	int64_t took;
	bool found;

	question.flags |= SNAPSHOT_WAITERS | SNAPSHOT_THREADS;
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
	took = snapshot.ended - snapshot.begun;
	snapshot_deinit(&snapshot);
	question.deadline = clock_read(CLOCK_MONOTONIC) + took / 2;
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
	found = count_holders(&snapshot, crowded->map.pids[0]) > 0 && snapshot.n_cut == 1 &&
		snapshot.n_unfinished == 0;
	if (found)
		check_cut(crowded, &snapshot);
	snapshot_deinit(&snapshot);
	question_close(&question);
	return found;
}

/* A process of very many threads takes the time of others, but not all of it. */
static void test_many_threads(void **state)
{
	struct crowded crowded;

	(void)state;
	actor_start(&crowded.many, "threads", "/x", "3000");
	actor_start(&crowded.map, "map", "/held");
	assert_true(wait_until(DEADLINE_MS, finds_beside_many, &crowded));
	actor_stop(&crowded.map);
	actor_stop(&crowded.many);
}

static void index_has(const size_t *found, size_t n, const size_t *wanted, size_t n_wanted)
{
	assert_int_equal(n, n_wanted);
	assert_memory_equal(found, wanted, n * sizeof(*found));
}

/* Holders and waiters of one object, in their order. */
static void test_by_object(void **state)
{
	struct holder holders[] = {{.ino = 9}, {.ino = 2}, {.ino = 9}};
	struct waiter waiters[] = {{.ino = 5}, {.ino = 3}, {.ino = 5}, {.ino = 0}, {.ino = 5}};
	struct snapshot snapshot = {
		.holders = holders, .n_holders = 3, .waiters = waiters, .n_waiters = 5};
	const size_t *found;
	size_t n;

	(void)state;
	assert_int_equal(snapshot_index(&snapshot), 0);
	found = snapshot_holders_of(&snapshot, 9, &n);
	index_has(found, n, (const size_t[]){0, 2}, 2);
	found = snapshot_waiters_of(&snapshot, 5, &n);
	index_has(found, n, (const size_t[]){0, 2, 4}, 3);
	found = snapshot_waiters_of(&snapshot, 3, &n);
	index_has(found, n, (const size_t[]){1}, 1);
	snapshot_waiters_of(&snapshot, 4, &n);
	assert_int_equal(n, 0);
	snapshot_waiters_of(&snapshot, UINT64_MAX, &n);
	assert_int_equal(n, 0);
	free(snapshot.by_object);
	free(snapshot.waiters_by_object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_by_object),    SANDBOXED(test_mappings),
		SANDBOXED(test_descriptors),  SANDBOXED(test_question),
		SANDBOXED(test_many_threads),
	};
	int r;

	sandbox_enter();
	r = cmocka_run_group_tests_name("this kernel's ways", tests, shm_folder_setup, NULL);
	look_flags = LOOK_OTHERS;
	return r + cmocka_run_group_tests_name("others' ways", tests, shm_folder_setup, NULL);
}
