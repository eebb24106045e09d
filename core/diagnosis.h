/* SPDX-License-Identifier: MIT */
/* Can those who sleep in objects ever wake: a pure function of two looks at processes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "core/lock.h"
#include "core/process.h"

/* Worst last: an object's verdict is the largest of its locks'. */
enum verdict {
	VERDICT_OK,      /* nobody waits */
	VERDICT_WAITING, /* somebody who could release it can run */
	VERDICT_UNKNOWN, /* who could not be looked at might release it */
	VERDICT_ALONE,   /* all who have it sleep on it: only who opens its name can release it */
	VERDICT_STOPPED, /* all that could release it are stopped or frozen */
	VERDICT_STUCK,   /* nobody who could release it is able to run */
	VERDICT_BROKEN,  /* the lock itself has failed */
};

/* "ok", "waiting" … */
const char *verdict_word(enum verdict verdict);

/* … and what that means, in some more: "nobody waits". */
const char *verdict_meaning(enum verdict verdict);

/* An object that is asked about, or that others lead to. */
struct diagnosis_object {
	uint64_t ino;
	const char *name; /* NULL: it has none; borrowed */
	uid_t uid;        /* who may open it for writing: */
	gid_t gid;
	mode_t mode;
	bool acl;  /* there is an access list: then whoever its mask lets */
	bool late; /* there was no time to read its bytes twice */
	struct object_id id;
};

/* A process that had an object, and has ended while a semaphore in it was 0: see vanished.h. */
struct vanished {
	uint64_t ino, offset; /* of the semaphore */
	struct object_id id;  /* of the object, as far as it is known */
	pid_t pid, inner;     /* inner: in its own pid namespace; 0: it was in that of the /proc */
	char comm[PROCESS_COMM_SIZE];
	int64_t ended; /* CLOCK_MONOTONIC, ns: begin of the first look that has missed it */
};

/* One of n objects that are sorted by ino, or NULL. */
const struct diagnosis_object *diagnosis_object_find(const struct diagnosis_object *objects,
						     size_t n, uint64_t ino);

struct diagnosis_question {
	/* By SNAPSHOT_FDS, _WAITERS and _THREADS, one after the other, of the same scope. */
	const struct snapshot *before, *after;
	const struct diagnosis_object *objects; /* by ino */
	size_t n_objects;
	/* The locks that somebody sleeps on, read between the two looks and after them; others are
	   looked at, too. Where there is none for a word that is slept on, it is unknown. */
	const struct lock *locks;
	size_t n_locks;
	const struct vanished *vanished; /* oldest first: what is known from earlier looks */
	size_t n_vanished;
	uint64_t ino; /* scope of the looks: who holds other objects is not in them; 0: all are */
	bool hides;   /* /proc does not even list all processes (hidepid) */
	bool late;    /* there was no time for some of the objects that are not told of */
};

enum reason_kind {
	REASON_VALUE_LEFT,  /* it is free, and yet a thread sleeps on it: `count` is its value */
	REASON_RUINED,      /* it is not recoverable */
	REASON_OWNER_GONE,  /* its owner, `tid` as that calls itself, is nowhere */
	REASON_OWNER_TWICE, /* two threads, of two pid namespaces, could be that: */
	REASON_MAY_OWN,     /* thread is one of them */
	REASON_OWNER,       /* thread owns it */
	REASON_SLEEPS,      /* thread sleeps on it */
	REASON_NOBODY,      /* nobody else has it open for writing */
	REASON_CAN,         /* thread could release it, and can run */
	REASON_RAN,         /* the same, and ran between the looks; no process: the lock changed */
	REASON_STOPPED,     /* thread could release it, but is stopped, traced or frozen */
	REASON_WAITS,       /* thread could release it, but sleeps on the lock `other` itself */
	REASON_MEMORY,      /* … but sleeps in its own memory: on a mutex, or in pthread_join */
	REASON_CHILD,       /* … but waits for a child to end */
	REASON_UNREAD,      /* process holds it (`held`), or may, and could not be looked at */
	REASON_PARTLY,      /* the same, and there was no time for all of its threads */
	REASON_HIDDEN,      /* on which word thread sleeps may not be told (Yama) */
	REASON_UNSEEN,      /* `count` processes were not looked at: no time */
	REASON_LATE,        /* its bytes were not read twice: no time */
	REASON_HIDEPID,     /* processes are not even listed */
	REASON_UNPLACED,    /* `count` descriptors of which it cannot be told whose they are */
	REASON_BEYOND,      /* who holds its object was not looked at */
	REASON_VANISHED,    /* `vanished` had its object, and ended while its value was 0 */
	REASON_MORE,        /* `count` more of the kind `of` */
	/* Caveats. */
	REASON_READS,    /* process has it open for reading only */
	REASON_NAME,     /* it has a name: who opens it might release it */
	REASON_SIGNALS,  /* process has signal handlers, which might release it */
	REASON_UNSHARED, /* pshared is 0 */
	REASON_GHOSTS,   /* `count` sleepers on record, `alive` are there */
	REASON_KINDS,
};

#define REASON_NONE SIZE_MAX

/* Pointers are into the snapshots, locks are indices of findings; what a kind has none of is NULL.
 */
struct reason {
	enum reason_kind kind;
	enum reason_kind of;
	const struct process *process;
	const struct thread *thread;
	const struct waiter *waiter; /* the thread's sleep */
	size_t lock;                 /* which this is about */
	size_t other;
	struct vanished vanished;
	pid_t tid;
	size_t count, alive;
	uint64_t signals; /* bit N-1 */
	bool held; /* see REASON_UNREAD, _PARTLY; of an owner that is gone: holders are in other pid
		      namespaces */
};

/* A word that somebody sleeps on, or a lock that was asked about: and what there is to say. */
struct finding {
	uint64_t ino, offset;                  /* of the lock */
	const struct lock *lock;               /* or NULL: unknown */
	const struct diagnosis_object *object; /* or NULL: not told */
	enum verdict verdict;
	size_t sleepers; /* in the second look */
	bool hidden;     /* no lock: the threads of which it is not told on what they sleep */
	size_t first, n; /* its reasons */
};

struct diagnosis {
	struct finding *findings; /* by ino, then offset; also of locks that are ok */
	struct reason *reasons;
	size_t n_findings, n_reasons;
	bool beyond;        /* of the object asked about a look at all might say more */
	int64_t now;        /* CLOCK_MONOTONIC, ns: of the second look */
	const char *folder; /* of the objects, for what is advised; NULL: /dev/shm; borrowed */
};

/*
 * diagnose() - Judge each lock that somebody sleeps on.
 *
 * A thread is live if it runs, sleeps, polls, or waits with a timeout; one that sleeps on a lock if
 * that can be released: by the thread that owns it, else by any process that holds the object
 * writably and has a live thread; one that sleeps in its own memory if its process has a live
 * thread; one that waits for a child if that has. What is not live when this has been followed to
 * its end will never run. What has moved between the looks, and what was not looked at, is live: a
 * finding says that all were blocked at one common moment, which lies between the looks.
 *
 * The snapshots, objects and locks must outlive ret, which the caller gives back with
 * diagnosis_deinit(). 0 or -ENOMEM.
 */
int diagnose(const struct diagnosis_question *question, struct diagnosis *ret);
void diagnosis_deinit(struct diagnosis *diagnosis);

/* The verdict of the object: the worst of its findings. */
enum verdict diagnosis_verdict(const struct diagnosis *diagnosis, uint64_t ino);

/*
 * diagnosis_print() - The file `verdict` of the object: its word, then the reasons, a line each.
 */
void diagnosis_print(const struct diagnosis *diagnosis, uint64_t ino, FILE *out);

/* Of these the lines of each lock alone, worst first. */
void diagnosis_print_locks(const struct diagnosis *diagnosis, uint64_t ino, FILE *out);

/*
 * diagnosis_dot() - Who waits for whom, and who could release it, as a graph for dot(1): only those
 * processes and locks that have a part in that, processes that do the same as one.
 *
 * It is judged anew, from the question of the diagnosis. 0 or -ENOMEM.
 */
int diagnosis_dot(const struct diagnosis_question *question, FILE *out);

/* The lock within its object: "wsem", "@32 (sem_t, inferred)", "the word at byte 32". */
void finding_print_place(const struct finding *finding, FILE *out);

/* The line of one lock: "wsem (sem_t): stuck: no process that could …". */
void finding_print(const struct finding *finding, FILE *out);

/* What a line says of this reason, without a newline. */
void reason_print(const struct diagnosis *diagnosis, const struct reason *reason, FILE *out);

/* Could the process, which could not be looked at, have opened the object for writing? */
bool diagnosis_could_open(const struct process *process, const struct diagnosis_object *object);

/* The name of a process or thread, escaped. */
void reason_print_comm(const char *comm, FILE *out);

/* Whom it is about: "pid 12 (jobs), thread 14 (worker)". */
void reason_print_who(const struct reason *reason, FILE *out);
