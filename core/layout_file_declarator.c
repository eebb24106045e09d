/* SPDX-License-Identifier: MIT */
/* What a declaration says of one name: a pointer, an array, a function, and of that again. */
#include <errno.h>
#include <string.h>

#include "core/layout_file_parse.h"

static const char *const qualifiers[] = {"const",    "__const",    "volatile", "__volatile__",
					 "restrict", "__restrict", "_Atomic"};

static bool accept_qualifier(struct parser *parser)
{
	for (size_t i = 0; i < sizeof(qualifiers) / sizeof(qualifiers[0]); i++)
		if (parse_accept(parser, qualifiers[i]))
			return true;
	return false;
}

/* Any number of *, each of which may be const or have an attribute. */
static int take_pointers(struct parser *parser, struct attributes *attributes, struct c_type **type)
{
	int r = 0;

	while (r == 0 && parse_accept(parser, "*")) {
		const struct c_type pointer = {
			.kind = C_POINTER, .complete = true, .size = 8, .align = 8, .to = *type};

		r = parse_new_type(parser, &pointer, type);
		while (r == 0 && (accept_qualifier(parser) || parse_at_attribute(parser)))
			r = parse_attributes(parser, attributes);
	}
	return r;
}

/* The sizes of an array, from the outermost on. */
struct dims {
	uint64_t of[DIMS_MAX];
	unsigned n;
};

/* `char buf[cnt]`: what the struct's member cnt says. */
static bool is_counter(struct parser *parser, const struct dims *dims)
{
	struct lexer behind = parser->lexer;

	if (dims->n > 0 || behind.token.kind != TOKEN_NAME || parse_at_number_name(parser) ||
	    token_is(&behind.token, "sizeof"))
		return false;
	lexer_next(&behind);
	return token_is(&behind.token, "]");
}

static int take_count(struct parser *parser, uint64_t *ret)
{
	const struct token first = parser->lexer.token;
	struct token all;
	int64_t number = 0;
	int r = parse_number(parser, &number);

	all = parse_since(parser, &first);
	if (r == 0 && (number < 0 || (uint64_t)number > C_SIZE_MAX))
		r = parse_expected_at(parser, &all, "expected a number of elements");
	*ret = (uint64_t)number;
	return r;
}

static int take_dim(struct parser *parser, struct dims *dims, struct attributes *attributes)
{
	int r = 0;

	if (dims->n == DIMS_MAX)
		return parse_expected(parser, "expected no more than %d dimensions", DIMS_MAX);
	dims->of[dims->n] = 0;
	if (is_counter(parser, dims)) {
		attributes->counter = parser->lexer.token;
		lexer_next(&parser->lexer);
	} else if (dims->n > 0 || !token_is(&parser->lexer.token, "]")) {
		r = take_count(parser, &dims->of[dims->n]);
	}
	dims->n++;
	return r < 0 ? r : parse_expect(parser, "]");
}

/* Only of the first dimension it may be left to the object how many there are. */
static int make_array(struct parser *parser, unsigned line, uint64_t count, struct c_type **type)
{
	struct c_type array;

	if (!(*type)->complete || (*type)->open)
		return parse_wrong(parser, line, "expected elements of a type with a fixed size");
	if (c_array(*type, count, &array) < 0)
		return parse_wrong(parser, line, "expected an array of less than 2^48 bytes");
	return parse_new_type(parser, &array, type);
}

static int take_dims(struct parser *parser, struct attributes *attributes, struct c_type **type)
{
	const unsigned line = parser->lexer.token.line;
	struct dims dims = {.n = 0};
	int r = 0;

	while (r == 0 && parse_accept(parser, "["))
		r = take_dim(parser, &dims, attributes);
	while (r == 0 && dims.n-- > 0)
		r = make_array(parser, line, dims.of[dims.n], type);
	return r;
}

/* What stands behind the name. */
static int take_suffixes(struct parser *parser, struct attributes *attributes, struct c_type **type)
{
	static const struct c_type function = {.kind = C_NOTHING, .align = 1, .name = "function"};
	int r;

	if (!token_is(&parser->lexer.token, "("))
		return take_dims(parser, attributes, type);
	r = parse_skip_brackets(parser);
	return r < 0 ? r : parse_new_type(parser, &function, type);
}

/* `(*name)`, and not what a function is given. */
static bool is_nested(struct parser *parser, bool named)
{
	struct lexer behind = parser->lexer;

	if (!token_is(&behind.token, "("))
		return false;
	lexer_next(&behind);
	return named || token_is(&behind.token, "*") || token_is(&behind.token, "(");
}

static int take_declarator(struct parser *parser, bool named, struct declarator *ret);

/* What stands in the brackets is of the type that what stands behind them says. */
static int take_nested(struct parser *parser, bool named, struct declarator *ret)
{
	struct lexer inner = parser->lexer, behind;
	int r = parse_skip_brackets(parser);

	if (r == 0)
		r = take_suffixes(parser, &ret->attributes, &ret->type);
	if (r < 0)
		return r;
	behind = parser->lexer;
	parser->lexer = inner;
	lexer_next(&parser->lexer);
	r = take_declarator(parser, named, ret);
	if (r == 0)
		r = parse_expect(parser, ")");
	if (r == 0)
		parser->lexer = behind;
	return r;
}

static int take_name(struct parser *parser, bool named, struct declarator *ret)
{
	if (named && (parser->lexer.token.kind != TOKEN_NAME || parse_at_keyword(parser)))
		return parse_expected(parser, "expected a name");
	if (named) {
		ret->name = parser->lexer.token;
		lexer_next(&parser->lexer);
	}
	return take_suffixes(parser, &ret->attributes, &ret->type);
}

static int take_declarator(struct parser *parser, bool named, struct declarator *ret)
{
	int r = parse_enter(parser);

	if (r < 0)
		return r;
	r = parse_attributes(parser, &ret->attributes);
	if (r == 0)
		r = take_pointers(parser, &ret->attributes, &ret->type);
	if (r == 0)
		r = is_nested(parser, named) ? take_nested(parser, named, ret)
					     : take_name(parser, named, ret);
	if (r == 0)
		r = parse_attributes(parser, &ret->attributes);
	parse_leave(parser);
	return r;
}

int parse_declarator(struct parser *parser, struct c_type *type, bool named, struct declarator *ret)
{
	*ret = (struct declarator){.type = type};
	return take_declarator(parser, named, ret);
}
