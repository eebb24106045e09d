/* SPDX-License-Identifier: MIT */
/* Posting a semaphore that nobody will post any more. */
#pragma once

/*
 * stuck_release() - Post the semaphore that `argument` names (NAME, or NAME:FIELD where the object
 * has more than one) once, if its verdict is stuck or alone.
 *
 * What will be done is said first; unless `yes` it is asked for on a terminal. Returns the exit
 * status: 0, CLI_FAILED with nothing changed, or CLI_USAGE where nobody can be asked or it is not
 * clear which semaphore is meant.
 */
int stuck_release(const char *path, const char *argument, bool yes);
