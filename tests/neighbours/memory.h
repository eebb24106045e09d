/* SPDX-License-Identifier: MIT */
/* Has what the daemon keeps in memory grown? */
#pragma once

#include "tests/support.h"

/*
 * memory_check() - Fail the test unless the daemon comes back to what it had `early` and a little,
 * when the kernel has forgotten the names that nobody uses, and say so for docs/reliability.md.
 */
void memory_check(const struct mount *mount, long early, long seconds);
