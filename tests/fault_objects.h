/* SPDX-License-Identifier: MIT */
/* Objects of every kind, for tests in which something runs out. */
#pragma once

#include <stddef.h>

#include "core/layout_choice.h"

/* Their names in /dev/shm. */
extern const char *const fault_objects[];
extern const size_t n_fault_objects;

/* Make them anew; what the rules (or NULL) have to know of them is added. */
void fault_objects_make(struct layout_rules *rules);

/* The same for a mount: -o layout=…, see pathf(). */
const char *fault_objects_option(void);
