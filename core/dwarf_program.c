/* SPDX-License-Identifier: MIT */
/* Which files they are. */
#include "core/dwarf_program.h"

#include <errno.h>
#include <unistd.h>

#include "core/dwarf_separate.h"

static int init_file(int fd, const char *folder, const char *root, enum dwarf_parts parts,
		     struct dwarf_program *ret)
{
	int r = dwarf_file_init(fd, parts, &ret->file);

	if (r != -ENODATA)
		return r;
	if (dwarf_separate_open(fd, folder, root, &ret->fd) < 0)
		return -ENODATA;
	return dwarf_file_init(ret->fd, parts, &ret->file);
}

/* libdw would open it by itself, by a name that is in the file: it does not see that in an image.
 */
static int init_alternative(int fd, const char *folder, const char *root, struct dwarf_program *ret)
{
	int r = dwarf_alternative_open(fd, folder, root, &ret->alternative_fd);

	if (r == 0)
		r = dwarf_file_init(ret->alternative_fd, DWARF_TYPES, &ret->alternative);
	if (r == 0)
		r = dwarf_image_fill_all(&ret->alternative.image);
	if (r == 0)
		dwarf_setalt(ret->file.dwarf, ret->alternative.dwarf);
	return r;
}

int dwarf_program_init(int fd, const char *folder, const char *root, enum dwarf_parts parts,
		       struct dwarf_program *ret)
{
	int r;

	*ret = (struct dwarf_program){.fd = -1, .alternative_fd = -1};
	r = init_file(fd, folder, root, parts, ret);
	if (r == 0 && ret->file.has_alternative)
		r = init_alternative(ret->fd >= 0 ? ret->fd : fd, folder, root, ret);
	if (r < 0)
		dwarf_program_deinit(ret);
	return r;
}

void dwarf_program_deinit(struct dwarf_program *program)
{
	dwarf_file_deinit(&program->file);
	dwarf_file_deinit(&program->alternative);
	if (program->fd >= 0)
		close(program->fd);
	if (program->alternative_fd >= 0)
		close(program->alternative_fd);
	program->fd = program->alternative_fd = -1;
}
