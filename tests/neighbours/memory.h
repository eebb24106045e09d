/* SPDX-License-Identifier: MIT */
/* What the daemon keeps in memory, and whether that has grown. */
#pragma once

#include "tests/support.h"

/* Resident memory of the daemon in kB (proc(5), VmRSS). */
long memory_resident(const struct mount *mount);

/*
 * memory_check() - Fail the test unless the daemon comes back to what it had `early` and a little,
 * when the kernel has forgotten the names that nobody uses, and say so for docs/reliability.md.
 */
void memory_check(const struct mount *mount, long early, long seconds);
