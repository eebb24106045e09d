/* SPDX-License-Identifier: MIT */
/* What fuzz targets share: an input taken apart. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A target: it takes any bytes, and returns 0. What must not be is the end of the process. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Called once before, with the arguments, where a target has it. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What is left of an input. */
struct input {
	const uint8_t *at;
	size_t left;
};

/* A number of the next n bytes, the lowest first; beyond the end they are zero. */
uint64_t input_number(struct input *input, size_t n);

/* The next at most `size` bytes; how many there were. */
size_t input_bytes(struct input *input, void *ret, size_t size);

/* What comes before the next `end`, or all that is left, as a string of the caller's without NULs:
 * after a NUL it goes on behind `end`. NULL: nothing is left. */
char *input_until(struct input *input, char end);

/* All that is left, as a string of the caller's. */
char *input_text(struct input *input);

/* To where what is of no interest goes: always the same. */
FILE *fuzz_nowhere(void);
