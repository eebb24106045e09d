/* SPDX-License-Identifier: MIT */
/* One struct of a program that lies: for tests of hostile debug information. */
#pragma once

#include "tests/elf_made.h"

#define LIAR_ANY 1 /* no error to be expected, nor none */

/*
 * dwarf_layout() of these bytes, with all that can be done with a layout: what it returns.
 * *ret_rows (or NULL): how many fields there are. Fails the test where that takes long.
 */
int liar_look(const void *bytes, size_t size, const char *name, size_t *ret_rows);

/* A unit with the struct "t", of 64 bytes and at ELF_FIRST, up to its members. */
void liar_begin(struct elf_text *info);

/* … with one member, whose type comes next: where that is. */
uint32_t liar_begin_member(struct elf_text *info);

/* A member; `type` is where that is in the unit. */
void liar_member(struct elf_text *info, const char *name, uint64_t type, uint64_t offset);

/* An int, a struct without members: where it is. */
uint32_t liar_int(struct elf_text *info);
uint32_t liar_empty(struct elf_text *info);

/* The unit's end: what dwarf_layout() must say of "t", and how many rows it must have. */
void liar_end(struct elf_text *info, const char *what, int error, size_t rows);
