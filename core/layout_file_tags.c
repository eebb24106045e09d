/* SPDX-License-Identifier: MIT */
/* Tags: the names of structs, unions and enumerations. And enumerations themselves. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/layout_file_parse.h"

static const char *kind_word(enum c_kind kind)
{
	return kind == C_ENUM ? "enum" : kind == C_UNION ? "union" : "struct";
}

static int make_type(struct parser *parser, enum c_kind kind, const char *tag, struct c_type **ret)
{
	const struct c_type fresh = {.kind = kind, .align = 1};
	char name[1024];
	int r = parse_new_type(parser, &fresh, ret);

	if (r < 0 || !tag)
		return r;
	snprintf(name, sizeof(name), "%s %s", kind_word(kind), tag);
	return parse_copy(parser, name, strlen(name), &(*ret)->name);
}

static int add_tag(struct parser *parser, enum c_kind kind, const struct token *tag,
		   struct c_type **ret)
{
	struct word *name;
	int r = words_add(&parser->words, WORD_TAG, tag->text, tag->length, tag->line, &name);

	if (r == 0)
		r = make_type(parser, kind, name->text, ret);
	if (r == 0)
		name->type = *ret;
	return r;
}

/*
 * The type with this tag. Of one that is declared anew just that is complained of: what follows is
 * read as that of another one, which has no name.
 */
static int find_tag(struct parser *parser, enum c_kind kind, const struct token *tag, bool declared,
		    struct c_type **ret)
{
	const struct word *name = words_find(&parser->words, WORD_TAG, tag->text, tag->length);
	int r;

	/* What every file knows may be declared in another way. */
	if (!name || (declared && name->line == 0))
		return add_tag(parser, kind, tag, ret);
	*ret = name->type;
	if (name->type->kind == kind && !(declared && name->type->complete))
		return 0;
	if (declared)
		parse_expected_at(parser, tag, "expected a new name (see line %u)", name->line);
	else
		parse_expected_at(parser, tag, "expected the name of %s %s (see line %u)",
				  kind == C_ENUM ? "an" : "a", kind_word(kind), name->line);
	r = make_type(parser, kind, NULL, ret);
	if (r == 0)
		(*ret)->broken = true;
	return r;
}

int parse_tag(struct parser *parser, enum c_kind kind, struct c_type **ret, bool *ret_declared)
{
	const struct token tag = parser->lexer.token;

	if (tag.kind == TOKEN_NAME)
		lexer_next(&parser->lexer);
	*ret_declared = token_is(&parser->lexer.token, "{") ||
			(kind == C_ENUM && token_is(&parser->lexer.token, ":"));
	if (tag.kind == TOKEN_NAME)
		return find_tag(parser, kind, &tag, *ret_declared, ret);
	if (!*ret_declared)
		return parse_expected(parser, "expected a name or \"{\"");
	return make_type(parser, kind, NULL, ret);
}

/* An enumeration as it is read. */
struct numbers {
	struct type_name *names;
	size_t n;
	int64_t next, least, most;
};

static int add_number(struct parser *parser, const struct token *token, struct numbers *numbers)
{
	const struct word *old =
		words_find(&parser->words, WORD_NUMBER, token->text, token->length);
	struct word *name;
	int r;

	if (old && old->line > 0)
		return parse_expected_at(parser, token, "expected a new name (see line %u)",
					 old->line);
	r = words_add(&parser->words, WORD_NUMBER, token->text, token->length, token->line, &name);
	if (r == 0)
		r = array_grow(&numbers->names, numbers->n, sizeof(*numbers->names));
	if (r < 0)
		return r;
	name->number = numbers->next;
	numbers->names[numbers->n++] = (struct type_name){(uint64_t)name->number, name->text};
	if (name->number < numbers->least)
		numbers->least = name->number;
	if (name->number > numbers->most)
		numbers->most = name->number;
	numbers->next = (int64_t)((uint64_t)name->number + 1);
	return 0;
}

static int take_number(struct parser *parser, struct numbers *numbers)
{
	const struct token name = parser->lexer.token;
	struct attributes attributes = {0};
	int r;

	if (name.kind != TOKEN_NAME)
		return parse_expected(parser, "expected a name");
	lexer_next(&parser->lexer);
	r = parse_attributes(parser, &attributes);
	if (r == 0 && parse_accept(parser, "="))
		r = parse_number(parser, &numbers->next);
	if (r == 0)
		r = add_number(parser, &name, numbers);
	if (r == 0 && !parse_accept(parser, ",") && !token_is(&parser->lexer.token, "}"))
		r = parse_expected(parser, "expected \",\" or \"}\"");
	return r;
}

static int take_numbers(struct parser *parser, struct c_type *type, struct numbers *numbers)
{
	int r = parse_expect(parser, "{");

	while (r == 0 && !token_is(&parser->lexer.token, "}")) {
		r = take_number(parser, numbers);
		if (r == -EINVAL && parser->lexer.token.kind != TOKEN_END) {
			type->broken = true;
			r = parse_recover(parser, ",");
		}
	}
	return r < 0 ? r : parse_expect(parser, "}");
}

/* The integer that it is: the smallest of those that GNU C takes which has all its numbers. */
static void choose_integer(struct c_type *type, const struct numbers *numbers, bool packed)
{
	static const struct {
		int64_t least, most;
		uint64_t size;
		const struct field_type *row;
		bool packed;
	} integers[] = {
		{0, UINT8_MAX, 1, &type_uchar, true},
		{INT8_MIN, INT8_MAX, 1, &type_schar, true},
		{0, UINT16_MAX, 2, &type_ushort, true},
		{INT16_MIN, INT16_MAX, 2, &type_short, true},
		{0, UINT32_MAX, 4, &type_uint, false},
		{INT32_MIN, INT32_MAX, 4, &type_int, false},
		{0, INT64_MAX, 8, &type_ulong, false},
		{INT64_MIN, INT64_MAX, 8, &type_long, false},
	};
	size_t i = 0;

	while ((integers[i].packed && !packed) || numbers->least < integers[i].least ||
	       numbers->most > integers[i].most)
		i++;
	type->row = integers[i].row;
	type->size = type->align = integers[i].size;
}

static int set_integer(struct parser *parser, struct c_type *type)
{
	struct attributes attributes = {0};
	const struct token first = parser->lexer.token;
	struct c_type *integer;
	int r = parse_specifiers(parser, &attributes, &integer);

	if (r == 0 && !c_is_integer(integer)) {
		const struct token all = parse_since(parser, &first);

		r = parse_expected_at(parser, &all, "expected an integer");
	}
	if (r < 0)
		return r;
	type->row = integer->row;
	type->size = type->align = integer->size;
	return 0;
}

/* The names as they are kept. */
static int keep_numbers(struct parser *parser, struct c_type *type, const struct numbers *numbers)
{
	const size_t size = numbers->n * sizeof(*numbers->names);

	type->names = arena_alloc(&parser->arena, size);
	if (!type->names)
		return size > parser->arena.left ? -EFBIG : -ENOMEM;
	if (size)
		memcpy(type->names, numbers->names, size);
	type->n_names = numbers->n;
	type->complete = true;
	return 0;
}

int parse_enum(struct parser *parser, struct c_type **ret)
{
	struct attributes attributes = {0};
	struct numbers numbers = {0};
	bool declared = false;
	int r;

	lexer_next(&parser->lexer);
	r = parse_attributes(parser, &attributes);
	if (r == 0)
		r = parse_tag(parser, C_ENUM, ret, &declared);
	if (r < 0 || !declared)
		return r;
	if (parse_accept(parser, ":"))
		r = set_integer(parser, *ret);
	if (r == 0)
		r = take_numbers(parser, *ret, &numbers);
	if (r == 0)
		r = parse_attributes(parser, &attributes);
	if (r == 0)
		r = keep_numbers(parser, *ret, &numbers);
	if (r == 0 && !(*ret)->row)
		choose_integer(*ret, &numbers, attributes.packed);
	free(numbers.names);
	return r;
}
