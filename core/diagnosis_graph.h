/* SPDX-License-Identifier: MIT */
/* Who could wake whom: processes, threads and locks of two looks in one, and who of them is live.
 */
#pragma once

#include "core/diagnosis.h"

#define GRAPH_NONE SIZE_MAX

/* What keeps a thread from running. */
enum thread_does {
	DOES_RUN,   /* nothing, or nobody can tell that it did not run: live */
	DOES_SLEEP, /* it sleeps on the words of `waiters` */
	DOES_REAP,  /* it waits for a child */
	DOES_HIDE,  /* on a futex, but which may not be told */
};

struct graph_thread {
	size_t process;
	const struct thread *thread;
	enum thread_does does;
	bool moved;  /* it ran between the looks, or is only in one of them */
	bool missed; /* there was no time for it in one of them: nobody knows whether it ran */
	bool stopped;
	bool rests; /* blocked in a call from the one look to the other, and able to go on */
	bool live;
	enum verdict step; /* in which step it became so */
	size_t first, n;   /* waiters of question->after */
};

/* One process, in both looks or in one of them. */
struct graph_process {
	const struct process *process; /* as it was last seen */
	size_t before, after;          /* index in the snapshots, or GRAPH_NONE */
	size_t first, n;               /* threads */
	bool unread;                   /* of its threads some may be missing */
	bool late;                     /* … only because there was no time */
	bool cut;                      /* … and all that it holds is known */
	bool live;
};

/* A process has an object. By ino and process. */
struct graph_hold {
	uint64_t ino;
	size_t process;
	bool writable;
};

struct graph_lock {
	uint64_t ino, offset;
	const struct lock *lock;               /* or NULL */
	const struct diagnosis_object *object; /* or NULL */
	size_t first, n;                       /* holds of its object */
	size_t owner;                          /* the thread that owns it, or GRAPH_NONE */
	size_t waiters;                        /* that sleep on it in the second look */
	size_t sleepers; /* that are asleep on it from the one look to the other */
	bool owned;      /* only its owner can release it … */
	bool gone;       /* … and that is nowhere */
	bool twice;      /* … and two might be that */
	bool hidden;     /* none: of the threads whose word may not be told, or was not looked at */
	bool moved;      /* its bytes changed between the looks */
	bool late;       /* there was no time to read its bytes twice */
	bool beyond;     /* who holds its object was not looked at */
	bool maybe;      /* who could not be looked at might release it */
	bool alone;      /* all who could release it sleep on it, and it has a name */
	bool live;
	bool by_scope; /* only because something was not looked at */
	enum verdict verdict;
};

/* What else counts as live in this step, besides what was in the steps before. */
struct graph_step {
	enum verdict verdict; /* of the locks that it revives */
	bool beyond; /* who holds what was not looked at, and children of which nothing is known */
	bool maybe, stopped, newcomers;
};

struct graph {
	const struct diagnosis_question *question;
	struct graph_process *processes; /* by pid */
	struct graph_thread *threads;    /* by process */
	struct graph_hold *holds;
	struct graph_lock *locks; /* by ino and offset */
	size_t *lock_of;          /* of each waiter of question->after, or GRAPH_NONE */
	size_t n_processes, n_threads, n_holds, n_locks;
	bool beyond; /* scope: see struct diagnosis */
};

/* 0 or -ENOMEM; graph_deinit() in both cases. */
int graph_init(const struct diagnosis_question *question, struct graph *ret);
void graph_deinit(struct graph *graph);

/* diagnosis_locks.c: the locks that are slept on or asked about, and all that is known of each. */
int graph_add_locks(struct graph *graph);

/* The process of that pid, or NULL: none of those that hold objects. */
const struct graph_process *graph_process(const struct graph *graph, pid_t pid);

/*
 * Might a process that was not looked at to its end have this object, too? One of which all that it
 * holds is known could open it since by its name only.
 */
bool graph_might_open(const struct graph_process *process, const struct diagnosis_object *object);

/* diagnosis_live.c: judge each lock of the graph. */
void graph_judge(struct graph *graph);

/* Do all threads that could release it rest, so that nobody is just about to wake a sleeper? */
bool graph_rests(const struct graph *graph, const struct graph_lock *lock);
