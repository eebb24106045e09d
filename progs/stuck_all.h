/* SPDX-License-Identifier: MIT */
/* pshm_stuck --all: each /dev/shm that some process sees, once or again and again. */
#pragma once

#include <stdbool.h>

/*
 * stuck_all() - Look at all of them and say what is found; every `seconds`, what is new, until
 * SIGINT or SIGTERM comes; 0: once. Returns what the program ends with, the worst of the folders'.
 */
int stuck_all(unsigned seconds, bool json);
