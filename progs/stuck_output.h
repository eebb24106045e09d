/* SPDX-License-Identifier: MIT */
/* What pshm_stuck says: for people, or as JSON. */
#pragma once

#include "progs/stuck_look.h"

/* All that a look has found, and a last line of how much there is. 0 or -ENOMEM. */
int stuck_print(const struct stuck *stuck);
int stuck_print_json(const struct stuck *stuck);

/* Of n folders what of each has been found, under a line that says whose it is. 0 or -ENOMEM. */
int stuck_print_all(const struct stuck *const *stucks, size_t n);
int stuck_print_all_json(const struct stuck *const *stucks, size_t n,
			 const struct shm_folders *folders);

/* One finding, for who watches: with the time of day, and whose it is. 0 or -ENOMEM. */
int stuck_print_one(const struct stuck *stuck, const struct finding *finding);
int stuck_print_one_json(const struct stuck *stuck, const struct finding *finding);

/* The finding and its reasons, without advice. */
void stuck_print_finding(const struct stuck *stuck, const struct finding *finding, FILE *out);
