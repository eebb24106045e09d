/* SPDX-License-Identifier: MIT */
/* Which struct an object is, looked for on behalf of requests, which must not wait themselves. */
#pragma once

#include <stdbool.h>

#include "core/found.h"

struct scanner;
struct viewer;

/*
 * To read programs can take long, and the memory of a process may come from a server that is dead.
 * So a thread of its own does it; a second one tells those whom the first keeps waiting to go on
 * without.
 */
struct finder;

/* Who wants to know. Zeroed but for done; it belongs to the finder until done is called. */
struct seeker {
	/* It is known now (found_get()), or will not be in time. */
	void (*done)(struct seeker *seeker);
	struct seeker *next;
	struct viewer *viewer; /* in use by who asks */
	struct object_id id;
	uint64_t until;
	bool queued, withdrawn;
};

/* How sure a request wants to be. */
enum finder_wish {
	FINDER_ANY,   /* whatever is known, if it was ever looked for */
	FINDER_FRESH, /* that it is of those who hold the object now, or a moment ago */
};

/* The mount's; `user` has mounted. What is found is put into the table of the viewer. */
struct finder_setup {
	struct scanner *scanner;
	struct layout_rules *rules;
	int procfd, dirfd;
	uint64_t dev; /* of the folder, as in struct object_id */
	uid_t user;
};

int finder_create(const struct finder_setup *setup, struct finder **ret);

/* Answers all who wait. False: the thread hangs, and is left behind with what it uses. */
bool finder_destroy(struct finder *finder);

/*
 * finder_needed() - Would it have to be asked about the object `name`, as finder_ask() has it, for
 * this viewer?
 *
 * What is known for long is looked for anew meanwhile, and nobody waits for that.
 */
bool finder_needed(struct finder *finder, struct viewer *viewer, const char *name,
		   const struct object_id *id, enum finder_wish wish);

/*
 * finder_try() - Find out at once, if that takes no program: what the object is it says itself, or
 * nobody has it mapped, by a look at processes that there is. False: it has to be asked. The thread
 * has the rights of the viewer.
 */
bool finder_try(struct finder *finder, struct viewer *viewer, const char *name,
		const struct object *object);

/*
 * finder_ask() - Have done() called by another thread, soon: after half a second at the latest.
 *
 * `name` is the object's in the folder; "" and an id of zeros: all objects in which threads sleep.
 * False: it was withdrawn already, or does not work; then done is not called.
 */
bool finder_ask(struct finder *finder, struct viewer *viewer, const char *name,
		const struct object_id *id, struct seeker *seeker);

/* It need not be answered. False: it is being answered, or has not asked yet and will not. */
bool finder_withdraw(struct finder *finder, struct seeker *seeker);
