/* SPDX-License-Identifier: MIT */
/* Snapshots made by hand. */
#include "tests/world.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

#define NOW INT64_C(100000000000)

static char text[16384];

void world_init(struct world *world)
{
	static const char *const names[] = {"a", "b", "c", "d", "e"};

	memset(world, 0, sizeof(*world));
	for (size_t i = 0; i < 5; i++)
		world->objects[i] = (struct diagnosis_object){
			.ino = A + i, .name = names[i], .uid = 1000, .gid = 1000, .mode = 0600};
	for (size_t i = 0; i < 3; i++)
		world->objects[5 + i] = (struct diagnosis_object){
			.ino = NAMELESS + i, .uid = 1000, .gid = 1000, .mode = 0600};
	for (int i = 0; i < 2; i++) {
		struct snapshot *look = i ? &world->after : &world->before;

		look->processes = world->processes[i];
		look->holders = world->holders[i];
		look->waiters = world->waiters[i];
		look->threads = world->threads[i];
		look->children = world->children[i];
		look->begun = NOW + i * 1000;
		look->ended = NOW + i * 1000 + 500;
	}
	world->question = (struct diagnosis_question){
		.before = &world->before,
		.after = &world->after,
		.objects = world->objects,
		.n_objects = 8,
		.locks = world->locks,
	};
}

void copy_looks(struct world *world)
{
	const struct snapshot *from = &world->before;
	struct snapshot *to = &world->after;

	memcpy(to->processes, from->processes, sizeof(world->processes[0]));
	memcpy(to->holders, from->holders, sizeof(world->holders[0]));
	memcpy(to->waiters, from->waiters, sizeof(world->waiters[0]));
	memcpy(to->threads, from->threads, sizeof(world->threads[0]));
	memcpy(to->children, from->children, sizeof(world->children[0]));
	to->n_processes = from->n_processes;
	to->n_holders = from->n_holders;
	to->n_waiters = from->n_waiters;
	to->n_threads = from->n_threads;
	to->n_children = from->n_children;
}

void add_thread(struct world *world, pid_t tid)
{
	struct snapshot *look = &world->before;

	look->threads[look->n_threads++] = (struct thread){
		.process = look->n_processes - 1,
		.tid = tid,
		.own = tid,
		.state = 'S',
		.runs = 7,
		.call = "read",
	};
	copy_looks(world);
}

void add_process(struct world *world, pid_t pid)
{
	struct snapshot *look = &world->before;
	struct process *process = &look->processes[look->n_processes++];

	*process = (struct process){
		.pid = pid, .reader = pid, .uid = 1000, .gid = 1000, .started = 5, .state = 'S'};
	snprintf(process->comm, sizeof(process->comm), "p%d", pid);
	add_thread(world, pid);
}

void add_denied(struct world *world, pid_t pid, uid_t uid)
{
	struct snapshot *look = &world->before;

	look->processes[look->n_processes++] = (struct process){
		.pid = pid, .uid = uid, .gid = uid, .started = 5, .state = 'S', .error = -EACCES};
	copy_looks(world);
}

struct holder *add_holder(struct world *world, uint64_t ino)
{
	struct snapshot *look = &world->before;
	struct holder *holder = &look->holders[look->n_holders++];

	*holder = (struct holder){
		.process = look->n_processes - 1,
		.ino = ino,
		.readable = true,
		.writable = true,
		.shared = true,
		.start = 0x1000 * ino,
		.end = 0x1000 * (ino + 1),
		.fd = -1,
	};
	return holder;
}

void add_map(struct world *world, uint64_t ino)
{
	add_holder(world, ino);
	copy_looks(world);
}

static struct waiter *add_waiter(struct world *world, enum waiter_place place)
{
	struct snapshot *look = &world->before;
	struct waiter *waiter = &look->waiters[look->n_waiters++];
	struct thread *thread = &look->threads[look->n_threads - 1];

	thread->call = "futex";
	*waiter = (struct waiter){
		.process = thread->process,
		.tid = thread->tid,
		.place = place,
		.state = WAITER_ASLEEP,
		.address = 0x5000,
		.op = FUTEX_WAIT,
		.n_words = 1,
		.since = NOW - INT64_C(3000000000),
	};
	memcpy(waiter->comm, look->processes[thread->process].comm, sizeof(waiter->comm));
	return waiter;
}

void add_sleep(struct world *world, uint64_t ino, uint64_t offset)
{
	struct waiter *waiter = add_waiter(world, WAITER_OBJECT);

	waiter->ino = ino;
	waiter->offset = offset;
	copy_looks(world);
}

void add_own_sleep(struct world *world)
{
	add_waiter(world, WAITER_MEMORY);
	copy_looks(world);
}

void add_reap(struct world *world, pid_t child)
{
	struct thread *thread = &world->before.threads[world->before.n_threads - 1];

	thread->call = "wait4";
	thread->reaps = true;
	thread->child = child;
	copy_looks(world);
}

void add_child(struct world *world, pid_t pid)
{
	struct snapshot *look = &world->before;

	look->children[look->n_children++] =
		(struct offspring){.process = look->n_processes - 1, .pid = pid};
	copy_looks(world);
}

void stop_last(struct world *world)
{
	struct snapshot *look = &world->before;
	const size_t last = look->n_processes - 1;

	look->processes[last].state = 'T';
	for (size_t i = 0; i < look->n_threads; i++)
		if (look->threads[i].process == last)
			look->threads[i].state = 'T';
	for (size_t i = 0; i < look->n_waiters; i++)
		if (look->waiters[i].process == last)
			look->waiters[i].state = WAITER_STOPPED;
	copy_looks(world);
}

struct lock *add_lock(struct world *world, uint64_t ino, enum lock_state state, uint32_t value)
{
	static const struct field_type type = {.name = "sem_t", .size = 32};
	static const struct lock_kind kind = {.name = "sem_t", .type = &type};
	struct lock *lock = &world->locks[world->question.n_locks++];

	*lock = (struct lock){.ino = ino, .size = 32, .kind = &kind, .field = "sem"};
	lock->before =
		(struct lock_reading){.state = state, .value = value, .counts = true, .size = 32};
	memcpy(lock->before.bytes, &value, sizeof(value));
	lock->after = lock->before;
	return lock;
}

void add_sleeper(struct world *world, pid_t pid, uint64_t ino)
{
	add_process(world, pid);
	add_map(world, ino);
	add_sleep(world, ino, 0);
}

void add_one_of_two(struct world *world, pid_t pid, uint64_t one, uint64_t other, uint64_t word)
{
	add_process(world, pid);
	add_map(world, one);
	add_map(world, other);
	if (word)
		add_sleep(world, word, 0);
}

void add_abba(struct world *world)
{
	world_init(world);
	add_one_of_two(world, 1, A, B, B);
	add_one_of_two(world, 2, A, B, A);
}

enum verdict judge(struct world *world, uint64_t ino)
{
	struct diagnosis diagnosis;
	enum verdict verdict;
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	assert_int_equal(diagnose(&world->question, &diagnosis), 0);
	verdict = diagnosis_verdict(&diagnosis, ino);
	diagnosis_print(&diagnosis, ino, out);
	fclose(out);
	diagnosis_deinit(&diagnosis);
	assert_int_equal(strncmp(text, verdict_word(verdict), strlen(verdict_word(verdict))), 0);
	print_message("%s--\n", text);
	return verdict;
}

bool said(const char *wanted)
{
	return strstr(text, wanted) != NULL;
}
