/* SPDX-License-Identifier: MIT */
/* Typed pointers to an object, in the variables of one process. */
#pragma once

#include "core/discover_location.h"
#include "core/dwarf_name.h"

/* How good the evidence is that an object is of a type, from bad to good. */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_SIZE,    /* the one struct of the program that has the object's size */
	EVIDENCE_POINTER, /* a pointer to its start, to a struct that is smaller */
	EVIDENCE_EXACT,   /* and the size is the object's, or the struct ends in a buffer */
};

/* Where the object is mapped in the process. */
struct mapped {
	uint64_t start, end, offset;
};

struct clue {
	enum evidence evidence;
	Dwarf_Die type; /* of the struct: also a typedef */
	uint64_t size;
	struct program *program;
	char words[3 * DWARF_NAME_SIZE]; /* "variable shmp in main()" */
};

struct search {
	struct inspected *inspected;
	const struct mapped *mapped;
	size_t n_mapped;
	uint64_t size; /* the object's */
	uint64_t deadline;
	unsigned visits;
	struct clue best;
};

/*
 * What the search looks at: a variable (or what it leads to) of this type, and where it is;
 * `words` says what it is. Better evidence than `best` takes its place.
 */
struct value {
	Dwarf_Die type;
	struct location location;
	struct program *program;
	const char *kind;     /* "variable", "parameter" */
	const char *function; /* or NULL */
};

/* 0, also where nothing is found; 1: it need not go on; -ETIMEDOUT. */
int search_value(struct search *search, const struct value *value, const char *name);

/* Those at fixed places, of every module that is not the system's. As search_value(). */
int search_globals(struct search *search);

/* Those of each frame of a thread that is blocked. As search_value(). */
int search_thread(struct search *search, pid_t tid);
