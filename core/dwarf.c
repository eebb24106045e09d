/* SPDX-License-Identifier: MIT */
/* A struct of a program as a layout, with all that it is made of in one piece. */
#include "core/dwarf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/dwarf_find.h"
#include "core/dwarf_layout.h"
#include "core/dwarf_name.h"
#include "core/dwarf_program.h"
#include "core/dwarf_rows.h"
#include "core/dwarf_separate.h"

#define MEMORY_MAX ((size_t)16 << 20)
#define TIME_LIMIT_NS UINT64_C(5000000000)

struct dwarf_layout {
	struct layout layout; /* the first: what users have */
	struct arena arena;
	char name[DWARF_NAME_SIZE];
};

static int fill(const struct dwarf_file *file, Dwarf_Die *die, const char *name, uint64_t deadline,
		struct dwarf_layout *ret)
{
	struct dwarf_rows rows = {.types.arena = &ret->arena,
				  .made.arena = &ret->arena,
				  .deadline = deadline};
	Dwarf_Die whole;
	uint64_t size;
	int r = dwarf_strip(die, NULL, NULL, &whole);

	if (r == 0)
		r = dwarf_size(&whole, &size);
	if (r == 0)
		r = dwarf_rows_add(&rows, die);
	dwarf_put_name(ret->name, name, false);
	ret->layout.name = ret->name;
	ret->layout.abi = file->is_32bit ? "32-bit" : "64-bit";
	ret->layout.size = size;
	ret->layout.help = "a struct of a program, by its debug information";
	if (r == 0)
		r = made_rows_take(&rows.made, &ret->layout);
	made_rows_deinit(&rows.made);
	return r;
}

static int make(const struct dwarf_file *file, const Dwarf_Die *die, const char *name,
		uint64_t deadline, const struct layout **ret)
{
	struct dwarf_layout *made = calloc(1, sizeof(*made));
	Dwarf_Die structure = *die;
	int r;

	if (!made)
		return -ENOMEM;
	made->arena.left = MEMORY_MAX;
	r = fill(file, &structure, name, deadline, made);
	if (r < 0)
		dwarf_layout_free(&made->layout);
	else
		*ret = &made->layout;
	return r;
}

int dwarf_layout_of(const struct dwarf_file *file, const Dwarf_Die *die, const char *name,
		    const struct layout **ret)
{
	return make(file, die, name, clock_ns() + TIME_LIMIT_NS, ret);
}

int dwarf_layout(int fd, const char *folder, const char *name, const struct layout **ret)
{
	_cleanup_dwarf_program_ struct dwarf_program program = {.fd = -1, .alternative_fd = -1};
	_cleanup_dwarf_match_ struct dwarf_match match = {.fd = -1};
	const uint64_t deadline = clock_ns() + TIME_LIMIT_NS;
	int r = dwarf_program_init(fd, folder, DWARF_ROOT, &program);

	if (r == 0)
		r = dwarf_find(&program.file, folder, name, deadline, &match);
	if (r == -ESRCH && program.alternative.dwarf)
		r = dwarf_find(&program.alternative, folder, name, deadline, &match);
	return r < 0 ? r : make(&program.file, &match.die, match.name, deadline, ret);
}

void dwarf_layout_free(const struct layout *layout)
{
	struct dwarf_layout *made = (struct dwarf_layout *)layout;

	if (!made)
		return;
	arena_free(&made->arena);
	free(made);
}
