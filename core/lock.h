/* SPDX-License-Identifier: MIT */
/* A lock in an object: what kind it is, where its words lie, and what its bytes say. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/layout.h"
#include "core/process.h"

/* pthread_rwlock_t, the largest. */
#define LOCK_SIZE_MAX 56

enum lock_state {
	LOCK_UNTOLD, /* the bytes do not say, or could not be read */
	LOCK_FREE,   /* nobody has a reason to sleep: a value above 0, a mutex that is not locked */
	LOCK_HELD,   /* by somebody, or there is nothing to take */
	LOCK_OWNED,  /* by the thread `owner` */
	LOCK_RUINED, /* nobody will ever get it again: ENOTRECOVERABLE */
};

/* What the bytes of a lock say at one moment. */
struct lock_reading {
	enum lock_state state;
	uint32_t value;    /* of a semaphore; readers of a rwlock */
	pid_t owner;       /* as that thread calls itself, in its own pid namespace */
	uint32_t recorded; /* sleepers on record: those killed stay in it */
	bool counts;       /* there is such a record */
	bool unshared;     /* it says that only the threads of one process use it (pshared 0) */
	bool robust;       /* the kernel gives it free when its owner ends */
	unsigned char bytes[LOCK_SIZE_MAX];
	size_t size; /* of them; 0: it could not be read */
};

/* One kind of lock that threads sleep on. The rows are in lock.c. */
struct lock_kind {
	const char *name; /* "sem_t" */
	const struct field_type *type;
	/* What the bytes of its type say; bytes and size of ret are set already. */
	void (*read)(const struct lock_kind *kind, const unsigned char *bytes,
		     struct lock_reading *ret);
	/* Can a lock with these bytes be slept on like this, at this word of it? */
	bool (*fits)(const struct lock_kind *kind, const unsigned char *bytes,
		     const struct waiter *waiter, size_t word);
};

/* A lock that is looked at, in two looks. */
struct lock {
	uint64_t ino;                 /* of the object */
	uint64_t offset;              /* in it, of the first byte */
	size_t size;                  /* threads that sleep on a word within it sleep on it */
	const struct lock_kind *kind; /* NULL: unknown */
	bool inferred;                /* by its sleepers and bytes alone: no layout names it */
	const char *field;            /* as the layout calls it, or NULL */
	struct lock_reading before, after;
};

extern const struct lock_kind lock_kinds[];
extern const size_t n_lock_kinds;

/* The kind that a field of this type is, or NULL: no lock. */
const struct lock_kind *lock_kind_of(const struct field_type *type);

/* The ABI of the semaphore that the lock (or NULL) is; NULL: it is none. */
const struct semaphore_abi *lock_semaphore(const struct lock *lock);

/* What the bytes of a lock of this kind say; of none of them (size 0): nothing. */
void lock_read(const struct lock_kind *kind, const void *bytes, size_t size,
	       struct lock_reading *ret);

/*
 * lock_of_layout() - The lock of the layout (or NULL) that has the word at `offset`, without
 * readings. False: none.
 */
bool lock_of_layout(const struct layout *layout, uint64_t offset, struct lock *ret);

/*
 * lock_infer() - The lock that a thread sleeps on, by how it does that and by the bytes around.
 *
 * `bytes` are those of the object from `start` on. False: it can be none, or more than one.
 */
bool lock_infer(const struct waiter *waiter, const unsigned char *bytes, size_t size,
		uint64_t start, struct lock *ret);

/* The same of the object that the waiter sleeps in; the bytes are read by pread(2). */
bool lock_look(const struct waiter *waiter, const struct object *object, struct lock *ret);

/* The locks of one object that no layout names; it begins zeroed. */
struct lock_list {
	struct lock *locks;
	size_t n;
};

/*
 * lock_list_infer() - Add those that threads of the snapshot sleep on in the object, as
 * lock_look(), each once, but for those of the layout (or NULL).
 *
 * One pread(2) for each word, however many sleep there in the same way one after the other. 0 or
 * -ENOMEM; the caller gives it back with lock_list_deinit().
 */
int lock_list_infer(const struct snapshot *snapshot, const struct object *object,
		    const struct layout *layout, struct lock_list *ret);
void lock_list_deinit(struct lock_list *list);

/* The lock that has the word at `offset`, or NULL. */
const struct lock *lock_list_find(const struct lock_list *list, uint64_t offset);

/*
 * lock_print_name() - What a lock is called wherever one is told of: as its field, or as one that
 * is inferred, "@192 (pthread_mutex_t, inferred)", 192 being its offset.
 */
void lock_print_name(const struct lock *lock, FILE *out);
