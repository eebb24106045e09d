/* SPDX-License-Identifier: MIT */
/* What is told of a struct or a member beside its type: GNU C's attributes, and words of our own.
 */
#include <errno.h>
#include <string.h>

#include "core/layout_file_parse.h"

/* Larger ones no compiler takes. */
#define ALIGNED_MAX ((int64_t)1 << 28)

/* What GNU C aligns to where no number is told: __BIGGEST_ALIGNMENT__. */
#define ALIGNED_MOST 16

static int set_aligned(struct parser *parser, const struct token *first, int64_t number,
		       struct attributes *attributes)
{
	const struct token all = parse_since(parser, first);

	if (number < 0 || number > ALIGNED_MAX || (number & (number - 1)))
		return parse_expected_at(parser, &all, "expected a power of two");
	if ((uint64_t)number > attributes->aligned)
		attributes->aligned = (uint64_t)number;
	return 0;
}

static int take_aligned(struct parser *parser, struct attributes *attributes)
{
	struct token first;
	int64_t number;
	int r;

	if (!parse_accept(parser, "(")) {
		attributes->aligned = ALIGNED_MOST;
		return 0;
	}
	first = parser->lexer.token;
	r = parse_number(parser, &number);
	if (r == 0)
		r = set_aligned(parser, &first, number, attributes);
	return r < 0 ? r : parse_expect(parser, ")");
}

/* C's own: of a number or like a type. */
static int take_alignas(struct parser *parser, struct attributes *attributes)
{
	struct c_type *type;
	struct token first;
	int64_t number;
	int r = parse_expect(parser, "(");

	first = parser->lexer.token;
	if (r == 0 && parse_at_type(parser)) {
		r = parse_type_name(parser, &type);
		number = r == 0 ? (int64_t)type->align : 0;
	} else if (r == 0) {
		r = parse_number(parser, &number);
	}
	if (r == 0)
		r = set_aligned(parser, &first, number, attributes);
	return r < 0 ? r : parse_expect(parser, ")");
}

static int take_packed(struct parser *parser, struct attributes *attributes)
{
	(void)parser;
	attributes->packed = true;
	return 0;
}

static int take_counted(struct parser *parser, struct attributes *attributes)
{
	int r = parse_expect(parser, "(");

	if (r == 0 && parser->lexer.token.kind != TOKEN_NAME)
		r = parse_expected(parser, "expected the name of a member");
	if (r < 0)
		return r;
	attributes->counter = parser->lexer.token;
	lexer_next(&parser->lexer);
	return parse_expect(parser, ")");
}

static int take_link(struct parser *parser, enum c_link link, struct attributes *attributes)
{
	struct token first, all;
	struct c_type *target = NULL;
	int r = parse_expect(parser, "(");

	first = parser->lexer.token;
	if (r == 0)
		r = parse_type_name(parser, &target);
	all = parse_since(parser, &first);
	if (r == 0 && target->kind != C_STRUCT && target->kind != C_UNION)
		r = parse_expected_at(parser, &all, "expected a struct");
	if (r < 0)
		return r;
	attributes->link = link;
	attributes->target = target;
	return parse_expect(parser, ")");
}

static int take_relative(struct parser *parser, struct attributes *attributes)
{
	return take_link(parser, C_LINK_OBJECT, attributes);
}

static int take_self_relative(struct parser *parser, struct attributes *attributes)
{
	return take_link(parser, C_LINK_SELF, attributes);
}

/* Those that change where things lie in ways that are not known here. */
static int refuse(struct parser *parser, struct attributes *attributes)
{
	(void)attributes;
	return parse_wrong(
		parser, parser->lexer.token.line,
		"expected no other attribute that moves members than packed and aligned");
}

static const struct {
	const char *word;
	bool inside; /* in __attribute__((…)), with or without two underlines at each end */
	int (*take)(struct parser *parser, struct attributes *attributes);
} words[] = {
	{"packed", true, take_packed},
	{"aligned", true, take_aligned},
	{"counted_by", true, take_counted},
	{"vector_size", true, refuse},
	{"mode", true, refuse},
	{"ms_struct", true, refuse},
	{"scalar_storage_order", true, refuse},
	{"__packed", false, take_packed},
	{"__aligned", false, take_aligned},
	{"_Alignas", false, take_alignas},
	{"alignas", false, take_alignas},
	{"__counted_by", false, take_counted},
	{"__relative", false, take_relative},
	{"__self_relative", false, take_self_relative},
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

static bool is_word(size_t i, const struct token *token, bool inside)
{
	const size_t n = strlen(words[i].word);

	if (words[i].inside != inside)
		return false;
	return token_is(token, words[i].word) ||
	       (inside && token->length == n + 4 && memcmp(token->text, "__", 2) == 0 &&
		memcmp(token->text + 2, words[i].word, n) == 0 &&
		memcmp(token->text + 2 + n, "__", 2) == 0);
}

/* The index in words[], or N_WORDS. */
static size_t find_word(const struct token *token, bool inside)
{
	size_t i = 0;

	while (i < N_WORDS && !is_word(i, token, inside))
		i++;
	return i;
}

static int take_word(struct parser *parser, size_t word, struct attributes *attributes)
{
	lexer_next(&parser->lexer);
	return words[word].take(parser, attributes);
}

/* One of the list in the brackets; what says nothing of places is passed over. */
static int take_listed(struct parser *parser, struct attributes *attributes)
{
	const size_t word = find_word(&parser->lexer.token, true);

	if (word < N_WORDS)
		return take_word(parser, word, attributes);
	if (parser->lexer.token.kind != TOKEN_NAME)
		return parse_expected(parser, "expected an attribute");
	lexer_next(&parser->lexer);
	return token_is(&parser->lexer.token, "(") ? parse_skip_brackets(parser) : 0;
}

static int take_list(struct parser *parser, struct attributes *attributes)
{
	int r;

	lexer_next(&parser->lexer);
	r = parse_expect(parser, "(");
	if (r == 0)
		r = parse_expect(parser, "(");
	while (r == 0 && !token_is(&parser->lexer.token, ")")) {
		r = take_listed(parser, attributes);
		if (r == 0 && !parse_accept(parser, ","))
			break;
	}
	if (r == 0)
		r = parse_expect(parser, ")");
	return r < 0 ? r : parse_expect(parser, ")");
}

static bool is_list(const struct token *token)
{
	return token_is(token, "__attribute__") || token_is(token, "__attribute");
}

bool parse_at_attribute(struct parser *parser)
{
	const struct token *token = &parser->lexer.token;

	return is_list(token) || find_word(token, false) < N_WORDS;
}

int parse_attributes(struct parser *parser, struct attributes *attributes)
{
	const struct token *token = &parser->lexer.token;
	int r = 0;

	while (r == 0 && parse_at_attribute(parser))
		r = is_list(token) ? take_list(parser, attributes)
				   : take_word(parser, find_word(token, false), attributes);
	return r;
}
