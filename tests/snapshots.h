/* SPDX-License-Identifier: MIT */
/* Looking at processes from a test. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/process.h"
#include "core/verdict.h"

/* Added to the flags of each question: LOOK_OTHERS, the ways for other kernels. */
extern unsigned look_flags;

#define LOOK_OTHERS (SNAPSHOT_MAPS_TEXT | SNAPSHOT_FDS_TABLES)

#define LOOK_ALL (SNAPSHOT_FDS | SNAPSHOT_WAITERS | SNAPSHOT_THREADS)

/* A question about all objects in /dev/shm, with everything; question_close() closes it. */
struct snapshot_question question_open(void);
void question_close(struct snapshot_question *question);

/* question_open(), snapshot_take() and close; a failure fails the test. `since` may be NULL. */
void look(struct since_table *since, struct snapshot *ret);

/* Look again and again until the thread is a waiter in this state: the test fails in the end. */
void look_for_waiter(pid_t tid, enum waiter_state state, struct snapshot *ret);

/* The device of /dev/shm, and the inode number of NAME in it: 0 where there is none (yet). */
uint64_t shm_dev(void);
uint64_t shm_ino(const char *name);

/* NULL where there is none. */
const struct process *find_process(const struct snapshot *snapshot, pid_t pid);
const struct waiter *find_waiter(const struct snapshot *snapshot, pid_t tid);
size_t count_holders(const struct snapshot *snapshot, pid_t pid);
const struct holder *nth_holder(const struct snapshot *snapshot, pid_t pid, size_t n);

/* verdicts_take() of the object (0: of all), this process left out; a failure fails the test. */
void judge_real(uint64_t ino, struct verdicts *ret);
