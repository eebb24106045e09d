/* SPDX-License-Identifier: MIT */
/* core's objects in /dev/shm, and what is said where one cannot be opened. */
#pragma once

#include "core/shared_object.h"

/* The message for -errno of opening `argument` in either way; returns CLI_FAILED. */
int shared_object_error(const char *argument, int error);
