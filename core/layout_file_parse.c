/* SPDX-License-Identifier: MIT */
/* Going on from one token to the next, and saying what was expected there. */
#include "core/layout_file_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/text.h"
#include "core/text_stream.h"

/* How much of the file is told in a complaint. */
enum { FOUND_MAX = 40 };

/* Whatever else is wrong, it is told that there is more of it. */
static void tell(struct parser *parser, unsigned line, const char *what)
{
	const struct layout_file_complaints *complaints = parser->complaints;

	if (parser->n_complaints < COMPLAINTS_MAX)
		complaints->complain(complaints->data, line, what);
	else if (parser->n_complaints == COMPLAINTS_MAX)
		complaints->complain(complaints->data, line, "and more, which are not told");
	parser->n_complaints++;
}

static int complain(struct parser *parser, unsigned line, const struct token *found,
		    const char *format, va_list args)
{
	_cleanup_free_ char *what = NULL;
	size_t size;
	FILE *out = text_open(&what, &size);

	if (!out)
		return -ENOMEM;
	vfprintf(out, format, args);
	if (found && found->kind == TOKEN_END) {
		fputs(", found the end of the file", out);
	} else if (found) {
		fputs(", found \"", out);
		text_escape(found->text, found->length < FOUND_MAX ? found->length : FOUND_MAX,
			    out);
		fputs(found->length > FOUND_MAX ? "…\"" : "\"", out);
	}
	if (fclose(out) != 0)
		return -ENOMEM;
	tell(parser, line, what);
	return -EINVAL;
}

int parse_wrong(struct parser *parser, unsigned line, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = complain(parser, line, NULL, format, args);
	va_end(args);
	return r;
}

int parse_expected_at(struct parser *parser, const struct token *found, const char *format, ...)
{
	va_list args;
	int r;

	if (found->kind == TOKEN_OPEN)
		return parse_wrong(parser, found->line, "expected %s to end this",
				   found->text[0] == '/' ? "*/" : "a quotation mark");
	va_start(args, format);
	r = complain(parser, found->line, found, format, args);
	va_end(args);
	return r;
}

struct token parse_since(struct parser *parser, const struct token *first)
{
	const char *end = parser->lexer.token.text;
	struct token all = *first;

	while (end > first->text + first->length && isspace((unsigned char)end[-1]))
		end--;
	if (end > first->text)
		all.length = (size_t)(end - first->text);
	return all;
}

bool parse_accept(struct parser *parser, const char *text)
{
	if (!token_is(&parser->lexer.token, text))
		return false;
	lexer_next(&parser->lexer);
	return true;
}

int parse_expect(struct parser *parser, const char *text)
{
	return parse_accept(parser, text) ? 0 : parse_expected(parser, "expected \"%s\"", text);
}

int parse_skip_brackets(struct parser *parser)
{
	const struct token *token = &parser->lexer.token;
	const struct token first = *token;
	unsigned depth = 0;

	do {
		if (token_is(token, "(") || token_is(token, "[") || token_is(token, "{"))
			depth++;
		else if (token_is(token, ")") || token_is(token, "]") || token_is(token, "}"))
			depth--;
		else if (token->kind == TOKEN_END || token->kind == TOKEN_OPEN)
			return parse_expected(parser, "expected the end of \"%c\" in line %u",
					      *first.text, first.line);
		lexer_next(&parser->lexer);
	} while (depth > 0);
	return 0;
}

int parse_recover(struct parser *parser, const char *behind)
{
	const struct token *token = &parser->lexer.token;
	unsigned depth = 0;

	while (token->kind != TOKEN_END && (depth > 0 || !token_is(token, "}"))) {
		if (depth == 0 && parse_accept(parser, behind))
			break;
		depth += token_is(token, "{");
		depth -= token_is(token, "}");
		lexer_next(&parser->lexer);
	}
	return 0;
}

int parse_enter(struct parser *parser)
{
	if (parser->depth == DEPTH_MAX)
		return parse_expected(parser, "expected no more than %d levels", DEPTH_MAX);
	parser->depth++;
	return 0;
}

void parse_leave(struct parser *parser)
{
	parser->depth--;
}

static int no_room(struct parser *parser, size_t wanted)
{
	return wanted > parser->arena.left ? -EFBIG : -ENOMEM;
}

int parse_copy(struct parser *parser, const char *text, size_t length, const char **ret)
{
	char *copy = arena_alloc(&parser->arena, length + 1);

	*ret = copy;
	if (!copy)
		return no_room(parser, length + 1);
	memcpy(copy, text, length);
	return 0;
}

int parse_new_type(struct parser *parser, const struct c_type *type, struct c_type **ret)
{
	*ret = arena_alloc(&parser->arena, sizeof(**ret));
	if (!*ret)
		return no_room(parser, sizeof(**ret));
	**ret = *type;
	return 0;
}
