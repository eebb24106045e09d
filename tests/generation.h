/* SPDX-License-Identifier: MIT */
/* Objects that tell which of many they are: each byte and the size say the same number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The block of a transfer pair (struct pshm_xfr) whose buf is the number, again and again. */
#define GENERATION_HEAD 68
#define GENERATION_TEXT_MAX 900
#define GENERATION_SIZE_MAX (GENERATION_HEAD + GENERATION_TEXT_MAX)

/* The object of this generation. Returns its size. */
size_t generation_make(unsigned generation, char bytes[GENERATION_SIZE_MAX]);

/* Is this all of one generation's buf, or all of its object? Then *ret says which. */
bool generation_of_text(const char *text, size_t size, unsigned *ret);
bool generation_of_bytes(const char *bytes, size_t size, unsigned *ret);
