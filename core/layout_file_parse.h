/* SPDX-License-Identifier: MIT */
/* A layouts file that is being read: what its parts (layout_file_*.c) share. */
#pragma once

#include "core/c_type.h"
#include "core/layout_file.h"
#include "core/layout_file_lex.h"
#include "core/layout_file_words.h"

/*
 * All return 0; -EINVAL: what stands there is no such thing, and that has been complained of; or
 * what ends the reading altogether: -ENOMEM, or -EFBIG where there is too much of it.
 */
struct parser {
	struct lexer lexer;
	struct arena arena; /* of the types and names */
	struct words words;
	const struct layout_file_complaints *complaints;
	unsigned n_complaints;
	struct layout_file *file;
	struct c_member *links; /* members that are relative offsets, the last one first */
	unsigned depth;         /* how deep in structs, brackets and macros it is */
	unsigned steps;         /* numbers that were asked for: macros of macros make many */
};

enum {
	DEPTH_MAX = 32,
	MEMBERS_MAX = 4096,
	DIMS_MAX = 16, /* of an array */
	STEPS_MAX = 1000000,
	COMPLAINTS_MAX = 100, /* that are told */
	TOKENS_MAX = 8000000, /* a file of 1 MiB has one eighth of that */
};

/* Complain of a line, in the manner of printf(3). Returns -EINVAL. */
int parse_wrong(struct parser *parser, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Complain that it is not this that stands here: "expected a type, found \"foo\"". -EINVAL. */
#define parse_expected(parser, ...) parse_expected_at((parser), &(parser)->lexer.token, __VA_ARGS__)
int parse_expected_at(struct parser *parser, const struct token *found, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* All from this token up to the one that stands here, as one: for complaints. */
struct token parse_since(struct parser *parser, const struct token *first);

/* Is it this that stands here? Then go on behind it. */
bool parse_accept(struct parser *parser, const char *text);

/* It is to be this. */
int parse_expect(struct parser *parser, const char *text);

/* Go on behind the bracket that belongs to the one that stands here. */
int parse_skip_brackets(struct parser *parser);

/*
 * After a mistake: go on behind this sign, or to the bracket that ends where we are, or the end of
 * the file. Returns 0.
 */
int parse_recover(struct parser *parser, const char *behind);

/* One level deeper, which is to be left again; -EINVAL where it is too deep. */
int parse_enter(struct parser *parser);
void parse_leave(struct parser *parser);

/* A copy of a text of the file, as a string, for as long as the parser is. */
int parse_copy(struct parser *parser, const char *text, size_t length, const char **ret);

/* A number: of a macro, of an enumeration, sizeof, and what is worked out from such. */
int parse_number(struct parser *parser, int64_t *ret);

/* Is it a name of a number, or of a macro, that stands here? */
bool parse_at_number_name(struct parser *parser);

/* What is told of a declaration beside its type. */
struct attributes {
	uint64_t aligned; /* 0: nothing */
	bool packed;
	struct token counter; /* of length 0: none */
	enum c_link link;
	const struct c_type *target;
};

/* All that stand here, one after the other. */
int parse_attributes(struct parser *parser, struct attributes *attributes);

/* Does one stand here? */
bool parse_at_attribute(struct parser *parser);

/* The type that a declaration begins with, with the attributes on its way. */
int parse_specifiers(struct parser *parser, struct attributes *attributes, struct c_type **ret);

/* Does a type begin here? By a word of C's own, that can be no name? */
bool parse_at_type(struct parser *parser);
bool parse_at_keyword(struct parser *parser);

/* What a declaration says of one name. */
struct declarator {
	struct token name; /* of length 0: none */
	struct c_type *type;
	struct attributes attributes;
};

/* Of the type that the declaration begins with. A name may be left out where `named` is false. */
int parse_declarator(struct parser *parser, struct c_type *type, bool named,
		     struct declarator *ret);

/* A type by itself, as in sizeof. */
int parse_type_name(struct parser *parser, struct c_type **ret);

/* A struct, a union or an enumeration, of which the first word stands here. */
int parse_struct(struct parser *parser, struct c_type **ret);
int parse_enum(struct parser *parser, struct c_type **ret);

/* The type with the tag that stands here, if one does; and is it declared by what follows? */
int parse_tag(struct parser *parser, enum c_kind kind, struct c_type **ret, bool *ret_declared);

/* What a compiler is to make sure of, and says nothing to us. */
bool parse_at_assertion(struct parser *parser);
int parse_assertion(struct parser *parser);

/* A type of the arena's own. */
int parse_new_type(struct parser *parser, const struct c_type *type, struct c_type **ret);

/* A whole declaration of the file but for its semicolon, which then stands here. */
int parse_declaration(struct parser *parser);

/* All lines and declarations of the file. */
int parse_file(struct parser *parser);

/* Types that every file knows, as lines 0 of it. */
int parse_predefined(struct parser *parser);
