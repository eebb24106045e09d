/* SPDX-License-Identifier: MIT */
/* Streaming bytes from one process to another through a shared memory object. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes a block: what a writer may be asked for. */
#define TRANSFER_BUFFER_MIN 10
#define TRANSFER_BUFFER_MAX (64 << 20)

/* With several blocks at once: as many, and as large, as stay in most processors' caches. */
#define TRANSFER_BLOCKS 4
#define TRANSFER_BLOCKS_BUFFER (256 << 10)

/* How it has ended. */
enum transfer_end {
	TRANSFER_DONE,        /* all of the input has been written to the output */
	TRANSFER_STOPPED,     /* by SIGHUP, SIGINT or SIGTERM: `signal` */
	TRANSFER_OBJECT,      /* `error`, of the object */
	TRANSFER_STREAM,      /* `error`, of the descriptor */
	TRANSFER_TAKEN,       /* another process has our part in it: `pid` (0: one out of sight) */
	TRANSFER_PEER_DIED,   /* the other side has ended, and has not said why */
	TRANSFER_PEER_FAILED, /* the other side has said that it could not go on */
	TRANSFER_PIPES,       /* the writer's pipes cannot be opened: `error` */
	TRANSFER_DAMAGED,     /* what the object says of its blocks, or its semaphores, cannot be */
	TRANSFER_COUNT,       /* `count` is not within 0 to `room` */
	TRANSFER_UNREADY,     /* somebody has it open, but does not initialise its semaphores */
	TRANSFER_FOREIGN,     /* the other side's sem_t are not ours: `abi` */
};

struct transfer_result {
	enum transfer_end end;
	int error; /* negative errno */
	int signal;
	pid_t pid;
	const char *abi; /* "glibc 32-bit" */
	int count;
	size_t room;
	uint64_t bytes;  /* a writer: handed over; a reader: written to its output */
	uint64_t blocks; /* that were not empty */
};

struct transfer_setup {
	const char *name; /* the object's, as its file in /dev/shm has it */
	size_t buffer;    /* a writer's: bytes a block */
	unsigned blocks;  /* a writer's: that many at once (PSHM_BLOCKS_MAX); 0: the course's way */
	int fd;           /* where the bytes come from, or go to */
	/* Called once, as soon as the other side is known to be there, or NULL. */
	void (*met)(void);
	/* Called up to 10 times a second while bytes go through, or NULL. */
	void (*progress)(const struct transfer_result *sofar);
	/* A reader's: called when there is no writer yet, and it is waited for; or NULL. */
	void (*waiting)(bool leftover);
};

/*
 * transfer_send() - Be the writer: make the object, hand over all bytes, and remove it.
 *
 * An object of that name that nobody uses is replaced. Waits for a reader as long as it takes; from
 * then on a reader's death ends it within a second. When it ends early the name is removed, and the
 * reader told, as far as the protocol can say it.
 *
 * Both calls use signals while they run: SIGRTMIN, and SIGHUP, SIGINT and SIGTERM where those are
 * not ignored; SIGPIPE, SIGXFSZ and SIGIO must be ignored. One at a time in a process.
 */
void transfer_send(const struct transfer_setup *setup, struct transfer_result *ret);

/*
 * transfer_receive() - Be the reader: wait for a writer's object, and write all bytes out.
 *
 * In which way the blocks are handed over the object says.
 */
void transfer_receive(const struct transfer_setup *setup, struct transfer_result *ret);
