/* SPDX-License-Identifier: MIT */
/* Names and their meanings, by the trees of search.h. */
#include "core/layout_file_words.h"

#include <errno.h>
#include <search.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return memcmp(x->text, y->text, x->length);
}

static unsigned space_of(enum word_kind kind)
{
	return kind == WORD_TAG ? 0 : kind == WORD_MACRO ? 2 : 1;
}

static struct word *make(struct arena *arena, const char *text, size_t length)
{
	struct word *word = arena_alloc(arena, sizeof(*word) + length + 1);

	if (word)
		word->text = memcpy(word + 1, text, length);
	return word;
}

/* Where in its tree the word is now. */
static struct word **place_of(struct words *words, const struct word *word)
{
	return tsearch(word, &words->spaces[space_of(word->kind)], compare);
}

int words_add(struct words *words, enum word_kind kind, const char *text, size_t length,
	      unsigned line, struct word **ret)
{
	struct word *word = make(words->arena, text, length), **place = NULL;

	if (word) {
		word->kind = kind;
		word->length = length;
		word->line = line;
		place = place_of(words, word);
	}
	if (!place) {
		words->error =
			word || words->arena->left > sizeof(*word) + length ? -ENOMEM : -EFBIG;
		return words->error;
	}
	if (*place != word)
		(*place)->gone = true;
	*place = word;
	*(words->last ? &words->last->next : &words->first) = word;
	words->last = word;
	*ret = word;
	return 0;
}

struct word *words_find(const struct words *words, enum word_kind kind, const char *text,
			size_t length)
{
	const struct word key = {.text = text, .length = length};
	struct word **place = tfind(&key, &words->spaces[space_of(kind)], compare);

	return place && !(*place)->gone ? *place : NULL;
}

void words_take_back(struct words *words, struct word *last)
{
	for (struct word *word = last ? last->next : words->first; word; word = word->next)
		word->gone = true;
}

static void keep(void *word)
{
	(void)word;
}

void words_deinit(struct words *words)
{
	for (size_t i = 0; i < sizeof(words->spaces) / sizeof(words->spaces[0]); i++)
		tdestroy(words->spaces[i], keep);
	*words = (struct words){0};
}
