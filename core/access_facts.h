/* SPDX-License-Identifier: MIT */
/* The facts on which access to an object depends. */
#pragma once

#include <sys/types.h>

#include "core/access.h"
#include "core/object.h"

/*
 * access_facts_take() - Of the object `name` in the folder `source`; name NULL: it has none.
 *
 * `object` is what object_open() gave for that name. All is read from descriptors, and from the
 * folder `procfd` what is in /proc (-1: then it is not known). The reader is left to the caller,
 * who gives the rest back by access_facts_deinit(). 0; -ESTALE: another object has that name by
 * now; or a negative errno.
 */
int access_facts_take(int procfd, int source, const char *name, const struct object *object,
		      struct access_facts *ret);
void access_facts_deinit(struct access_facts *facts);
