/* SPDX-License-Identifier: MIT */
/* What a layouts file has given names to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"

struct c_type;

enum word_kind {
	WORD_TAG,    /* of a struct, a union or an enumeration */
	WORD_TYPE,   /* by typedef */
	WORD_NUMBER, /* of an enumeration */
	WORD_MACRO,  /* by #define; a number only if what it says is one, when it is used */
};

struct word {
	struct word *next; /* that was given after this one */
	enum word_kind kind;
	const char *text;
	size_t length;
	unsigned line;
	bool gone; /* taken back, or another has its place */
	struct c_type *type;
	int64_t number;
	const char *macro, *macro_end; /* in the file */
};

struct words {
	struct arena *arena;
	void *spaces[3]; /* tsearch(3): tags, types and numbers, macros */
	struct word *first, *last;
	int error;           /* what the last one that could not be added has failed with */
	unsigned tokens;     /* that were looked at, some of them again and again */
	unsigned pack_line;  /* of a #pragma pack, which moves members in a way that is not known */
	const char *endless; /* a comment that has no end, and so none behind it has one */
};

/*
 * words_add() - Another word; all but kind, text and line is zero. It takes the place of one that
 * was there before. -ENOMEM; -EFBIG: the arena has no more room.
 */
int words_add(struct words *words, enum word_kind kind, const char *text, size_t length,
	      unsigned line, struct word **ret);

/* The word that has this text among those of that kind, or NULL. Types and numbers are one kind. */
struct word *words_find(const struct words *words, enum word_kind kind, const char *text,
			size_t length);

/* Take back all words behind `last` (NULL: all). */
void words_take_back(struct words *words, struct word *last);

/* The words themselves are the arena's. */
void words_deinit(struct words *words);
