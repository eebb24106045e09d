/* SPDX-License-Identifier: MIT */
/* From the bytes of a layouts file to tokens. */
#include "core/layout_file_lex.h"

#include <ctype.h>
#include <string.h>

#include "core/layout_file_words.h"
#include "core/text.h"

bool token_is(const struct token *token, const char *text)
{
	return token->kind != TOKEN_QUOTED && token->length == strlen(text) &&
	       memcmp(token->text, text, token->length) == 0;
}

static bool is_letter(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool is_word(char c)
{
	return is_letter(c) || isdigit((unsigned char)c);
}

static size_t room(const struct lexer *lexer)
{
	return (size_t)(lexer->end - lexer->at);
}

static bool begins(const struct lexer *lexer, const char *text)
{
	return room(lexer) >= strlen(text) && memcmp(lexer->at, text, strlen(text)) == 0;
}

static const char *line_end(const struct lexer *lexer)
{
	const char *newline = memchr(lexer->at, '\n', room(lexer));

	return newline ? newline : lexer->end;
}

void lexer_skip_line(struct lexer *lexer)
{
	lexer->at = line_end(lexer);
	if (lexer->at < lexer->end) {
		lexer->at++;
		lexer->line++;
	}
}

static void set_token(struct lexer *lexer, enum token_kind kind, const char *end)
{
	lexer->token = (struct token){kind, lexer->at, (size_t)(end - lexer->at), lexer->line};
	lexer->at = end;
}

/* Of C's own, which may have many lines. False: it has no end. */
static bool skip_comment(struct lexer *lexer)
{
	const char *end = NULL;

	if (!lexer->words->endless || lexer->at < lexer->words->endless)
		end = memmem(lexer->at + 2, room(lexer) - 2, "*/", 2);
	if (!end) {
		lexer->words->endless = lexer->at;
		set_token(lexer, TOKEN_OPEN, line_end(lexer));
		return false;
	}
	for (; lexer->at < end; lexer->at++)
		lexer->line += *lexer->at == '\n';
	lexer->at += 2;
	return true;
}

/* Is it this directive? The word behind the # and any blanks. */
static const char *find_directive(const struct lexer *lexer, const char *word)
{
	const char *c = lexer->at + 1, *end = line_end(lexer);
	const size_t length = strlen(word);

	while (c < end && isblank((unsigned char)*c))
		c++;
	return (size_t)(end - c) > length && memcmp(c, word, length) == 0 ? c + length : NULL;
}

/* "#define NAME": to what stands behind it, where it is one, and has no arguments. */
static bool is_define(struct lexer *lexer, const char **ret_name, size_t *ret_length)
{
	const char *c = find_directive(lexer, "define"), *end = line_end(lexer), *name;

	if (!c || !isblank((unsigned char)*c))
		return false;
	while (c < end && isblank((unsigned char)*c))
		c++;
	for (name = c; c < end && is_word(*c);)
		c++;
	if (c == name || !is_letter(*name) || (c < end && *c == '('))
		return false;
	*ret_name = name;
	*ret_length = (size_t)(c - name);
	lexer->at = c;
	return true;
}

/* To the end of the line, behind lines that end in a backslash, and comments of several lines. */
static void skip_definition(struct lexer *lexer)
{
	while (lexer->at < lexer->end && *lexer->at != '\n') {
		if (begins(lexer, "\\\n")) {
			lexer->line++;
			lexer->at += 2;
		} else if (begins(lexer, "/*")) {
			if (!skip_comment(lexer))
				return;
		} else {
			lexer->at++;
		}
	}
}

static void skip_hash(struct lexer *lexer)
{
	const unsigned line = lexer->line;
	const char *name, *text;
	struct word *macro;
	size_t length;

	if (find_directive(lexer, "pragma pack") && !lexer->words->pack_line)
		lexer->words->pack_line = line;
	if (!is_define(lexer, &name, &length)) {
		lexer->at = line_end(lexer);
		return;
	}
	text = lexer->at;
	skip_definition(lexer);
	if (words_add(lexer->words, WORD_MACRO, name, length, line, &macro) < 0)
		return;
	macro->macro = text;
	macro->macro_end = lexer->at;
}

void lexer_skip(struct lexer *lexer)
{
	lexer->token = (struct token){TOKEN_END, lexer->end, 0, lexer->line};
	while (lexer->at < lexer->end && lexer->token.kind == TOKEN_END) {
		if (*lexer->at == '\n' || begins(lexer, "\\\n"))
			lexer_skip_line(lexer);
		else if (isspace((unsigned char)*lexer->at))
			lexer->at++;
		else if (*lexer->at == '#')
			skip_hash(lexer);
		else if (begins(lexer, "//"))
			lexer->at = line_end(lexer);
		else if (!begins(lexer, "/*"))
			break;
		else
			skip_comment(lexer);
	}
	if (lexer->token.kind == TOKEN_END)
		lexer->token.line = lexer->line;
}

static void take_quoted(struct lexer *lexer)
{
	const char *c = lexer->at + 1, *end = line_end(lexer);

	while (c < end && *c != *lexer->at)
		c += *c == '\\' && c + 1 < end ? 2 : 1;
	if (c < end)
		set_token(lexer, TOKEN_QUOTED, c + 1);
	else
		set_token(lexer, TOKEN_OPEN, end);
}

static void take_sign(struct lexer *lexer)
{
	const size_t length = text_utf8((const unsigned char *)lexer->at, room(lexer));
	const bool shift = begins(lexer, "<<") || begins(lexer, ">>");

	set_token(lexer, TOKEN_SIGN, lexer->at + (shift ? 2 : length ? length : 1));
}

void lexer_next(struct lexer *lexer)
{
	const char *c;

	lexer->behind = lexer->line;
	lexer->words->tokens++;
	lexer_skip(lexer);
	if (lexer->token.kind == TOKEN_OPEN || lexer->at == lexer->end)
		return;
	for (c = lexer->at; c < lexer->end && is_word(*c);)
		c++;
	if (is_letter(*lexer->at))
		set_token(lexer, TOKEN_NAME, c);
	else if (c > lexer->at)
		set_token(lexer, TOKEN_NUMBER, c);
	else if (*lexer->at == '"' || *lexer->at == '\'')
		take_quoted(lexer);
	else
		take_sign(lexer);
}
