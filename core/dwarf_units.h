/* SPDX-License-Identifier: MIT */
/* The units of a program that may tell of a name, one after the other. */
#pragma once

#include "core/dwarf_file.h"
#include "core/dwarf_filter.h"

struct dwarf_units {
	struct dwarf_file *file;
	struct dwarf_filter filter;
	uint64_t deadline;
	/* What comes next: */
	Dwarf_CU *cu;
	uint64_t offset;
	uint64_t tables; /* bytes of .debug_abbrev that libdw has been made to remember */
	/* A part of .debug_info, where that has not been read: */
	unsigned char *window;
	uint64_t window_at, window_size;
};

/* In all of them if `all`, else in those that have the name. Until `deadline` (clock_ns()). */
int dwarf_units_init(struct dwarf_file *file, const char *name, bool all, uint64_t deadline,
		     struct dwarf_units *ret);
void dwarf_units_deinit(struct dwarf_units *units);

#define _cleanup_dwarf_units_ __attribute__((cleanup(dwarf_units_deinit)))

/* The next one, its entry and its kind (DW_UT_…). 1: there is none; -ETIMEDOUT; -EBADMSG, … */
int dwarf_units_next(struct dwarf_units *units, Dwarf_Die *ret, uint8_t *ret_kind);

/*
 * dwarf_units_skim() - Where not all of .debug_info has been read: read so much of each unit that
 * libdw finds its way to any of them. What is in one is there after dwarf_unit_fill(). -EBADMSG …
 */
int dwarf_units_skim(struct dwarf_file *file, uint64_t deadline);

/* Read all of the unit that begins at this offset of .debug_info. -EBADMSG, -EFBIG … */
int dwarf_unit_fill(struct dwarf_file *file, uint64_t offset);
