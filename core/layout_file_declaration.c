/* SPDX-License-Identifier: MIT */
/* Declarations of a layouts file: of types, by their tags and by typedef. */
#include <errno.h>
#include <string.h>

#include "core/layout_file_parse.h"

bool parse_at_assertion(struct parser *parser)
{
	return token_is(&parser->lexer.token, "_Static_assert") ||
	       token_is(&parser->lexer.token, "static_assert");
}

int parse_assertion(struct parser *parser)
{
	lexer_next(&parser->lexer);
	return token_is(&parser->lexer.token, "(") ? parse_skip_brackets(parser)
						   : parse_expected(parser, "expected \"(\"");
}

/* In C a name may be declared anew if it means the same. */
static bool is_same(const struct c_type *a, const struct c_type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->size != b->size || a->align != b->align)
		return false;
	return a->kind == C_ROW
		       ? a->row == b->row
		       : (a->kind == C_POINTER || a->kind == C_ARRAY) && is_same(a->to, b->to);
}

/* A struct without a tag is called as the first name that it gets. */
static int name_type(struct parser *parser, const struct declarator *declarator,
		     const struct word *name, struct c_type **ret)
{
	*ret = declarator->type;
	if (declarator->attributes.aligned) {
		int r = parse_new_type(parser, *ret, ret);

		if (r < 0)
			return r;
		(*ret)->align = declarator->attributes.aligned;
	}
	if (!(*ret)->name && ((*ret)->kind == C_STRUCT || (*ret)->kind == C_UNION))
		(*ret)->name = name->text;
	return 0;
}

static int add_type(struct parser *parser, const struct declarator *declarator)
{
	const struct token *token = &declarator->name;
	const struct word *old = words_find(&parser->words, WORD_TYPE, token->text, token->length);
	struct word *name;
	int r;

	if (old && old->kind == WORD_TYPE && is_same(old->type, declarator->type))
		return 0;
	if (old && old->line > 0)
		return parse_expected_at(parser, token, "expected a new name (see line %u)",
					 old->line);
	r = words_add(&parser->words, WORD_TYPE, token->text, token->length, token->line, &name);
	return r < 0 ? r : name_type(parser, declarator, name, &name->type);
}

/* What is declared but types (a variable of one) is read, and has no meaning here. */
static int take_names(struct parser *parser, struct c_type *type, bool is_typedef)
{
	struct declarator declarator;
	int r;

	do {
		r = parse_declarator(parser, type, true, &declarator);
		if (r == 0 && is_typedef)
			r = add_type(parser, &declarator);
	} while (r == 0 && parse_accept(parser, ","));
	return r;
}

static int take_declaration(struct parser *parser)
{
	const bool is_typedef = parse_accept(parser, "typedef");
	struct attributes attributes = {0};
	struct c_type *type;
	int r = parse_specifiers(parser, &attributes, &type);

	if (r == 0 && (is_typedef || parser->lexer.token.line == parser->lexer.behind) &&
	    !token_is(&parser->lexer.token, ";"))
		r = take_names(parser, type, is_typedef);
	return r;
}

int parse_declaration(struct parser *parser)
{
	int r = parse_at_assertion(parser) ? parse_assertion(parser) : take_declaration(parser);

	if (r == 0 && !token_is(&parser->lexer.token, ";"))
		r = parse_expected(parser, "expected \";\"");
	return r;
}
