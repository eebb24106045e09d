/* SPDX-License-Identifier: MIT */
/* Snapshots made by hand: who holds what and who sleeps where, for the diagnosis. */
#pragma once

#include "core/diagnosis.h"

#define WORLD_MAX 64

/* Two looks at the same processes; a test then changes what it likes in one of them. */
struct world {
	struct snapshot before, after;
	struct process processes[2][WORLD_MAX];
	struct holder holders[2][WORLD_MAX];
	struct waiter waiters[2][WORLD_MAX];
	struct thread threads[2][WORLD_MAX];
	struct offspring children[2][WORLD_MAX];
	struct diagnosis_object objects[WORLD_MAX];
	struct lock locks[WORLD_MAX];
	struct diagnosis_question question;
};

/* Objects by their numbers: those from A on have names, those from NAMELESS on have none. */
enum { A = 10, B, C, D, E, NAMELESS = 20, M, N };

void world_init(struct world *world);

/* A process with one thread of the same number, asleep in read(2). By growing pid. */
void add_process(struct world *world, pid_t pid);

/* One thread more of the process that was added last; it is in read(2). */
void add_thread(struct world *world, pid_t tid);

/* The process that was added last maps the object, writably. */
void add_map(struct world *world, uint64_t ino);
struct holder *add_holder(struct world *world, uint64_t ino); /* … of the first look; see both() */

/* The thread that was added last sleeps on the word at this offset of the object. */
void add_sleep(struct world *world, uint64_t ino, uint64_t offset);

/* … in its own memory. */
void add_own_sleep(struct world *world);

/* … until this child (0: any) ends. */
void add_reap(struct world *world, pid_t child);
void add_child(struct world *world, pid_t pid);

/* A process that maps the object and sleeps on its first word. */
void add_sleeper(struct world *world, pid_t pid, uint64_t ino);

/* It may not be looked at. */
void add_denied(struct world *world, pid_t pid, uid_t uid);

/* It is stopped by a signal, as all of its threads are. */
void stop_last(struct world *world);

/* A lock of the object; `after` is as `before`. */
struct lock *add_lock(struct world *world, uint64_t ino, enum lock_state state, uint32_t value);

/* The latest row of the array in both looks is as that of the first. */
void copy_looks(struct world *world);

/* What the diagnosis says of the object; its text is kept until the next call. */
enum verdict judge(struct world *world, uint64_t ino);

/* Does the text of the latest judge() have this? Else it is printed. */
bool said(const char *text);

/* What the test changes in both looks is done in the first one, and copied. */
#define BOTH(world, change)                                                                        \
	do {                                                                                       \
		struct snapshot *look = &(world)->before;                                          \
		(void)look;                                                                        \
		change;                                                                            \
		copy_looks(world);                                                                 \
	} while (0)

/* Process `pid` has both objects and sleeps on the first word of `word` (0: of none). */
void add_one_of_two(struct world *world, pid_t pid, uint64_t one, uint64_t other, uint64_t word);

/* A new world: processes 1 and 2 have a and b; 1 sleeps on b, 2 on a. */
void add_abba(struct world *world);
