/* SPDX-License-Identifier: MIT */
/* Holders and waiters of a snapshot as tables: for people and awk, and the same cells as JSON. */
#pragma once

#include "core/layout.h"
#include "core/lock.h"
#include "core/process.h"

/* What names the words that are slept on in an object. */
struct table_object {
	const struct layout *layout; /* or NULL */
	struct lock_list locks;      /* those that no layout names */
};

/* Which rows of the snapshot, and what they are told with. */
struct table {
	const struct snapshot *snapshot;
	uint64_t ino;               /* of this object only; 0: of every one */
	struct table_object object; /* of that one; borrowed */
	/* Where ino is 0, asked once for each: its name for its column, and the same of it, which
	   is given back with lock_list_deinit(). 0 or -ENOMEM. */
	int (*name)(uint64_t ino, void *data, FILE *out, struct table_object *ret);
	void *data;
};

/*
 * holders_print(), waiters_print() - A header line in capitals, then a row each: columns separated
 * by tabs, "-" for nothing, names escaped.
 *
 * Then what could not be seen, for it may hold the object as well: "denied<TAB>N processes of
 * USER", "unfinished<TAB>N processes: the scan took too long", of waiters also those that hold the
 * object and had not all of their threads looked at, "hidden<TAB>processes of others: …" where
 * /proc does not list them. 0 or -ENOMEM.
 */
int holders_print(const struct table *table, FILE *out);
int waiters_print(const struct table *table, FILE *out);

/* The same as an array of objects, the caller's; ages are seconds. 0 or -ENOMEM. */
int holders_json(const struct table *table, struct json_object **ret);
int waiters_json(const struct table *table, struct json_object **ret);

/* What could not be seen, as an object: {"denied": [{"user": …, "processes": …}], "unfinished": N,
 * "hidden": false}. `ino` as in struct table. */
int unseen_json(const struct snapshot *snapshot, uint64_t ino, struct json_object **ret);

/* Does any holder of the object have threads of which it cannot be told on which word they sleep?
 */
bool waiters_hidden(const struct snapshot *snapshot, uint64_t ino);

/*
 * waiters_count() - How many threads sleep on a lock of this type at `offset` of the object,
 * stopped and frozen ones too.
 */
size_t waiters_count(const struct snapshot *snapshot, uint64_t ino, uint64_t offset,
		     const struct field_type *type);
