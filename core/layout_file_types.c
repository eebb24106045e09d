/* SPDX-License-Identifier: MIT */
/* The type that a declaration begins with: C's own words, names of types, structs. */
#include <errno.h>
#include <string.h>

#include "core/layout_file_parse.h"

/* C's words for its own types, which may stand in any order. */
enum {
	SIGNED = 1,
	UNSIGNED = 2,
	SHORT = 4,
	LONG = 8,
	LONG_LONG = 16,
	INT = 32,
	CHAR = 64,
	FLOAT = 128,
	DOUBLE = 256,
	BOOL = 512,
	VOID = 1024,
	INT128 = 2048,
};

static const struct {
	const char *word;
	unsigned set;
} words[] = {
	{"signed", SIGNED},   {"__signed__", SIGNED}, {"unsigned", UNSIGNED}, {"short", SHORT},
	{"long", LONG},       {"int", INT},           {"char", CHAR},         {"float", FLOAT},
	{"double", DOUBLE},   {"_Bool", BOOL},        {"bool", BOOL},         {"void", VOID},
	{"__int128", INT128},
};

#define NUMBER(title, bytes)                                                                       \
	{                                                                                          \
		.kind = C_ROW, .complete = true, .size = bytes, .align = bytes, .row = &title      \
	}

/* Without an INT beside others, and without a SIGNED but with CHAR. */
static struct {
	unsigned set;
	struct c_type type;
} types[] = {
	{VOID, {.kind = C_NOTHING, .align = 1, .name = "void"}},
	{BOOL, NUMBER(type_bool, 1)},
	{CHAR, NUMBER(type_char, 1)},
	{CHAR | SIGNED, NUMBER(type_schar, 1)},
	{CHAR | UNSIGNED, NUMBER(type_uchar, 1)},
	{SHORT, NUMBER(type_short, 2)},
	{SHORT | UNSIGNED, NUMBER(type_ushort, 2)},
	{INT, NUMBER(type_int, 4)},
	{UNSIGNED, NUMBER(type_uint, 4)},
	{LONG, NUMBER(type_long, 8)},
	{LONG | UNSIGNED, NUMBER(type_ulong, 8)},
	{LONG | LONG_LONG, NUMBER(type_llong, 8)},
	{LONG | LONG_LONG | UNSIGNED, NUMBER(type_ullong, 8)},
	{INT128, NUMBER(type_int128, 16)},
	{INT128 | UNSIGNED, NUMBER(type_uint128, 16)},
	{FLOAT, NUMBER(type_float, 4)},
	{DOUBLE, NUMBER(type_double, 8)},
	{DOUBLE | LONG, NUMBER(type_long_double, 16)},
};

/* What says nothing of where and how large a thing is. */
static const char *const passed_over[] = {
	"const",    "__const",    "__const__", "volatile",      "__volatile__",
	"restrict", "__restrict", "_Atomic",   "__extension__", "extern",
	"static",   "register",   "inline",    "_Thread_local",
};

static bool is_passed_over(const struct token *token)
{
	for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++)
		if (token_is(token, passed_over[i]))
			return true;
	return false;
}

static unsigned word_set(const struct token *token)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(token, words[i].word))
			return words[i].set;
	return 0;
}

static struct word *type_named(struct parser *parser)
{
	const struct token *token = &parser->lexer.token;
	struct word *name = words_find(&parser->words, WORD_TYPE, token->text, token->length);

	return token->kind == TOKEN_NAME && name && name->kind == WORD_TYPE ? name : NULL;
}

static const struct {
	const char *word;
	int (*take)(struct parser *parser, struct c_type **ret);
} compounds[] = {
	{"struct", parse_struct},
	{"union", parse_struct},
	{"enum", parse_enum},
};
#define N_COMPOUNDS (sizeof(compounds) / sizeof(compounds[0]))

static size_t find_compound(const struct token *token)
{
	size_t i = 0;

	while (i < N_COMPOUNDS && !token_is(token, compounds[i].word))
		i++;
	return i;
}

bool parse_at_keyword(struct parser *parser)
{
	const struct token *token = &parser->lexer.token;

	return word_set(token) || is_passed_over(token) || find_compound(token) < N_COMPOUNDS ||
	       token_is(token, "typedef");
}

bool parse_at_type(struct parser *parser)
{
	return parse_at_keyword(parser) || type_named(parser);
}

/* What has been read of it so far. */
struct specifiers {
	unsigned set;
	bool atomic;
	struct token words; /* C's own, for complaints */
	struct c_type *type;
};

static int take_word(struct parser *parser, struct specifiers *specifiers)
{
	const struct token *token = &parser->lexer.token;
	unsigned set = word_set(token);

	if (specifiers->set == 0)
		specifiers->words = *token;
	specifiers->words.length = (size_t)(token->text + token->length - specifiers->words.text);
	if (set == LONG && specifiers->set & LONG)
		set = LONG_LONG;
	if (specifiers->set & set || specifiers->type)
		return parse_expected(parser, "expected a name");
	specifiers->set |= set;
	lexer_next(&parser->lexer);
	return 0;
}

/* _Atomic(TYPE), beside the word alone. */
static int take_atomic(struct parser *parser, struct specifiers *specifiers)
{
	int r;

	specifiers->atomic = true;
	lexer_next(&parser->lexer);
	if (!parse_accept(parser, "("))
		return 0;
	r = parse_type_name(parser, &specifiers->type);
	return r < 0 ? r : parse_expect(parser, ")");
}

/* 1: here the type ends. */
static int take_specifier(struct parser *parser, struct attributes *attributes,
			  struct specifiers *specifiers)
{
	const struct token *token = &parser->lexer.token;
	const size_t compound = find_compound(token);
	const bool typed = specifiers->set || specifiers->type;
	const struct word *name = typed ? NULL : type_named(parser);

	if (parse_at_attribute(parser))
		return parse_attributes(parser, attributes);
	if (token_is(token, "_Atomic"))
		return take_atomic(parser, specifiers);
	if (word_set(token))
		return take_word(parser, specifiers);
	if (compound < N_COMPOUNDS && !typed)
		return compounds[compound].take(parser, &specifiers->type);
	if (name)
		specifiers->type = name->type;
	else if (!is_passed_over(token))
		return 1;
	lexer_next(&parser->lexer);
	return 0;
}

static int find_type(struct parser *parser, const struct specifiers *specifiers,
		     struct c_type **ret)
{
	unsigned set = specifiers->set;

	if (set & (SHORT | LONG | LONG_LONG | SIGNED | UNSIGNED) &&
	    !(set & (CHAR | DOUBLE | INT128)))
		set &= ~(unsigned)INT;
	if (set & SIGNED && !(set & (CHAR | UNSIGNED)))
		set = set == SIGNED ? INT : set & ~(unsigned)SIGNED;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].set == set) {
			*ret = &types[i].type;
			return 0;
		}
	return parse_expected_at(parser, &specifiers->words, "expected a type");
}

/* Of a struct that one instruction can take, the place is one where it does. */
static int make_atomic(struct parser *parser, struct c_type **type)
{
	const uint64_t size = (*type)->size;
	struct c_type *plain = *type;
	int r;

	if (size > 16 || size & (size - 1) || size <= plain->align)
		return 0;
	r = parse_new_type(parser, plain, type);
	if (r == 0)
		(*type)->align = size;
	return r;
}

int parse_specifiers(struct parser *parser, struct attributes *attributes, struct c_type **ret)
{
	struct specifiers specifiers = {0};
	int r;

	do
		r = take_specifier(parser, attributes, &specifiers);
	while (r == 0);
	if (r < 0)
		return r;
	if (!specifiers.set && !specifiers.type)
		return parse_expected(parser, "expected a type");
	*ret = specifiers.type;
	r = specifiers.set ? find_type(parser, &specifiers, ret) : 0;
	return r == 0 && specifiers.atomic ? make_atomic(parser, ret) : r;
}

int parse_type_name(struct parser *parser, struct c_type **ret)
{
	struct attributes attributes = {0};
	struct declarator declarator;
	int r = parse_enter(parser);

	if (r < 0)
		return r;
	r = parse_specifiers(parser, &attributes, ret);
	if (r == 0)
		r = parse_declarator(parser, *ret, false, &declarator);
	if (r == 0)
		*ret = declarator.type;
	parse_leave(parser);
	return r;
}
