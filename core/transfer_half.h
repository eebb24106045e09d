/* SPDX-License-Identifier: MIT */
/* One half of a transfer: what core/transfer*.c share, and no one else includes. */
#pragma once

#include <semaphore.h>

#include "core/layouts.h"
#include "core/object.h"
#include "core/transfer.h"
#include "core/transfer_peer.h"
#include "core/transfer_tick.h"
#include "core/transfer_turn.h"

struct half;

enum half_readiness {
	HALF_READY,
	HALF_UNREADY, /* not yet, or never */
	HALF_FOREIGN, /* it never will be: of another ABI */
};

/* A way in which two processes hand blocks over. */
struct transfer_protocol {
	const char *layout; /* core/layouts.h */
	size_t head;        /* how many bytes at the object's start tell its state */
	/* By role: the offset of the word on which it sleeps; SIZE_MAX: on none. */
	size_t seats[2];
	size_t (*size)(const struct transfer_setup *setup);
	/* Fill in the start of a new object: it is all zero. 0 or half_fail(). */
	int (*init)(struct half *half, void *head);
	enum half_readiness (*readiness)(const void *head, const char **ret_abi);
	/* At each tick: set half->met; 0 or half_fail(). */
	int (*watch)(struct half *half);
	/* Has the other side, which was there, gone, and is nothing of it left to be taken? */
	bool (*bereft)(struct half *half);
	/* The transfer itself, from the first block to the last one's being taken. */
	int (*send)(struct half *half);
	int (*receive)(struct half *half);
	/* Tell the other side that this one has ended early. */
	void (*abandon)(struct half *half);
};

extern const struct transfer_protocol transfer_alternate, transfer_blocks;

/* What core/transfer_blocks*.c know of the blocks. */
struct blocks {
	uint32_t count, size;            /* looked at once: hostile */
	char *data;                      /* block 0 */
	int in, out;                     /* our ends of the pipes */
	int spare_in, spare_out;         /* a writer's: those of the reader, until it has come */
	uint32_t queue[PSHM_BLOCKS_MAX]; /* a ring: those that are ours */
	uint32_t first, n;
	bool ended; /* a writer: all has been written out; a reader: all has been sent */
};

struct half {
	const struct transfer_setup *setup;
	struct transfer_result *result;
	const struct transfer_protocol *protocol;
	enum transfer_role role;
	int fd;       /* the object; by it our role's lock is held */
	void *memory; /* the object, mapped */
	size_t size;
	/* Posted: the other side has left something that is needed, alive or not. May be NULL. */
	sem_t *due;
	bool handed; /* a writer: it has posted a block */
	bool met;    /* the other side has taken part: without it nothing goes on */
	bool holds;  /* it is our turn */
	struct peer peer;
	struct turn turn;
	struct blocks blocks;
};

/* Record how it ends, unless that is known already; returns -ECANCELED, which all forward. */
int half_fail(struct half *half, enum transfer_end end, int error);

/*
 * half_tick() - What is to be looked at when a call was interrupted: signals, progress.
 *
 * 0 or half_fail(). Whether the other side is still there is half_bereft()'s.
 */
int half_tick(struct half *half);

/* A writer's: the reader has come. Is it one of ours, and where does it run? */
void half_meet(struct half *half);

/* Has the other side gone, and is nothing of it left to be taken? */
bool half_bereft(struct half *half);

/* half_fail() for that: it may have said why. */
int half_lost(struct half *half);

/* transfer_object.c: make, find and map the object; 0 or half_fail(). */
int half_make(struct half *half);
int half_find(struct half *half);
void half_release(struct half *half);

/*
 * transfer_io.c: read what there is, at most `size` bytes, or write all of them.
 *
 * They go on after signals and on non-blocking descriptors, but not when the other side has gone.
 * How many were read (0: the end), 0; or half_fail().
 */
ssize_t half_read(struct half *half, void *buffer, size_t size);
int half_write(struct half *half, const void *bytes, size_t size);

/*
 * half_sound() - May the C library be given the semaphore?
 *
 * Where the word that says who shares it has become any other, futex(2) refuses what sem_post(3)
 * and sem_wait(3) ask, and glibc ends the program (futex_fatal_error). 0 or half_fail().
 */
int half_sound(struct half *half, const sem_t *sem);

/*
 * half_take() - Wait for a semaphore that the other side posts; spins for a moment, then sleeps.
 *
 * 0 or half_fail(), also when the other side has gone.
 */
int half_take(struct half *half, sem_t *sem);
