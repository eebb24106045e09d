/* SPDX-License-Identifier: MIT */
/* The nodes of a list that is linked by offsets (core/layouts.h says how it lies in the object). */
#pragma once

#include <stdio.h>

#include "core/layouts.h"
#include "core/object.h"

/*
 * linkedlist_append() - Put a node with the text behind the last one, with the semaphore held.
 *
 * `list` is the mapped start of the object that is open as `fd`; the object grows as needed.
 * Returns 0; -EBADMSG: the list is damaged; -ENOSPC: no memory is left, nothing was changed;
 * -errno.
 */
int linkedlist_append(int fd, struct pshm_linkedlist *list, const char *text);

/*
 * linkedlist_write() - Each text, as it is, and a newline.
 *
 * Links that do not lead forward are refused: so every walk ends, whoever has written the object.
 * Returns 0; -EBADMSG: the list is damaged; or why the object cannot be read.
 */
int linkedlist_write(const struct object *object, const struct pshm_linkedlist *list, FILE *out);
