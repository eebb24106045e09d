/* SPDX-License-Identifier: MIT */
/* A layouts file as words and signs of C, without its comments. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct words;

enum token_kind {
	TOKEN_END, /* of the file */
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_QUOTED, /* "…" or '…', quotes included */
	TOKEN_SIGN,   /* one character, << or >> */
	TOKEN_OPEN,   /* a comment or a quoted text without an end; its first line is all of it */
};

struct token {
	enum token_kind kind;
	const char *text; /* in the file; not ended by a NUL */
	size_t length;
	unsigned line;
};

/* A place in a text. Copied, it is that place once more. */
struct lexer {
	const char *at, *end;
	unsigned line;
	unsigned behind;     /* the line of the token before */
	struct words *words; /* where each #define goes */
	struct token token;  /* what stands just before `at`: the one to look at */
};

/* Go on to the next token; behind the last one it is TOKEN_END for ever. */
void lexer_next(struct lexer *lexer);

/*
 * lexer_skip() - Go on to what is neither blank nor comment, or to the file's end.
 *
 * Comments are those of C, and # up to the line's end, whatever it says: but #define is one, too.
 * Of one without an end `token` is TOKEN_OPEN, else TOKEN_END.
 */
void lexer_skip(struct lexer *lexer);

/* Go on behind the end of the line that `at` is in. */
void lexer_skip_line(struct lexer *lexer);

/* Is the token just this text? */
bool token_is(const struct token *token, const char *text);
