/* SPDX-License-Identifier: MIT */
/* The kinds of file that a mount has, as the tree has them, and how long each took to answer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fusefs/tree.h"

#define KIND_PATH 64
#define KINDS_MAX 160

/* What a file of a kind may wait for. */
enum kind_class {
	KIND_CONTROL, /* it is none of ours: the folder that is mirrored, asked directly */
	KIND_CHEAP,   /* nothing */
	KIND_ASKS,    /* its holders' programs are asked what it is: half a second (finder.h) */
	KIND_LOOKS,   /* a look at processes: four seconds (scanner.h) */
	N_KIND_CLASSES
};

struct kind {
	char path[KIND_PATH]; /* "NAME/raw", ".pshmfs/unlinked/INODE/json", "NAME/FIELD" … */
	enum kind_class class;
	bool folder;
};

extern struct kind kinds[KINDS_MAX];
extern size_t n_kinds;

/* The first two. */
enum { KIND_SOURCE, KIND_TOP };

/* From the tables of the tree, and the fields of all built-in layouts; "NAME/STRUCT" for others. */
void kinds_init(void);

/* A directory while it is walked: what kind it is, and what is in it. */
struct kind_folder {
	char path[KIND_PATH];  /* with its slash, or "" */
	const struct dir *dir; /* NULL: fields of a struct */
};

/*
 * kind_of() - The kind of `name` in the folder, an index of kinds[]; *ret is what it is as a
 * folder. n_kinds: the tree has no such kind.
 */
size_t kind_of(const struct kind_folder *folder, const char *name, mode_t mode,
	       struct kind_folder *ret);

/* What was asked: getattr; lookup and open; read; readdir. */
enum kind_call { CALL_STAT, CALL_OPEN, CALL_READ, CALL_LIST, N_KIND_CALLS };

#define N_BUCKETS 256 /* eight for each power of two, in microseconds */

struct timings {
	uint64_t n, max; /* microseconds */
	uint32_t buckets[N_BUCKETS];
};

/* What one reader has seen of a kind. */
struct tally {
	struct timings calls[N_KIND_CALLS];
	uint64_t refused, late; /* an error; of them ETIMEDOUT */
};

void timings_add(struct timings *timings, uint64_t us);
void timings_sum(struct timings *sum, const struct timings *more);

/* In microseconds: not below what this part of them took, by an eighth above at most. */
uint64_t timings_quantile(const struct timings *timings, double part);

void tally_sum(struct tally *sum, const struct tally *more);

/* A line a kind and call, of n_kinds tallies. */
void tallies_print(const struct tally *tallies);

/* All calls of the kinds of a class together. */
void tallies_class(const struct tally *tallies, enum kind_class class, struct timings *ret);
