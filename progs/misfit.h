/* SPDX-License-Identifier: MIT */
/* Saying that an object is not what the program can use. */
#pragma once

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "ARGUMENT: not WHAT (SIZE bytes, WANTED wanted)"; returns CLI_FAILED. */
int misfit_size(const char *argument, const char *what, uint64_t size, size_t wanted);

/* Are these bytes none that sem_init(3) has made? If so, "ARGUMENT: not WHAT (why)" is printed. */
bool misfit_semaphore(const char *argument, const char *what, const sem_t *sem);

/* The same, also where it is not shared: to wait for that would be to wait for ever. */
bool misfit_shared_semaphore(const char *argument, const char *what, const sem_t *sem);
