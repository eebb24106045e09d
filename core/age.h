/* SPDX-License-Identifier: MIT */
/* How long something has been so, for people and for programs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

/* 2.5s, then whole units: 12m, 3h, 5d; with `about` (it is known by and by only) "~3h". */
void age_print(uint64_t ns, bool about, FILE *out);

/* Seconds, to the millisecond; the caller owns it. NULL: no memory. */
struct json_object *age_json(uint64_t ns);
