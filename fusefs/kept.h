/* SPDX-License-Identifier: MIT */
/* Objects that were open just now, for the next request about them: tools make many in a row. */
#pragma once

#include "core/object.h"

struct kept;

/*
 * kept_create() - Start the thread that closes what nobody asks for. 0 or -errno.
 *
 * Not before the last fork(2): a child would not have the thread.
 */
int kept_create(struct kept **ret);
void kept_destroy(struct kept *kept);

/*
 * kept_take() - The object of the slot, if its name was looked up less than 4 ms ago and nobody has
 * done anything to it since then (object_again()).
 *
 * The caller owns ret, and gives it back with kept_give() or object_close(). Whoever comes
 * meanwhile finds none. `kept` NULL: nothing is ever kept.
 */
bool kept_take(struct kept *kept, uint64_t slot, struct object *ret);

/*
 * kept_give() - Keep an open object for kept_take(); it is taken away from `object`.
 *
 * It is closed some 8 ms later at the most: an unlinked one must not go on using memory.
 */
void kept_give(struct kept *kept, uint64_t slot, struct object *object);
