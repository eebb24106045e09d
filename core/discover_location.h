/* SPDX-License-Identifier: MIT */
/* Where a variable is: what its location in the debug information says of one frame. */
#pragma once

#include "core/discover_process.h"

struct location {
	bool in_memory; /* else value is the variable's own */
	uint64_t value; /* its address in the process; or what it is */
};

/* In what the variable is looked for. Without a frame only what lies at a fixed place is found. */
struct location_frame {
	struct inspected *inspected;
	const struct module *module;
	Dwfl_Frame *frame;   /* or NULL */
	uint64_t pc;         /* in the process */
	Dwarf_Die *function; /* whose frame base counts, or NULL */
};

/*
 * location_find() - Where is the variable, as seen from there?
 *
 * 0; -ENODATA: it is nowhere, is not told, or depends on a register that is not known.
 */
int location_find(const struct location_frame *frame, Dwarf_Die *variable, struct location *ret);
