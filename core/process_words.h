/* SPDX-License-Identifier: MIT */
/* The array of a futex_waitv(2): the one thing that is read out of the memory of a process. */
#pragma once

#include <stdint.h>

#include "core/process_maps.h"

#define WORDS_MAX 128 /* FUTEX_WAITV_MAX */

/* struct futex_waitv of linux/futex.h since 5.16. */
struct word {
	uint64_t expected;
	uint64_t address;
	uint32_t flags;
	uint32_t reserved;
};

/*
 * words_read() - Read n words at this address of the process whose entry `dirfd` is.
 *
 * Only from private memory that is present (pagemap): reading a hole of an object would allocate
 * it, and a page that is not there would have to be waited for. Returns 0; -EFAULT: it lies
 * elsewhere; or why it cannot be read.
 */
int words_read(int dirfd, const struct maps *maps, uint64_t address, unsigned n, struct word *ret);
