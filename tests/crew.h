/* SPDX-License-Identifier: MIT */
/* The actor's situation `crew`: processes that do what they are told, and a mount that sees them.
 */
#pragma once

#include "tests/support.h"

extern struct actor crew;
extern struct mount crew_mount;

/* A path in that mount. */
#define AT(...) mount_path(&crew_mount, __VA_ARGS__)

/* Mount /dev/shm, and start a crew of so many. */
void crew_begin(const char *options, const char *n);
void crew_end(void);

/* Tell it, and fail the test unless this is the answer. */
void told(const char *line, const char *answer);
