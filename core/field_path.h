/* SPDX-License-Identifier: MIT */
/*
 * What a field of a made layout is called, as its way into the struct is gone: in C's own words,
 * and as a file in folders. Members are pushed, and indices; what they are in is entered first.
 */
#pragma once

#include "core/arena.h"
#include "core/dwarf_name.h"
#include "core/layout.h"

/*
 * What is left of an array of structs or locks is bytes from so many rows of its own on, or so many
 * of the layout: members behind it need some, too.
 */
#define ARRAY_ROWS_MAX 1024u
#define ARRAYS_ROWS_MAX 3072u

/* Zeroed: the struct itself. */
struct field_path {
	char name[DWARF_NAME_SIZE]; /* slots[3].key */
	char file[DWARF_NAME_SIZE]; /* key; "" where it is not told yet: just after it was entered
				     */
	const struct field_folder *folder; /* slots/3; NULL: none */
	bool is_index;                     /* the file is called as an element is */
};

/*
 * field_path_enter() - What is pushed next is in a folder called as `path` is, at this offset of
 * the object. Of the struct itself, and of what has no name, nothing changes. -ENOMEM; -EFBIG: the
 * arena, from which the folder is, has no more room.
 */
int field_path_enter(struct arena *arena, struct field_path *path, size_t offset);

/*
 * field_path_member() - The member `own` of a struct that was entered.
 *
 * `own` may be any bytes (dwarf_name.h). NULL or "": it has no name, and is as its struct is.
 */
void field_path_member(const struct field_path *outer, const char *own, struct field_path *ret);

/* An element of an array that was entered. */
void field_path_index(const struct field_path *outer, uint64_t index, struct field_path *ret);

/*
 * field_path_rest() - The elements of an array that was entered, from number `done` to the last:
 * NAME[1024…4999] and the file 1024-4999; of more than one dimension NAME[10][24]…[99][99] and
 * 10,24-99,99. No dimension is 0.
 */
void field_path_rest(const struct field_path *outer, const uint64_t *dims, unsigned n_dims,
		     uint64_t done, struct field_path *ret);

/*
 * field_path_row() - Name the row, whose type and offset are told, after the path.
 *
 * What has no name is called @OFFSET. All texts are copied. Errors as field_path_enter().
 */
int field_path_row(struct arena *arena, const struct field_path *path, struct field *ret);
