/* SPDX-License-Identifier: MIT */
/* Who had an object and ended, and left a semaphore in it at 0: remembered from look to look. */
#pragma once

#include "core/diagnosis.h"
#include "core/names.h"

struct vanished_table;

int vanished_table_new(struct vanished_table **ret);
void vanished_table_free(struct vanished_table *table);

/* What has been seen: the later look of two, and what the locks said after it. */
struct vanished_look {
	int procfd;                      /* an open /proc */
	const struct snapshot *snapshot; /* with SNAPSHOT_FDS */
	uint64_t ino;                    /* its scope; 0: all objects */
	const struct names *names;
	const struct diagnosis_object *objects; /* by ino */
	size_t n_objects;
	const struct lock *locks; /* by ino */
	size_t n_locks;
};

/*
 * vanished_watch() - Compare the look with those before it, and remember it.
 *
 * A process that had an object of the look's scope, does not have it any more, and has ended (it
 * may also have closed it) is remembered with each semaphore of that object whose value is 0 when
 * that is seen, until one is found above 0, the object is gone, or 4 others have vanished from it
 * since. At most 1,000 are remembered. 0 or -ENOMEM. Not for two threads at once.
 */
int vanished_watch(struct vanished_table *table, const struct vanished_look *look);

/* All that are remembered, oldest first: 0 and a copy that the caller frees, or -ENOMEM. */
int vanished_list(const struct vanished_table *table, struct vanished **ret, size_t *ret_n);
