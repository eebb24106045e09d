/* SPDX-License-Identifier: MIT */
/* Structs and unions: their members, and what is told of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/layout_file_parse.h"

/* A member as it is read. */
struct member {
	const struct token *name; /* NULL: it has none */
	struct c_type *type;
	const struct attributes *attributes;
	unsigned line;
	bool is_bits;
	int64_t width;
};

static struct c_member *find_member(const struct c_type *in, const struct token *name)
{
	for (struct c_member *member = in->first; member; member = member->next)
		if (member->name && token_is(name, member->name))
			return member;
	return NULL;
}

/* char and bool are no numbers to be shown, but integers. */
static bool can_be_bits(const struct c_type *type)
{
	return c_is_integer(type) || type->kind == C_ENUM ||
	       (type->kind == C_ROW && (type->row == &type_bool || type->row == &type_char));
}

static int check_bits(struct parser *parser, const struct member *member)
{
	const struct c_type *type = member->type;

	if (!can_be_bits(type))
		return parse_wrong(parser, member->line, "expected an integer for a bit field");
	if (member->width < 0 || (member->width == 0 && member->name) ||
	    (uint64_t)member->width > (type->row == &type_bool ? 1 : 8 * type->size))
		return parse_wrong(parser, member->line,
				   "expected as many bits as the type has room for");
	return 0;
}

/* How many elements there are is told by a member before: a number, all bits of it. */
static int check_counter(struct parser *parser, const struct c_type *in,
			 const struct member *member, const struct c_member **ret)
{
	const struct token *name = &member->attributes->counter;

	*ret = find_member(in, name);
	if (!*ret || !c_is_integer((*ret)->type) || (*ret)->is_bits || in->kind == C_UNION)
		return parse_expected_at(parser, name,
					 "expected a number or an integer member before this one");
	if (member->type->kind != C_ARRAY || member->type->to->kind == C_ARRAY)
		return parse_wrong(parser, member->line, "expected an array where a member counts");
	return 0;
}

static int check(struct parser *parser, const struct c_type *in, const struct member *member)
{
	const struct c_type *type = member->type;
	const struct c_member *old = member->name ? find_member(in, member->name) : NULL;

	if (old)
		return parse_expected_at(parser, member->name, "expected a new name (see line %u)",
					 old->line);
	if (in->n_members == MEMBERS_MAX)
		return parse_wrong(parser, member->line, "expected no more than %d members",
				   MEMBERS_MAX);
	if (!type->complete && !type->broken)
		return parse_wrong(parser, member->line,
				   "expected a type with a size, found \"%s\"",
				   type->name ? type->name : "");
	if (in->kind == C_STRUCT && in->open)
		return parse_wrong(parser, member->line,
				   "expected no member behind one without a fixed size");
	if (member->attributes->link && !c_is_integer(type))
		return parse_wrong(parser, member->line, "expected an integer that is relative");
	return member->is_bits ? check_bits(parser, member) : 0;
}

static int add_member(struct parser *parser, struct c_type *in, const struct member *member)
{
	const struct attributes *attributes = member->attributes;
	struct c_member *new;
	int r = check(parser, in, member);

	if (r < 0)
		return r;
	new = arena_alloc(&parser->arena, sizeof(*new));
	if (!new)
		return parser->arena.left < sizeof(*new) ? -EFBIG : -ENOMEM;
	*new = (struct c_member){.type = member->type,
				 .aligned = attributes->aligned,
				 .packed = attributes->packed,
				 .is_bits = member->is_bits,
				 .width = (unsigned)member->width,
				 .link = attributes->link,
				 .target = attributes->target,
				 .line = member->line};
	if (member->name)
		r = parse_copy(parser, member->name->text, member->name->length, &new->name);
	if (r == 0 && attributes->counter.length)
		r = check_counter(parser, in, member, &new->counter);
	if (r < 0)
		return r;
	*in->end = new;
	in->end = &new->next;
	if (new->link) {
		new->next_link = parser->links;
		parser->links = new;
	}
	in->n_members++;
	in->open = in->open || member->type->open;
	return 0;
}

/* What is told of all that is declared together, and of the one. */
static void merge(const struct attributes *all, struct attributes *one)
{
	one->aligned = all->aligned > one->aligned ? all->aligned : one->aligned;
	one->packed = one->packed || all->packed;
	if (!one->counter.length)
		one->counter = all->counter;
	if (!one->link) {
		one->link = all->link;
		one->target = all->target;
	}
}

/* One of several that are declared together. */
static int take_member(struct parser *parser, struct c_type *in, struct c_type *type,
		       const struct attributes *attributes)
{
	struct declarator declarator = {.type = type};
	struct member member = {.line = parser->lexer.token.line};
	int r = 0;

	if (!token_is(&parser->lexer.token, ":"))
		r = parse_declarator(parser, type, true, &declarator);
	if (r == 0 && parse_accept(parser, ":")) {
		member.is_bits = true;
		r = parse_number(parser, &member.width);
		if (r == 0)
			r = parse_attributes(parser, &declarator.attributes);
	}
	if (r < 0)
		return r;
	merge(attributes, &declarator.attributes);
	member.name = declarator.name.length ? &declarator.name : NULL;
	member.type = declarator.type;
	member.attributes = &declarator.attributes;
	return add_member(parser, in, &member);
}

/* One without a name has its members as if they were its own; one with a tag is no member. */
static int take_nameless(struct parser *parser, struct c_type *in, struct c_type *type,
			 const struct attributes *attributes)
{
	const struct member member = {
		.type = type, .attributes = attributes, .line = parser->lexer.token.line};

	lexer_next(&parser->lexer);
	if ((type->kind != C_STRUCT && type->kind != C_UNION) || type->name)
		return 0;
	return add_member(parser, in, &member);
}

static int take_members(struct parser *parser, struct c_type *in)
{
	struct attributes attributes = {0};
	struct c_type *type;
	int r;

	if (parse_at_assertion(parser)) {
		r = parse_assertion(parser);
		return r < 0 ? r : parse_expect(parser, ";");
	}
	r = parse_specifiers(parser, &attributes, &type);
	if (r == 0 && token_is(&parser->lexer.token, ";"))
		return take_nameless(parser, in, type, &attributes);
	while (r == 0) {
		r = take_member(parser, in, type, &attributes);
		if (r == 0 && !parse_accept(parser, ","))
			break;
	}
	return r < 0 ? r : parse_expect(parser, ";");
}

static int take_body(struct parser *parser, struct c_type *type)
{
	const unsigned line = parser->lexer.token.line;
	int r = parse_expect(parser, "{");

	type->end = &type->first;
	while (r == 0 && !token_is(&parser->lexer.token, "}")) {
		if (parser->lexer.token.kind == TOKEN_END)
			return parse_expected(parser, "expected \"}\" for the \"{\" of line %u",
					      line);
		r = parse_accept(parser, ";") ? 0 : take_members(parser, type);
		if (r == -EINVAL) {
			type->broken = true;
			r = parse_recover(parser, ";");
		}
	}
	return r < 0 ? r : parse_expect(parser, "}");
}

int parse_struct(struct parser *parser, struct c_type **ret)
{
	const bool is_union = token_is(&parser->lexer.token, "union");
	const unsigned line = parser->lexer.token.line;
	struct attributes attributes = {0};
	bool declared = false;
	int r;

	lexer_next(&parser->lexer);
	r = parse_attributes(parser, &attributes);
	if (r == 0)
		r = parse_tag(parser, is_union ? C_UNION : C_STRUCT, ret, &declared);
	if (r < 0 || !declared)
		return r;
	r = parse_enter(parser);
	if (r < 0)
		return r;
	r = take_body(parser, *ret);
	parse_leave(parser);
	if (r == 0)
		r = parse_attributes(parser, &attributes);
	if (r == 0 && c_place(*ret, attributes.packed, attributes.aligned) < 0)
		r = parse_wrong(parser, line, "expected a struct of less than 2^48 bytes");
	(*ret)->broken = (*ret)->broken || r < 0;
	return r;
}
