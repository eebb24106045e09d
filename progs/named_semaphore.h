/* SPDX-License-Identifier: MIT */
/* Opening a named semaphore that may be none. */
#pragma once

#include <semaphore.h>

/*
 * named_semaphore_check() - Is what the name stands for, if anything, a semaphore?
 *
 * sem_open(3) itself maps whatever the file is: an empty one is SIGBUS at the first use, garbage is
 * a value. Returns CLI_OK, also where that cannot be told, or CLI_FAILED after a message.
 */
int named_semaphore_check(const char *argument);

/* The existing semaphore that the user means, or after a message NULL. */
sem_t *named_semaphore_open(const char *argument);
