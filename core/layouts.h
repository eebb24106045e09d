/* SPDX-License-Identifier: MIT */
/* The built-in layouts: the structs that programs use, and the table that describes them. */
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#include "core/layout.h"

/* sem_t of glibc on i386: 16 bytes (bits/semaphore.h, __SIZEOF_SEM_T). */
struct pshm_sem32 {
	uint32_t word[4];
};

/* sem_t of musl on 64-bit machines: ints, and so it is aligned (include/alltypes.h.in). */
struct pshm_sem_musl {
	uint32_t word[8];
};

_Static_assert(sizeof(sem_t) == 32, "the native sem_t is taken for the 64-bit glibc one");

/* The course's pshm_seqnum.h. */
struct pshm_seqnum {
	sem_t sem;  /* protects seqnum */
	int seqnum; /* the sequence number */
};

struct pshm_seqnum32 {
	struct pshm_sem32 sem;
	int seqnum;
};

struct pshm_seqnum_musl {
	struct pshm_sem_musl sem;
	int seqnum;
};

/* The course's pshm_xfr.h; there buf has BUF_SIZE (1024) bytes. */
struct pshm_xfr {
	sem_t wsem; /* the writer's turn */
	sem_t rsem; /* the reader's turn */
	int cnt;    /* how many bytes of buf are valid; 0: end of file */
	char buf[];
};

struct pshm_xfr32 {
	struct pshm_sem32 wsem;
	struct pshm_sem32 rsem;
	int cnt;
	char buf[];
};

struct pshm_xfr_musl {
	struct pshm_sem_musl wsem;
	struct pshm_sem_musl rsem;
	int cnt;
	char buf[];
};

#define PSHM_XFR_NAME "/pshm_xfr"
#define PSHM_XFR_BUF_SIZE 1024

/* The file of a named semaphore, /dev/shm/sem.NAME (sem_overview(7)). */
struct pshm_sem {
	sem_t sem;
};

struct pshm_named_sem32 {
	struct pshm_sem32 sem;
};

/* musl's is /dev/shm/NAME. */
struct pshm_named_sem_musl {
	struct pshm_sem_musl sem;
};

/* Objects that begin with a lock of glibc on x86-64, whatever comes behind it. */
struct pshm_mutex {
	pthread_mutex_t mutex;
};

struct pshm_cond {
	pthread_cond_t cond;
};

struct pshm_rwlock {
	pthread_rwlock_t rwlock;
};

struct pshm_barrier {
	pthread_barrier_t barrier;
};

struct pshm_spinlock {
	pthread_spinlock_t spinlock;
};

/*
 * Ours: a linked list whose links are offsets from the object's start, because each process maps it
 * at another address. Nodes are appended: each lies behind the one before it, so that a walk over
 * hostile links must end.
 */
#define PSHM_LINKEDLIST_MAGIC "PSHMLIST"

struct pshm_linkedlist {
	char magic[8];
	sem_t sem;     /* protects the rest */
	uint64_t head; /* offset of the first node; 0: empty */
	uint64_t tail; /* offset of the last node; 0: empty */
	uint64_t used; /* where the next node goes */
	int count;     /* number of nodes */
};

struct pshm_listnode {
	uint64_t next;   /* offset of the next node; 0: this is the last */
	uint32_t length; /* of text, in bytes */
	char text[];
};

/*
 * Ours: numbered blocks, of which several are on their way at once. Their numbers go through a pair
 * of pipes of the writer's, which no name leads to: the reader has them from the writer's /proc.
 */
#define PSHM_BLOCKS_MAGIC "PSHMBLKS"

struct pshm_blocks {
	char magic[8];
	uint32_t count;  /* number of blocks */
	uint32_t size;   /* bytes of each */
	uint64_t data;   /* offset of block 0; the others follow */
	uint32_t filled; /* the writer's descriptor of the pipe with the numbers of filled blocks */
	uint32_t emptied; /* and of the one by which they come back */
	struct pshm_block {
		uint32_t state; /* enum block_state */
		uint32_t bytes; /* how many of it are filled */
	} blocks[];
};

#define PSHM_BLOCKS_MAX 1024 /* their numbers are one atomic write to a pipe, pipe(7) */

enum block_state {
	BLOCK_EMPTY,    /* the writer's, or on its way back to it */
	BLOCK_FILLING,  /* the writer reads its input into it */
	BLOCK_FILLED,   /* on its way to the reader */
	BLOCK_EMPTYING, /* the reader writes it out */
};

_Static_assert(sizeof(struct pshm_seqnum) == 40 && offsetof(struct pshm_seqnum, seqnum) == 32,
	       "the course's struct");
_Static_assert(offsetof(struct pshm_xfr, rsem) == 32 && offsetof(struct pshm_xfr, cnt) == 64 &&
		       offsetof(struct pshm_xfr, buf) == 68,
	       "the course's struct");
_Static_assert(sizeof(struct pshm_seqnum32) == 20 && offsetof(struct pshm_xfr32, buf) == 36,
	       "the course's structs on i386");
_Static_assert(sizeof(struct pshm_seqnum_musl) == 36 && offsetof(struct pshm_xfr_musl, buf) == 68,
	       "the course's structs with musl");

/* All of them; layouts of one name (a row an ABI) stand together. */
extern const struct layout layouts[];
extern const size_t n_layouts;

/* The first row called `name`, or NULL. */
const struct layout *layouts_find(const char *name);

/*
 * linkedlist_node() - The node at offset `at` of a list object, without its text.
 *
 * `least` is where the list's nodes can begin, sizeof(struct pshm_linkedlist) for the first, and is
 * then the end of this one: since each lies behind the one before, no cycle is possible, and a walk
 * ends. -EBADMSG where there can be no node, or it does not lie in the object as it is now.
 */
int linkedlist_node(const struct object *object, uint64_t at, uint64_t *least,
		    struct pshm_listnode *ret);

/*
 * The nodes of a pshm_linkedlist, as a table: OFFSET, NEXT and the escaped TEXT of each.
 * Ends early when `out` has an error. 0; -EBADMSG as linkedlist_node(); -EFBIG beyond 4 MiB.
 */
int linkedlist_print(const struct field *field, const struct image *image, FILE *out);

/*
 * The same as an array of {offset, next, text}, each of which takes its text and 64 bytes of *left.
 * As linkedlist_print(), but -EFBIG beyond *left; -ENOMEM. The caller owns ret.
 */
int linkedlist_json(const struct field *field, const struct image *image, size_t *left,
		    struct json_object **ret);

/* The blocks of a pshm_blocks, as a table: BLOCK, STATE, BYTES and which side HAS it. -EBADMSG. */
int blocks_print(const struct field *field, const struct image *image, FILE *out);

/* The same as an array, each of which takes 80 bytes of *left; -EFBIG beyond it. */
int blocks_json(const struct field *field, const struct image *image, size_t *left,
		struct json_object **ret);
