/* SPDX-License-Identifier: MIT */
/* The other side of a transfer: who it is, and whether it is still there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum transfer_role {
	TRANSFER_WRITER,
	TRANSFER_READER,
	TRANSFER_REMOVER, /* of an object that nobody uses any more */
};

/*
 * peer_lock() - Take the place of a role in the object that is open as `fd`.
 *
 * It is a record lock (fcntl(2), F_SETLK) on one byte, far beyond any object's end: the kernel
 * drops it when the process ends in whatever way, and tells others its pid. It is dropped, too,
 * when the process closes any descriptor of the object. 0; -EBUSY and its pid (0: in a namespace
 * out of sight) where another process has it.
 */
int peer_lock(int fd, enum transfer_role role, pid_t *ret);

/* Does another process have this role's place? Its pid is ret's, which may be NULL. */
bool peer_locked(int fd, enum transfer_role role, pid_t *ret);

/* Who has an object, apart from this process. Plain programs of the course lock nothing. */
struct survey {
	bool alone;   /* nobody else has it open or mapped: all below is 0 */
	size_t n;     /* how many processes map it that do not sleep on the word at `seat` */
	pid_t first;  /* the first of them... */
	pid_t last;   /* ...and the one that began last */
	pid_t seated; /* one that does sleep there: it can only be of that role */
	bool hidden;  /* somebody has it open who cannot be seen from here */
	bool denied;  /* there are, or may be, processes that may not be looked at */
};

/*
 * survey_take() - Look who has the object that is open as `fd`; `skip` is left out.
 *
 * First by asking for a lease (fcntl(2), F_SETLEASE), which is granted only where nobody else has
 * it open or mapped, anywhere; if somebody has, by a look at all processes (core/process.h).
 */
int survey_take(int fd, size_t seat, pid_t skip, struct survey *ret);

/* What is known of the other side. Start with PEER_NONE. */
struct peer {
	bool ours;       /* it has been seen to hold its role's lock: so it does until it ends */
	bool seen;       /* it has been seen to map the object */
	int pidfd;       /* that process, or -1 */
	int64_t next;    /* CLOCK_MONOTONIC, ns: when to look whether it still does */
	unsigned absent; /* looks that have found nobody, one after the other */
};

#define PEER_NONE                                                                                  \
	(struct peer)                                                                              \
	{                                                                                          \
		.pidfd = -1                                                                        \
	}

/*
 * peer_gone() - Has the other side, which had been there, ended?
 *
 * Costs a system call where it is ours, else up to a look at all processes a second. Never says so
 * of one that lives: where it cannot be told, it is there.
 */
bool peer_gone(struct peer *peer, int fd, enum transfer_role role, size_t seat);
void peer_deinit(struct peer *peer);
