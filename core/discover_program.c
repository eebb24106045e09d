/* SPDX-License-Identifier: MIT */
/* The store of programs: by device and inode, for as long as one object is asked about. */
#include "core/discover_program.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/dwarf.h"
#include "core/dwarf_separate.h"

enum { KNOWN_MAX = 256 };

/* A file as it was. */
struct known_program {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

static bool is_same(const struct known_program *known, const struct stat *st)
{
	return known->ino == st->st_ino && known->dev == st->st_dev && known->size == st->st_size &&
	       known->changed.tv_sec == st->st_ctim.tv_sec &&
	       known->changed.tv_nsec == st->st_ctim.tv_nsec;
}

bool programs_know_bare(const struct programs *programs, const struct stat *st)
{
	for (size_t i = 0; i < programs->n_known; i++)
		if (is_same(&programs->known[i], st))
			return true;
	return false;
}

/* That there is no room for it costs time, no more. */
static void note_bare(struct programs *programs, const struct stat *st)
{
	if (programs_know_bare(programs, st))
		return;
	if (!programs->known)
		programs->known = calloc(KNOWN_MAX, sizeof(*programs->known));
	if (!programs->known)
		return;
	programs->known[programs->next_known++ % KNOWN_MAX] =
		(struct known_program){st->st_dev, st->st_ino, st->st_size, st->st_ctim};
	if (programs->n_known < KNOWN_MAX)
		programs->n_known++;
}

static void program_free(struct program *program)
{
	dwarf_program_deinit(&program->debug);
	if (program->elf)
		elf_end(program->elf);
	close(program->fd);
	free(program->globals);
	free(program);
}

struct program *programs_find(const struct programs *programs, uint64_t dev, uint64_t ino)
{
	for (struct program *program = programs->first; program; program = program->next)
		if (program->dev == dev && program->ino == ino)
			return program;
	return NULL;
}

/* What was taken out of it is found by its build-id, or beside it. */
static int read_debug(struct program *program)
{
	char path[PATH_MAX];

	return dwarf_program_init(program->fd, dwarf_folder(program->fd, path), DWARF_ROOT,
				  DWARF_VARIABLES, &program->debug);
}

int programs_add(struct programs *programs, uint64_t dev, uint64_t ino, int fd, bool system,
		 struct program **ret)
{
	struct program *program = calloc(1, sizeof(*program));

	if (!program) {
		close(fd);
		return -ENOMEM;
	}
	*program = (struct program){
		.dev = dev, .ino = ino, .fd = fd, .debug = {.fd = -1, .alternative_fd = -1}};
	if (elf_version(EV_CURRENT) == EV_NONE || fstat(fd, &program->st) < 0 ||
	    !(program->elf = elf_begin(fd, ELF_C_READ, NULL)) ||
	    elf_kind(program->elf) != ELF_K_ELF) {
		program_free(program);
		return -ENOEXEC;
	}
	program->system = system;
	program->error = system ? -ENODATA : read_debug(program);
	if (program->error && !system)
		note_bare(programs, &program->st);
	program->next = programs->first;
	programs->first = program;
	*ret = program;
	return 0;
}

void programs_close(struct programs *programs)
{
	while (programs->first) {
		struct program *program = programs->first;

		programs->first = program->next;
		program_free(program);
	}
}

void programs_deinit(struct programs *programs)
{
	programs_close(programs);
	free(programs->known);
	*programs = (struct programs){0};
}
