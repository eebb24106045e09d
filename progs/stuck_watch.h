/* SPDX-License-Identifier: MIT */
/* Looking again and again, and saying what is new. */
#pragma once

#include "progs/stuck_look.h"

/*
 * stuck_watch() - Look every `seconds` until SIGINT or SIGTERM comes, and print a finding when it
 * appears, when its word changes, and when it comes back. 0, or -errno of the first look.
 */
int stuck_watch(struct stuck *stuck, unsigned seconds, bool json);
