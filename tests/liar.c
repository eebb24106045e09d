/* SPDX-License-Identifier: MIT */
/* Making programs that lie, and looking at what is made of them. */
#include "tests/liar.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/dwarf.h"
#include "tests/exercise.h"
#include "tests/support.h"

/* Nobody waits longer than that: the search ends after 5 seconds, sanitizers are slow. */
#define PATIENCE_NS UINT64_C(9000000000)

/* dwarf_layout() of these bytes, with all that can be done with the layout. */
int liar_look(const void *bytes, size_t size, const char *name, size_t *ret_rows)
{
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;
	_cleanup_close_ int fd = exercise_file(bytes, size);
	const uint64_t begun = clock_ns();
	int r = dwarf_layout(fd, NULL, name, &layout);

	if (r == 0) {
		if (ret_rows)
			*ret_rows = layout->n_fields;
		exercise_layout(layout);
	}
	if (clock_ns() - begun > PATIENCE_NS)
		fail_msg("%s: %" PRIu64 " ms", name, (clock_ns() - begun) / 1000000);
	return r;
}

/* The struct "t" of a program that has this in .debug_info. */
static void liar_expect(const char *what, const void *info, size_t info_size, int error,
			size_t rows)
{
	struct elf_text abbrevs;
	size_t size, n = 0;
	void *elf;
	int r;

	elf_text_begin(&abbrevs);
	elf_put_abbrevs(abbrevs.out);
	elf_text_end(&abbrevs);
	elf = elf_make((const struct elf_part[]){{".debug_info", info, info_size, 0},
						 {".debug_abbrev", abbrevs.bytes, abbrevs.size, 0},
						 {".debug_str", "no end", 6, 0}},
		       3, &size);
	r = liar_look(elf, size, "t", &n);
	if (error != LIAR_ANY && (r != error || n != rows))
		fail_msg("%s: %d and %zu rows, not %d and %zu", what, r, n, error, rows);
	free(elf);
	elf_text_deinit(&abbrevs);
}

/* The struct "t", of 64 bytes, up to its members. Its entry is the first: at ELF_FIRST. */
void liar_begin(struct elf_text *info)
{
	elf_text_begin(info);
	elf_put_unit(info->out, 0);
	fputc(ENTRY_STRUCT, info->out);
	elf_put_name(info->out, "t");
	elf_put(info->out, 64, 8);
}

void liar_member(struct elf_text *info, const char *name, uint64_t type, uint64_t offset)
{
	fputc(ENTRY_MEMBER, info->out);
	elf_put_name(info->out, name);
	elf_put(info->out, type, 4);
	elf_put_uleb(info->out, offset);
}

/* An int, at the place that is returned. */
uint32_t liar_int(struct elf_text *info)
{
	const long at = ftell(info->out);

	fputc(ENTRY_BASE, info->out);
	elf_put_name(info->out, "int");
	elf_put(info->out, 4, 1);
	elf_put(info->out, DW_ATE_signed, 1);
	return (uint32_t)at;
}

/* A struct without a member, at the place that is returned. */
uint32_t liar_empty(struct elf_text *info)
{
	const long at = ftell(info->out);

	fputc(ENTRY_STRUCT, info->out);
	elf_put_name(info->out, "empty");
	elf_put(info->out, 0, 8);
	elf_put(info->out, 0, 1);
	return (uint32_t)at;
}

/* The unit's end, and what must come of it. */
void liar_end(struct elf_text *info, const char *what, int error, size_t rows)
{
	elf_put(info->out, 0, 2);
	elf_text_end(info);
	elf_end_unit(info);
	liar_expect(what, info->bytes, info->size, error, rows);
	elf_text_deinit(info);
}

/* With one member of the type that comes next: where that is. */
uint32_t liar_begin_member(struct elf_text *info)
{
	liar_begin(info);
	liar_member(info, "m", (uint32_t)ftell(info->out) + 9, 0);
	elf_put(info->out, 0, 1);
	return (uint32_t)ftell(info->out);
}
