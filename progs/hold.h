/* SPDX-License-Identifier: MIT */
/* Holding a semaphore as a lock that a signal does not leave locked. */
#pragma once

#include <semaphore.h>

/*
 * hold_take() - Wait for the semaphore, for ever if need be.
 *
 * SIGHUP, SIGINT and SIGTERM (where not ignored) end the program while it waits, with nothing
 * posted. When this has returned they wait for hold_release().
 * Returns 0, or what sem_wait(3) says.
 */
int hold_take(sem_t *sem);

/* Sleep with the semaphore held. 0, or -EINTR as soon as one of those signals has come. */
int hold_sleep(unsigned seconds);

/* Post the semaphore. Then a signal that has come ends the program. 0, or what sem_post(3) says. */
int hold_release(sem_t *sem);
