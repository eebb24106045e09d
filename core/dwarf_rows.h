/* SPDX-License-Identifier: MIT */
/* The fields of a struct, one after the other, with those of the structs in it. */
#pragma once

#include "core/dwarf_types.h"
#include "core/made_rows.h"

struct dwarf_rows {
	struct dwarf_types types; /* their arena is the rows', too */
	struct made_rows made;
	unsigned depth;    /* how deep in structs the walk is */
	unsigned visits;   /* how much has been looked at: hostile ones lead on and on */
	uint64_t deadline; /* until when (clock_ns()) */
};

/* Add all fields of the struct or union, or of what is a typedef of one. Errors as dwarf_layout().
 */
int dwarf_rows_add(struct dwarf_rows *rows, Dwarf_Die *type);

/* For what adds to them (dwarf_arrays.c, dwarf_variants.c). */

/* The next row, called as the path is. */
int dwarf_rows_put(struct dwarf_rows *rows, const struct field_path *path,
		   const struct field_type *type, uint64_t offset, uint64_t size);

/* A value of any type, and all that is in it. */
int dwarf_rows_value(struct dwarf_rows *rows, Dwarf_Die *type, const struct field_path *path,
		     uint64_t offset);

/* A member of a struct at `base` that was entered. */
int dwarf_rows_member(struct dwarf_rows *rows, Dwarf_Die *member, const struct field_path *outer,
		      uint64_t base);

/* An array (dwarf_arrays.c), the cases of a variant (dwarf_variants.c). */
int dwarf_rows_array(struct dwarf_rows *rows, Dwarf_Die *die, const struct field_path *path,
		     uint64_t offset);
int dwarf_rows_variant(struct dwarf_rows *rows, Dwarf_Die *part, const struct field_path *path,
		       uint64_t base);

/* Tells of a lock on the way of dwarf_strip(): `data` is a const struct field_type **. */
int dwarf_rows_lock(Dwarf_Die *die, void *data);
