/* SPDX-License-Identifier: MIT */
/* The programs and libraries that processes run, opened once for all processes that run them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/dwarf_program.h"

/* A variable that lies at a fixed place of a program: of a file, of a namespace, or `static`. */
struct global {
	Dwarf_Die die;
	Dwarf_Die function; /* that it is static in; else addr is NULL */
};

/* The struct of a program that has a size; NULL dies where there is none, or more than one. */
struct sized {
	uint64_t size;
	unsigned count;
	Dwarf_Die die;
};

struct program {
	struct program *next;
	uint64_t dev, ino; /* by which it is asked for */
	struct stat st;    /* as it was when it was read */
	int fd;
	Elf *elf; /* for unwinding, which takes no debug information */
	struct dwarf_program debug;
	int error;    /* why `debug` is none */
	bool is_exe;  /* it has been a process's program, not a library */
	bool system;  /* of the system's own libraries: its variables are nobody's */
	bool skimmed; /* dwarf_units_skim() */
	struct global *globals;
	size_t n_globals;
	bool globals_known;
	struct sized sized[4];
	unsigned next_sized;
};

struct known_program;

struct programs {
	struct program *first;       /* those that are open */
	struct known_program *known; /* those that need not be opened again to know that … */
	size_t n_known, next_known;
};

/* The one that is open already, or NULL. */
struct program *programs_find(const struct programs *programs, uint64_t dev, uint64_t ino);

/* Is it known to have no debug information? By what fstat(2) says of it. */
bool programs_know_bare(const struct programs *programs, const struct stat *st);

/*
 * programs_add() - Read what `fd` reads, which is the program's from now on; of a library of the
 * `system` only what unwinding takes.
 *
 * Returns 0 also where it has no debug information; -ENOEXEC: it is no ELF file; -ENOMEM. A program
 * stays valid until programs_close().
 */
int programs_add(struct programs *programs, uint64_t dev, uint64_t ino, int fd, bool system,
		 struct program **ret);

/* Close them all: what is open is in somebody's way, as when a container is to be unmounted. */
void programs_close(struct programs *programs);

/* The same, and forget what is known. */
void programs_deinit(struct programs *programs);

/* Its variables; none where it has no debug information. 0, -ENOMEM, -ETIMEDOUT … */
int program_globals(struct program *program, uint64_t deadline);

/*
 * program_sized() - How many structs of its own (by name; 2: or more) it has of just this size, and
 * the first of them. Errors as program_globals().
 */
int program_sized(struct program *program, uint64_t size, uint64_t deadline, struct sized *ret);

/* Is the program's type declared by the system's headers, or of a language's standard library? */
bool program_type_is_system(struct program *program, Dwarf_Die *die);
