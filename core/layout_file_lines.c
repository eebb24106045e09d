/* SPDX-License-Identifier: MIT */
/* The file line by line: rules, and where declarations begin. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/array.h"
#include "core/layout_file_parse.h"

/* What a declaration begins with, and no GLOB does: an object called `struct` is /struct. */
static const char *const first_words[] = {"struct",  "union",          "enum",
					  "typedef", "_Static_assert", "static_assert"};

static bool at_declaration(const struct lexer *lexer)
{
	for (size_t i = 0; i < sizeof(first_words) / sizeof(first_words[0]); i++) {
		const char *end = lexer->at + strlen(first_words[i]);

		if ((size_t)(lexer->end - lexer->at) < strlen(first_words[i]) ||
		    memcmp(lexer->at, first_words[i], strlen(first_words[i])) != 0)
			continue;
		if (end == lexer->end || isspace((unsigned char)*end) || *end == '{' ||
		    *end == '(' || (*end == '/' && end + 1 < lexer->end && end[1] == '*'))
			return true;
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Behind a blank # and // begin a comment, and so does the other kind, which is to end there. */
static bool is_comment(const char *c, const char *end)
{
	return *c == '#' || (*c == '/' && c + 1 < end && (c[1] == '/' || c[1] == '*'));
}

/* Where the text that begins at `c` ends: with the line, or a comment. */
static const char *text_end(const char *c, const char *end)
{
	const char *last = c;

	for (; c < end && !(is_comment(c, end) && is_blank(c[-1])); c++)
		if (!is_blank(*c))
			last = c + 1;
	return last;
}

/* The GLOB ends at a blank without a backslash before it. */
static const char *glob_end(const char *c, const char *end)
{
	while (c < end && !is_blank(*c))
		c += *c == '\\' && c + 1 < end ? 2 : 1;
	return c;
}

static int keep(struct layout_file *file, const struct token *token, const char **ret)
{
	char *copy = arena_alloc(&file->arena, token->length + 1);

	*ret = copy;
	if (!copy)
		return -ENOMEM;
	memcpy(copy, token->text, token->length);
	return 0;
}

static int add_rule(struct parser *parser, const struct token *glob, const struct token *layout)
{
	struct layout_file *file = parser->file;
	struct layout_file_rule rule = {.line = glob->line};
	int r;

	if (file->n_rules == LAYOUT_FILE_RULES_MAX)
		return parse_wrong(parser, glob->line, "expected no more than %d rules",
				   LAYOUT_FILE_RULES_MAX);
	r = keep(file, glob, &rule.glob);
	if (r == 0)
		r = keep(file, layout, &rule.layout);
	if (r == 0)
		r = array_grow(&file->rules, file->n_rules, sizeof(*file->rules));
	if (r == 0)
		file->rules[file->n_rules++] = rule;
	return r;
}

static bool is_text(const struct token *token)
{
	return !memchr(token->text, '\0', token->length);
}

/* GLOB LAYOUT, which ends with the line. */
static int take_rule(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	const char *newline = memchr(lexer->at, '\n', (size_t)(lexer->end - lexer->at));
	const char *begin = lexer->at, *end = newline ? newline : lexer->end, *c;
	struct token glob = {.line = lexer->line}, layout = glob;

	c = glob_end(begin, end);
	begin += *begin == '/';
	glob.text = begin;
	glob.length = (size_t)(c - begin);
	while (c < end && is_blank(*c))
		c++;
	layout.text = c;
	layout.length = c < end ? (size_t)(text_end(c, end) - c) : 0;
	lexer->at = layout.text + layout.length;
	if (layout.length == 0)
		return parse_wrong(parser, glob.line,
				   "expected a layout behind the GLOB, found the end of the line");
	if (!is_text(&glob) || !is_text(&layout))
		return parse_expected_at(parser, is_text(&glob) ? &layout : &glob,
					 "expected a text");
	return add_rule(parser, &glob, &layout);
}

/*
 * Behind brackets, then a semicolon or the line's end; where that is what was expected, nothing is
 * passed over. False: the brackets have no end.
 */
static bool recover(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	unsigned line = lexer->behind, depth = 0;

	for (; lexer->token.kind != TOKEN_END; lexer_next(lexer)) {
		if (depth == 0 && lexer->token.line != line) {
			lexer->at = lexer->token.text;
			lexer->line = lexer->token.line;
			return true;
		}
		depth += token_is(&lexer->token, "{");
		if (depth > 0 && token_is(&lexer->token, "}"))
			depth--;
		if (depth == 0 && token_is(&lexer->token, ";"))
			return true;
		line = lexer->token.line;
	}
	return depth == 0;
}

/*
 * A struct without an end seems to go on to the file's: but what stands at the beginning of a line
 * is hardly a member, and what was read from there on is read again.
 */
static void start_over(struct parser *parser, const struct lexer *begin)
{
	struct lexer *lexer = &parser->lexer;

	*lexer = *begin;
	do
		lexer_skip_line(lexer);
	while (lexer->at < lexer->end &&
	       (!isgraph((unsigned char)*lexer->at) || *lexer->at == '{' || *lexer->at == '}'));
}

static int take_declaration(struct parser *parser)
{
	const struct lexer begin = parser->lexer;
	struct word *last = parser->words.last;
	int r;

	lexer_next(&parser->lexer);
	r = parse_declaration(parser);
	parser->depth = 0;
	if (r != -EINVAL)
		return r;
	if (parser->lexer.token.kind != TOKEN_END && recover(parser))
		return r;
	/* Again and again is for ever. */
	if (parser->words.tokens > TOKENS_MAX) {
		parser->lexer.at = parser->lexer.end;
		return parse_wrong(parser, begin.line,
				   "expected less that has no end: what is "
				   "behind this is not read");
	}
	words_take_back(&parser->words, last);
	start_over(parser, &begin);
	return r;
}

int parse_file(struct parser *parser)
{
	struct lexer *lexer = &parser->lexer;
	int r = 0;

	while (r == 0 || r == -EINVAL) {
		lexer_skip(lexer);
		if (parser->words.error)
			return parser->words.error;
		if (lexer->token.kind == TOKEN_OPEN)
			r = parse_wrong(parser, lexer->token.line,
					"expected */ to end this (the GLOB of all objects is *)");
		else if (lexer->at == lexer->end)
			break;
		else
			r = at_declaration(lexer) ? take_declaration(parser) : take_rule(parser);
	}
	if (parser->words.pack_line)
		parse_wrong(parser, parser->words.pack_line,
			    "expected __attribute__((packed)) in the place of #pragma pack");
	return r == -EINVAL ? 0 : r;
}
