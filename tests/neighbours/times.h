/* SPDX-License-Identifier: MIT */
/* The bounds of what a mount answers. */
#pragma once

#include "tests/neighbours/kinds.h"

/*
 * times_check() - Fail the test where a class of kinds has taken longer than it may, or too much
 * was not answered in time; else say so for docs/reliability.md.
 *
 * tallies: n_kinds of them, that of KIND_SOURCE among them. seconds: how long it was looked at.
 */
void times_check(const struct tally *tallies, long seconds);
