/* SPDX-License-Identifier: MIT */
/* Numbers as C writes constants, and what is worked out from them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/layout_file_parse.h"

bool parse_at_number_name(struct parser *parser)
{
	const struct token *token = &parser->lexer.token;
	const struct word *name =
		words_find(&parser->words, WORD_NUMBER, token->text, token->length);

	return token->kind == TOKEN_NAME &&
	       ((name && name->kind == WORD_NUMBER) ||
		words_find(&parser->words, WORD_MACRO, token->text, token->length));
}

/* Behind the digits u and l may stand, in any order. */
static int take_literal(struct parser *parser, int64_t *ret)
{
	const struct token *token = &parser->lexer.token;
	const bool binary = token->length > 2 && (token->text[1] | 0x20) == 'b';
	char digits[72], *end;
	unsigned long long value;

	if (token->length >= sizeof(digits))
		return parse_expected(parser, "expected a number");
	memcpy(digits, token->text, token->length);
	digits[token->length] = '\0';
	errno = 0;
	value = binary ? strtoull(digits + 2, &end, 2) : strtoull(digits, &end, 0);
	if (errno == ERANGE)
		return parse_expected(parser, "expected a number of 64 bits");
	if (end[strspn(end, "uUlL")] || end == digits || (binary && end == digits + 2))
		return parse_expected(parser, "expected a number");
	*ret = (int64_t)value;
	lexer_next(&parser->lexer);
	return 0;
}

/* 'a'; of what a backslash begins the simple ones. */
static int take_character(struct parser *parser, int64_t *ret)
{
	static const char escapes[][2] = {{'0', 0},    {'n', '\n'},  {'t', '\t'},
					  {'r', '\r'}, {'\\', '\\'}, {'\'', '\''}};
	const struct token *token = &parser->lexer.token;

	if (token->text[0] == '\'' && token->length == 3 && token->text[1] != '\\') {
		*ret = token->text[1];
		lexer_next(&parser->lexer);
		return 0;
	}
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (token->text[0] == '\'' && token->length == 4 && token->text[1] == '\\' &&
		    token->text[2] == escapes[i][0]) {
			*ret = escapes[i][1];
			lexer_next(&parser->lexer);
			return 0;
		}
	return parse_expected(parser, "expected a number");
}

/* What it says counts where it is used, as in C. */
static int take_macro(struct parser *parser, const struct word *macro, int64_t *ret)
{
	const struct lexer behind = parser->lexer;
	int r = parse_enter(parser);

	if (r < 0)
		return r;
	parser->lexer.at = macro->macro;
	parser->lexer.end = macro->macro_end;
	parser->lexer.line = macro->line;
	lexer_next(&parser->lexer);
	r = parse_number(parser, ret);
	if (r == 0 && parser->lexer.token.kind != TOKEN_END)
		r = parse_expected(parser, "expected a number as %s", macro->text);
	parser->lexer = behind;
	parse_leave(parser);
	if (r == 0)
		lexer_next(&parser->lexer);
	return r;
}

static int take_name(struct parser *parser, int64_t *ret)
{
	const struct token *token = &parser->lexer.token;
	const struct word *macro = words_find(&parser->words, WORD_MACRO, token->text,
					      token->length),
			  *name = words_find(&parser->words, WORD_NUMBER, token->text,
					     token->length);

	if (macro)
		return take_macro(parser, macro, ret);
	if (!name || name->kind != WORD_NUMBER)
		return parse_expected(parser, "expected a number");
	*ret = name->number;
	lexer_next(&parser->lexer);
	return 0;
}

static int take_sizeof(struct parser *parser, int64_t *ret)
{
	struct token first, all;
	struct c_type *type;
	int r;

	lexer_next(&parser->lexer);
	r = parse_expect(parser, "(");
	first = parser->lexer.token;
	if (r == 0)
		r = parse_type_name(parser, &type);
	all = parse_since(parser, &first);
	if (r == 0 && !type->complete)
		r = parse_expected_at(parser, &all, "expected a type with a size");
	if (r == 0)
		r = parse_expect(parser, ")");
	if (r == 0)
		*ret = (int64_t)type->size;
	return r;
}

static int take_value(struct parser *parser, int64_t *ret);

static int take_brackets(struct parser *parser, int64_t *ret)
{
	int r = parse_enter(parser);

	if (r < 0)
		return r;
	lexer_next(&parser->lexer);
	r = parse_number(parser, ret);
	parse_leave(parser);
	return r < 0 ? r : parse_expect(parser, ")");
}

/* What was worked out since then is too large. */
static int too_large(struct parser *parser, const struct token *first)
{
	const struct token all = parse_since(parser, first);

	return parse_expected_at(parser, &all, "expected a number of 64 bits");
}

static int take_sign(struct parser *parser, int64_t *ret)
{
	const struct token first = parser->lexer.token;
	const char sign = *first.text;
	int r = parse_enter(parser);

	if (r < 0)
		return r;
	lexer_next(&parser->lexer);
	r = take_value(parser, ret);
	parse_leave(parser);
	if (r == 0 && sign == '-' && __builtin_sub_overflow(0, *ret, ret))
		return too_large(parser, &first);
	if (r == 0 && sign == '~')
		*ret = ~*ret;
	return r;
}

static int take_value(struct parser *parser, int64_t *ret)
{
	const struct token *token = &parser->lexer.token;

	if (++parser->steps > STEPS_MAX)
		return parse_expected(parser, "expected no more than %d numbers", STEPS_MAX);
	if (token->kind == TOKEN_NUMBER)
		return take_literal(parser, ret);
	if (token->kind == TOKEN_QUOTED)
		return take_character(parser, ret);
	if (token_is(token, "("))
		return take_brackets(parser, ret);
	if (token_is(token, "-") || token_is(token, "+") || token_is(token, "~"))
		return take_sign(parser, ret);
	if (token_is(token, "sizeof"))
		return take_sizeof(parser, ret);
	if (token->kind == TOKEN_NAME)
		return take_name(parser, ret);
	return parse_expected(parser, "expected a number");
}

/* False: it has no result of 64 bits. */
static bool work_out(char sign, int64_t a, int64_t b, int64_t *ret)
{
	switch (sign) {
	case '*':
		return !__builtin_mul_overflow(a, b, ret);
	case '+':
		return !__builtin_add_overflow(a, b, ret);
	case '-':
		return !__builtin_sub_overflow(a, b, ret);
	case '/':
	case '%':
		if (b == 0 || (a == INT64_MIN && b == -1))
			return false;
		*ret = sign == '/' ? a / b : a % b;
		return true;
	case '<':
		*ret = b >= 0 && b < 63 ? (int64_t)((uint64_t)a << b) : 0;
		return a >= 0 && b >= 0 && b < 63 && *ret >> b == a;
	case '>':
		*ret = b >= 0 && b < 64 ? a >> b : 0;
		return b >= 0 && b < 64;
	case '&':
		*ret = a & b;
		return true;
	case '^':
		*ret = a ^ b;
		return true;
	default:
		*ret = a | b;
		return true;
	}
}

static const struct {
	const char *sign;
	int rank; /* the higher, the earlier */
} operators[] = {
	{"*", 6},  {"/", 6},  {"%", 6}, {"+", 5}, {"-", 5},
	{"<<", 4}, {">>", 4}, {"&", 3}, {"^", 2}, {"|", 1},
};

static int rank_of(const struct token *token)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (token_is(token, operators[i].sign))
			return operators[i].rank;
	return 0;
}

/* All that is worked out before an operator of a lower rank than `rank`; at most six deep. */
static int take_operation(struct parser *parser, int rank, int64_t *ret)
{
	const struct token first = parser->lexer.token;
	int own, r = take_value(parser, ret);

	while (r == 0 && (own = rank_of(&parser->lexer.token)) >= rank && own > 0) {
		const char sign = *parser->lexer.token.text;
		int64_t right = 0;

		lexer_next(&parser->lexer);
		r = take_operation(parser, own + 1, &right);
		if (r == 0 && !work_out(sign, *ret, right, ret))
			r = too_large(parser, &first);
	}
	return r;
}

int parse_number(struct parser *parser, int64_t *ret)
{
	return take_operation(parser, 1, ret);
}
