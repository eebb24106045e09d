/* SPDX-License-Identifier: MIT */
/* Who holds the objects of a folder and who sleeps in them: one look at all processes, as data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The kernel's TASK_COMM_LEN; any bytes but NUL. */
#define PROCESS_COMM_SIZE 16

/* Of the supplementary groups, which can be 65536, so many are kept. */
#define PROCESS_GROUPS 8

enum {
	SNAPSHOT_FDS = 1,     /* holders by descriptor, too; without: by mapping only */
	SNAPSHOT_WAITERS = 2, /* the threads of holders that sleep on a futex */
	SNAPSHOT_THREADS = 4, /* all threads of holders, with their run counts */
	/* The ways for other kernels, taken here, too (for tests): */
	SNAPSHOT_MAPS_TEXT = 8,   /* read maps even where there is PROCMAP_QUERY */
	SNAPSHOT_FDS_TABLES = 16, /* tell by tables of mounts which descriptors are ours */
};

/* What is looked for. All zero but procfd and dev is a question. */
struct snapshot_question {
	int procfd;          /* an open /proc */
	int cgroupfd;        /* an open /sys/fs/cgroup; -1: nothing is frozen */
	uint64_t dev;        /* of the folder, as in struct object_id */
	uint64_t mount;      /* its STATX_MNT_ID (statx(2)), or 0 */
	uint64_t ino;        /* this object only; 0: every one of the device */
	const pid_t *except; /* processes that are left out: our own */
	size_t n_except;
	unsigned threads; /* that share the work: 2 at most; 0 or 1: the calling one alone */
	/* CLOCK_MONOTONIC, ns: no process is begun after it, and one may have three quarters of
	 * the time that is left; 0: none */
	int64_t deadline;
	unsigned flags;
};

/* One that holds an object, or of which it cannot be told. */
struct process {
	pid_t pid;
	int error; /* 0, or why it could not be looked at (-EACCES); uid and comm are right */
	bool cut;  /* -ETIMEDOUT, and only threads are missing: what it holds is known whole */
	uid_t uid; /* effective */
	gid_t gid; /* effective */
	uint64_t started; /* ticks since boot: pid and this are who it is */
	uint64_t caught;  /* bit N-1: it has a handler for signal N (SigCgt) */
	pid_t reader;     /* the thread by whose /proc entry it was read: the leader may be dead */
	char state;       /* of the leader: R S D T t Z …, proc(5) */
	bool frozen;      /* by its cgroup */
	bool nested;      /* it is in a pid namespace below that of the /proc looked at */
	pid_t own;        /* the number that it has in its own pid namespace; 0: untold */
	pid_t tracer;     /* who traces it; 0: nobody */
	gid_t groups[PROCESS_GROUPS]; /* supplementary ones: the first of n_groups */
	unsigned n_groups;
	bool words_hidden; /* threads sleep on futexes, but it may not be told on which (Yama) */
	char comm[PROCESS_COMM_SIZE];
};

enum holder_kind {
	HOLDER_MAPPING,
	HOLDER_FD,
};

/* One mapping, or one descriptor, of one object. */
struct holder {
	size_t process; /* index in snapshot.processes */
	uint64_t dev, ino;
	enum holder_kind kind;
	bool readable, writable; /* the protection; or how the descriptor was opened */
	bool executable, shared; /* mapping; shared: MAP_SHARED */
	uint64_t start, end;     /* mapping: addresses in the process */
	uint64_t offset;         /* mapping: of start in the object */
	int fd;                  /* descriptor; -1: a mapping */
};

/* Where the word lies that a thread sleeps on. The mapping says it, not the futex operation. */
enum waiter_place {
	WAITER_OBJECT, /* in an object of the device, mapped MAP_SHARED: a waiter of it */
	WAITER_COPY,   /* in an object mapped MAP_PRIVATE: no post on the object ends this sleep */
	WAITER_ELSEWHERE, /* in shared memory of another device, that others might know, too */
	WAITER_MEMORY,    /* in memory of the process alone (also pthread_join) */
	WAITER_UNMAPPED,  /* in no mapping any more: unmapped while it sleeps */
	WAITER_UNKNOWN,   /* on a futex, but the address is unreadable (Yama, an array in shared
			     memory) */
};

enum waiter_state {
	WAITER_ASLEEP,  /* on the futex's queue */
	WAITER_STOPPED, /* by a signal or a tracer; would wait */
	WAITER_FROZEN,  /* by its cgroup */
};

/* One word that a thread sleeps on. */
struct waiter {
	size_t process; /* index in snapshot.processes */
	pid_t tid;
	pid_t own;                    /* see struct thread */
	char comm[PROCESS_COMM_SIZE]; /* of the thread */
	enum waiter_place place;
	enum waiter_state state;
	uint64_t dev, ino; /* object, copy, elsewhere */
	uint64_t offset;   /* object, copy, elsewhere: of the word in the object */
	uint64_t address;  /* of the word in the process; 0 where it is unknown */
	uint32_t op; /* FUTEX_LOCK_PI…, the bits PRIVATE and CLOCK_REALTIME included, futex(2) */
	uint32_t expected;      /* the value it sleeps on; 0 for a PI lock */
	bool timed;             /* it ends by itself */
	unsigned word, n_words; /* futex_waitv(2): which of how many; else 0 of 1 */
	uint64_t runs;          /* see struct thread */
	int64_t since;          /* CLOCK_MONOTONIC, ns: it has slept since then */
	bool since_about;       /* by the scheduler's clock; else its begin was watched */
};

/*
 * One thread of a holder. `runs` is read before the call is: where it is the same in a later
 * snapshot, the thread was blocked in that call all the time from the one reading to the other.
 */
struct thread {
	size_t process; /* index in snapshot.processes */
	pid_t tid;
	pid_t own;     /* the number that it has in its own pid namespace; 0: untold */
	char state;    /* R S D T t…, proc(5) */
	uint64_t runs; /* how often it has got a CPU: unchanged, it did not wake in between; 0:
			  nobody tells */
	/* The system call that it is blocked in ("read"; "a system call": another); NULL: none, or
	   it may not be told. */
	const char *call;
	bool reaps;  /* that waits until a child ends … */
	pid_t child; /* … this one, as the thread counts processes; 0: any */
};

/* A child of a process that has a thread that reaps. */
struct offspring {
	size_t process; /* index in snapshot.processes: the parent */
	pid_t pid;      /* 0: there may be more, which cannot be told */
};

/* Processes of one user that could not be looked at. */
struct denied {
	uid_t uid;
	size_t n;
};

struct snapshot {
	struct process *processes;  /* by pid; the denied ones are among them */
	struct holder *holders;     /* by process */
	struct waiter *waiters;     /* by process and thread */
	struct thread *threads;     /* by process and thread */
	struct offspring *children; /* by process; with SNAPSHOT_THREADS */
	struct denied *denied;      /* by uid */
	size_t *by_object;          /* indices of holders, by object: snapshot_holders_of() */
	size_t *waiters_by_object;  /* of waiters: snapshot_waiters_of() */
	size_t n_processes, n_holders, n_waiters, n_threads, n_children, n_denied;
	size_t n_scanned;     /* processes looked at */
	size_t n_unfinished;  /* not looked at, or not at all that they hold: no time */
	size_t n_cut;         /* not looked at all of their threads: see struct process */
	size_t n_unplaced;    /* descriptors on mounts in nobody's table: their device is unknown */
	int64_t begun, ended; /* CLOCK_MONOTONIC, ns */
	bool maps_text;       /* maps were read, for want of PROCMAP_QUERY */
	bool hides;           /* processes that we may not look at are not even listed (hidepid) */
};

/* What is remembered from snapshot to snapshot, to tell since when a thread sleeps. */
struct since_table;

/*
 * snapshot_take() - Look at all processes.
 *
 * Nothing is stopped, traced or mapped, and no filesystem is asked that might not answer: a process
 * that has a file of a dead server open delays nobody. A process that ends meanwhile is no error,
 * it is not there. `since` may be NULL; it must not be used by two threads at once.
 *
 * Returns 0, -ENOMEM, or why /proc itself cannot be read; what could not be read of a process is in
 * the snapshot. The caller owns ret and gives it back with snapshot_deinit().
 */
int snapshot_take(const struct snapshot_question *question, struct since_table *since,
		  struct snapshot *ret);
void snapshot_deinit(struct snapshot *snapshot);

/*
 * snapshot_place() - Ask about the filesystem of this folder or object: fills in dev and mount.
 *
 * By its statx(2) with STATX_BASIC_STATS and STATX_MNT_ID.
 */
void snapshot_place(struct snapshot_question *question, const struct statx *st);

/* The indices of the holders of one object, in their order: ret_n of them, the snapshot's. */
const size_t *snapshot_holders_of(const struct snapshot *snapshot, uint64_t ino, size_t *ret_n);

/* The same of the waiters: also of those in a copy, or in an object of that number elsewhere. */
const size_t *snapshot_waiters_of(const struct snapshot *snapshot, uint64_t ino, size_t *ret_n);

/*
 * snapshot_unfinished() - Of how many processes there was no time to see whether a thread sleeps in
 * the object; 0: in any.
 */
size_t snapshot_unfinished(const struct snapshot *snapshot, uint64_t ino);

/*
 * process_print_pid() - "4711", or of a process in another pid namespace "4711(7)": outside the
 * number in the /proc looked at, which kill(1) takes here, in parentheses its own.
 */
void process_print_pid(const struct process *process, FILE *out);

/* The same of a thread of it: one that calls itself `own`; 0: untold. */
void process_print_tid(const struct process *process, pid_t tid, pid_t own, FILE *out);

/* The own number, of it or of a thread, where that is to be told; else 0. */
pid_t process_inner(const struct process *process, pid_t own);

int since_table_new(struct since_table **ret);
void since_table_free(struct since_table *table);
