/* SPDX-License-Identifier: MIT */
/* From the way into a struct to names. */
#include "core/field_path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int no_room(const struct arena *arena, size_t wanted)
{
	return wanted > arena->left ? -EFBIG : -ENOMEM;
}

int field_path_enter(struct arena *arena, struct field_path *path, size_t offset)
{
	const size_t size = sizeof(struct field_folder) + strlen(path->file) + 1;
	struct field_folder *folder;

	if (!*path->file)
		return 0;
	folder = arena_alloc(arena, size);
	if (!folder)
		return no_room(arena, size);
	*folder = (struct field_folder){.in = path->folder,
					.name = strcpy((char *)(folder + 1), path->file),
					.offset = offset};
	path->folder = folder;
	path->file[0] = '\0';
	path->is_index = false;
	return 0;
}

/* In every folder these two are something else already. */
static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

void field_path_member(const struct field_path *outer, const char *own, struct field_path *ret)
{
	*ret = *outer;
	if (!own || !*own)
		return;
	if (*outer->name)
		dwarf_put_name(ret->name, ".", true);
	dwarf_put_name(ret->name, own, true);
	strcpy(ret->file, is_dots(own) ? "\\x2e" : "");
	dwarf_put_name(ret->file, is_dots(own) ? own + 1 : own, true);
	ret->is_index = false;
}

void field_path_index(const struct field_path *outer, uint64_t index, struct field_path *ret)
{
	char own[32];

	*ret = *outer;
	snprintf(own, sizeof(own), "[%" PRIu64 "]", index);
	dwarf_put_name(ret->name, own, true);
	snprintf(ret->file, sizeof(ret->file), "%" PRIu64, index);
	ret->is_index = true;
}

/* The element with this number as C writes it and as a file: [10][24] and 10,24. */
static void put_element(const uint64_t *dims, unsigned n_dims, uint64_t number, bool brackets,
			struct field_path *path)
{
	uint64_t below = 1;

	for (unsigned i = 0; i < n_dims; i++)
		below *= dims[i];
	for (unsigned i = 0; i < n_dims; i++) {
		char index[32], file[32];

		below /= dims[i];
		snprintf(index, sizeof(index), brackets ? "[%" PRIu64 "]" : "%" PRIu64,
			 number / below);
		snprintf(file, sizeof(file), "%s%" PRIu64, i > 0 ? "," : "", number / below);
		dwarf_put_name(path->name, index, true);
		dwarf_put_name(path->file, file, true);
		number %= below;
	}
}

void field_path_rest(const struct field_path *outer, const uint64_t *dims, unsigned n_dims,
		     uint64_t done, struct field_path *ret)
{
	const bool each = n_dims > 1; /* index in brackets of its own */
	uint64_t count = 1;

	for (unsigned i = 0; i < n_dims; i++)
		count *= dims[i];
	*ret = *outer;
	dwarf_put_name(ret->name, each ? "" : "[", true);
	put_element(dims, n_dims, done, each, ret);
	dwarf_put_name(ret->name, "…", true);
	dwarf_put_name(ret->file, "-", true);
	put_element(dims, n_dims, count - 1, each, ret);
	dwarf_put_name(ret->name, each ? "" : "]", true);
}

/* At the top a file is called as the row; a lock that is an element is a folder of its members. */
int field_path_row(struct arena *arena, const struct field_path *path, struct field *ret)
{
	struct field_path own = *path;
	int r = own.is_index && ret->type->members ? field_path_enter(arena, &own, ret->offset) : 0;
	bool other;

	if (r < 0)
		return r;
	if (!*own.name)
		snprintf(own.name, sizeof(own.name), "@%zu", ret->offset);
	if (!*own.file && !own.folder)
		strcpy(own.file, own.name);
	else if (!*own.file && !ret->type->members)
		snprintf(own.file, sizeof(own.file), "@%zu", ret->offset);
	other = own.folder || strcmp(own.file, own.name) != 0;
	ret->folder = own.folder;
	ret->name = arena_text(arena, own.name);
	ret->file = other ? arena_text(arena, own.file) : NULL;
	return ret->name && (ret->file || !other) ? 0 : no_room(arena, sizeof(own));
}
