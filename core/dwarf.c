/* SPDX-License-Identifier: MIT */
/* A struct of a program as a layout, with all that it is made of in one piece. */
#include "core/dwarf.h"

#include <errno.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/dwarf_find.h"
#include "core/dwarf_layout.h"
#include "core/dwarf_name.h"
#include "core/dwarf_program.h"
#include "core/dwarf_rows.h"
#include "core/dwarf_separate.h"

#define TIME_LIMIT_NS UINT64_C(5000000000)

static int fill(const struct dwarf_file *file, Dwarf_Die *die, const char *name, uint64_t deadline,
		struct made_layout *ret)
{
	struct dwarf_rows rows = {
		.types.arena = &ret->arena, .made.arena = &ret->arena, .deadline = deadline};
	char safe[DWARF_NAME_SIZE] = "";
	Dwarf_Die whole;
	uint64_t size = 0;
	int r = dwarf_strip(die, NULL, NULL, &whole);

	if (r == 0)
		r = dwarf_size(&whole, &size);
	if (r == 0)
		r = dwarf_rows_add(&rows, die);
	dwarf_put_name(safe, name, false);
	ret->layout.name = arena_text(&ret->arena, safe);
	ret->layout.abi = file->is_32bit ? "32-bit" : "64-bit";
	ret->layout.size = size;
	ret->layout.help = "a struct of a program, by its debug information";
	if (r == 0)
		r = ret->layout.name ? made_rows_take(&rows.made, &ret->layout) : -ENOMEM;
	made_rows_deinit(&rows.made);
	return r;
}

static int make(const struct dwarf_file *file, const Dwarf_Die *die, const char *name,
		uint64_t deadline, const struct layout **ret)
{
	struct made_layout *made = made_layout_new();
	Dwarf_Die structure = *die;
	int r;

	if (!made)
		return -ENOMEM;
	r = fill(file, &structure, name, deadline, made);
	if (r < 0)
		made_layout_free(&made->layout);
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
	int r = dwarf_program_init(fd, folder, DWARF_ROOT, DWARF_TYPES, &program);

	if (r == 0)
		r = dwarf_find(&program.file, folder, name, deadline, &match);
	if (r == -ESRCH && program.alternative.dwarf)
		r = dwarf_find(&program.alternative, folder, name, deadline, &match);
	return r < 0 ? r : make(&program.file, &match.die, match.name, deadline, ret);
}

void dwarf_layout_free(const struct layout *layout)
{
	made_layout_free(layout);
}
