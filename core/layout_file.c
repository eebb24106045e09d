/* SPDX-License-Identifier: MIT */
/* Reading a layouts file, and the layouts that come of it. */
#include "core/layout_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/array.h"
#include "core/c_layout.h"
#include "core/cleanup.h"
#include "core/layout_file_parse.h"
#include "core/layout_made.h"
#include "core/layout_name.h"
#include "core/layouts.h"
#include "core/made_rows.h"

/* What the types of one file may take while it is read. */
#define MEMORY_MAX ((size_t)64 << 20)

/* All its layouts together may have as much as layout_made.c keeps of all files. */
static const struct c_budget budget_max = {.memory = MEMORY_MAX, .rows = 65536, .visits = 1000000};

static int read_text(FILE *in, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text = malloc(LAYOUT_FILE_MAX + 1);
	size_t size;

	if (!text)
		return -ENOMEM;
	size = fread(text, 1, LAYOUT_FILE_MAX + 1, in);
	if (ferror(in))
		return errno ? -errno : -EIO;
	if (size > LAYOUT_FILE_MAX)
		return -EFBIG;
	*ret = text;
	*ret_size = size;
	text = NULL;
	return 0;
}

/* What a relative offset leads to may be declared behind it; where it is not, it is a number. */
static void settle_links(struct parser *parser)
{
	for (struct c_member *member = parser->links; member; member = member->next_link) {
		const struct c_type *target = member->target;

		if (target->complete && !target->broken)
			continue;
		member->link = C_LINK_NONE;
		if (!target->broken)
			parse_wrong(parser, member->line,
				    "expected a struct that is declared, found \"%s\"",
				    target->name ? target->name : "");
	}
}

static int add_name(struct layout_file *file, const char *name, const struct layout *layout)
{
	int r = array_grow(&file->names, file->n_names, sizeof(*file->names));
	char *copy = r == 0 ? arena_text(&file->arena, name) : NULL;

	if (!copy)
		return -ENOMEM;
	file->names[file->n_names++] = (struct layout_file_name){copy, layout};
	return 0;
}

static int make_layout(struct parser *parser, struct c_type *type, unsigned line,
		       struct c_budget *budget)
{
	struct layout_file *file = parser->file;
	const struct layout *layout = NULL;
	int r = array_grow(&file->layouts, file->n_layouts, sizeof(*file->layouts));

	if (r == 0)
		r = c_layout(type, type->name, budget, &layout);
	if (r == -EFBIG)
		return parse_wrong(parser, line,
				   "expected no more than %u fields, %u structs in each other, and "
				   "%zu fields in all structs",
				   MADE_ROWS_MAX, MADE_DEPTH_MAX, budget_max.rows);
	if (r < 0)
		return r;
	file->layouts[file->n_layouts++] = layout;
	type->layout = layout;
	return 0;
}

/* Of a tag it is what C calls it: "struct shmbuf". */
static int add_layout(struct parser *parser, const struct word *word, struct c_budget *budget)
{
	struct c_type *type = word->type;
	int r = type->layout ? 0 : make_layout(parser, type, word->line, budget);

	return r < 0 ? r
		     : add_name(parser->file, word->kind == WORD_TAG ? type->name : word->text,
				type->layout);
}

static bool is_layout(const struct word *word)
{
	const struct c_type *type = word->type;

	return !word->gone && word->line > 0 && type && type->complete && !type->broken &&
	       type->n_members > 0 && (type->kind == C_STRUCT || type->kind == C_UNION);
}

static int add_layouts(struct parser *parser)
{
	struct c_budget budget = budget_max;
	int r = 0;

	for (const struct word *word = parser->words.first; word; word = word->next) {
		if (is_layout(word))
			r = add_layout(parser, word, &budget);
		if (r < 0 && r != -EINVAL)
			return r;
	}
	return 0;
}

static const char *without_prefix(const char *name)
{
	return strncmp(name, "struct ", 7) == 0  ? name + 7
	       : strncmp(name, "union ", 6) == 0 ? name + 6
						 : name;
}

/* Is it the name of a struct that was complained of? */
static bool is_broken(struct parser *parser, const char *name)
{
	const char *text = without_prefix(name);
	const struct word *tag = words_find(&parser->words, WORD_TAG, text, strlen(text));
	const struct word *type = words_find(&parser->words, WORD_TYPE, text, strlen(text));

	return (tag && tag->type->broken) || (type && type->type && type->type->broken);
}

static bool is_known(const struct layout_file *file, const char *name)
{
	return layouts_find(name) || layout_file_find(file, name) || layout_name_is_program(name);
}

/* Those that name a layout which there is. */
static void check_rules(struct parser *parser)
{
	struct layout_file *file = parser->file;
	size_t n = 0;

	for (size_t i = 0; i < file->n_rules; i++) {
		const struct layout_file_rule *rule = &file->rules[i];
		const struct token found = {.kind = TOKEN_NAME,
					    .text = rule->layout,
					    .length = strlen(rule->layout),
					    .line = rule->line};

		if (is_known(file, rule->layout))
			file->rules[n++] = *rule;
		else
			parse_expected_at(parser, &found,
					  is_broken(parser, rule->layout)
						  ? "expected a layout without mistakes"
						  : "expected a layout");
	}
	file->n_rules = n;
}

static int parse(struct parser *parser, const char *text, size_t size)
{
	int r = parse_predefined(parser);

	parser->lexer.at = text;
	parser->lexer.end = text + size;
	parser->lexer.line = 1;
	if (r == 0)
		r = parse_file(parser);
	if (r < 0)
		return r;
	settle_links(parser);
	r = add_layouts(parser);
	if (r == 0)
		check_rules(parser);
	return r;
}

int layout_file_read(FILE *in, const struct layout_file_complaints *complaints,
		     struct layout_file *ret)
{
	struct parser parser = {.arena.left = MEMORY_MAX, .complaints = complaints, .file = ret};
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = read_text(in, &text, &size);

	*ret = (struct layout_file){.arena.left = MEMORY_MAX};
	if (r < 0)
		return r;
	parser.words.arena = &parser.arena;
	parser.lexer.words = &parser.words;
	r = parse(&parser, text, size);
	words_deinit(&parser.words);
	arena_free(&parser.arena);
	if (r < 0)
		layout_file_deinit(ret);
	return r;
}

void layout_file_deinit(struct layout_file *file)
{
	for (size_t i = 0; !file->kept && i < file->n_layouts; i++)
		made_layout_free(file->layouts[i]);
	free(file->layouts);
	free(file->names);
	free(file->rules);
	arena_free(&file->arena);
	*file = (struct layout_file){0};
}

const struct layout *layout_file_find(const struct layout_file *file, const char *name)
{
	const struct layout *found = NULL;

	for (size_t i = 0; i < file->n_names; i++) {
		if (strcmp(file->names[i].name, name) == 0)
			return file->names[i].layout;
		if (!found && strcmp(without_prefix(file->names[i].name), name) == 0)
			found = file->names[i].layout;
	}
	return found;
}

/* What was called `old` is `new`; NULL: it is no more. */
static void rename_layout(struct layout_file *file, const struct layout *old,
			  const struct layout *new)
{
	size_t n = 0;

	for (size_t i = 0; i < file->n_names; i++) {
		if (file->names[i].layout == old)
			file->names[i].layout = new;
		if (file->names[i].layout)
			file->names[n++] = file->names[i];
	}
	file->n_names = n;
}

int layout_file_keep(struct layout_file *file)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < file->n_layouts; i++) {
		const struct layout *kept = NULL;
		int own = layout_keep(file->layouts[i], made_layout_free, &kept);

		rename_layout(file, file->layouts[i], own == 0 ? kept : NULL);
		if (own == 0)
			file->layouts[n++] = kept;
		else
			r = own;
	}
	file->n_layouts = n;
	file->kept = true;
	return r;
}
