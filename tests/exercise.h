/* SPDX-License-Identifier: MIT */
/* All that is done with a layout, whoever made it: for tests and for tests/fuzz alike. */
#pragma once

#include <stddef.h>

#include "core/layout.h"

/* Show an object of 64 KiB of any bytes as this layout: its rows and fields, as text and JSON. */
void exercise_layout(const struct layout *layout);

/* An open file with these bytes, or the end of the process. */
int exercise_file(const void *bytes, size_t size);
