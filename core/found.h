/* SPDX-License-Identifier: MIT */
/* What is known of objects by the debug information of those who hold them: a table, shared. */
#pragma once

#include "core/layout_choice.h"

/* Of one object, as it was found; not changed any more. */
struct found {
	struct layout_found known; /* for layout_question.found */
	uint64_t holders;          /* who had it mapped, as found_holders() tells */
	bool settled;              /* it was not even looked for: layout_settled() */
	bool again;                /* as discovery.again */
	uint64_t looked;           /* clock_ns(): when programs were asked … */
	uint64_t checked;          /* … and when it was last sure that it still holds */
	unsigned users;
};

/* May be used by several threads at once. */
struct found_table;

int found_table_new(struct found_table **ret);
void found_table_free(struct found_table *table);

/* What is known of the object, or NULL; give back by found_put(). The table may be NULL, too. */
struct found *found_get(struct found_table *table, const struct object_id *id);
void found_put(struct found *found);

/* How often something was forgotten: to be asked before one looks, for found_set(). */
uint64_t found_time(struct found_table *table);

/*
 * found_set() - This is known from now on; `found` is the table's, evidence and attribute_value
 * with it. Of more than 1,024 objects one is forgotten, of which nothing was found if there is one.
 *
 * 0; -EAGAIN: since found_time() was `time` something was forgotten, which may be just what this
 * was found by; -ENOMEM. Where it is not 0 `found` is freed.
 */
int found_set(struct found_table *table, const struct object_id *id, const struct found *found,
	      uint64_t time);

/* It holds still. */
void found_confirm(struct found_table *table, const struct object_id *id, uint64_t now);

/* What was said of the object (or of any) has changed; nothing is known of it any more. */
void found_forget(struct found_table *table, const struct object_id *id);
void found_forget_all(struct found_table *table);
